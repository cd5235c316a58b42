//! Counters for the `metrics` facade, and the warnings beside them. Their labels are words from this crate and names from
//! the policy, never a value that a customer or a service chose. The counters count all; of warnings that every request
//! could give, one a minute is logged.

use std::{fmt::Display, sync::LazyLock, time::Duration};

use metrics::{Key, Label, Level, Metadata, counter, histogram, with_recorder};

use super::seldom::Seldom;
use crate::{
    decision::{Decision, Limit},
    name::Name,
    relationship::Ladder,
};

/// The counters of decisions. Every request counts, so they are named once and not anew each time: those of decisions that
/// had an effect, and those of decisions that were only observed.
pub(crate) struct Decided {
    /// One for each stage.
    stages: [Box<[Key]>; 2],
}

impl Decided {
    pub(crate) fn new(ladder: &Ladder) -> Self {
        let key = |stage: &str, observed| {
            Key::from_parts("rapport_decisions_total", labels([Label::new("stage", stage.to_owned())], observed))
        };
        let stages = |observed| ladder.rungs().iter().map(|rung| key(rung.name.as_str(), observed)).collect();
        Self { stages: [false, true].map(stages) }
    }

    /// A decision was made.
    pub(crate) fn count(&self, decision: &Decision, observed: bool) {
        let mode = usize::from(observed);
        let stage = self.stages.get(mode).and_then(|stages| stages.get(usize::from(decision.stage.level())));
        stage.into_iter().for_each(increment);
        for limit in decision.limits.iter() {
            LIMITS.get(mode).and_then(|limits| limits.get(limit as usize)).into_iter().for_each(increment);
        }
    }
}

/// One for each limit, in their order; twice, as above.
static LIMITS: LazyLock<[[Key; Limit::ALL.len()]; 2]> = LazyLock::new(|| {
    [false, true].map(|observed| {
        Limit::ALL.map(|limit| {
            let label = Label::from_static_parts("limit", limit.word());
            Key::from_parts("rapport_limits_total", labels([label], observed))
        })
    })
});

/// The labels of a counter. One of what was only observed says so.
pub(super) fn labels<const N: usize>(labels: [Label; N], observed: bool) -> Vec<Label> {
    let mode = observed.then(|| Label::from_static_parts("mode", "observe"));
    labels.into_iter().chain(mode).collect()
}

/// What the macro does with a name and labels that it is given.
fn increment(key: &Key) {
    increase(key, 1);
}

pub(super) fn increase(key: &Key, by: u64) {
    static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));
    with_recorder(|recorder| recorder.register_counter(key, &METADATA).increment(by));
}

/// How long a request waited for its decision, the store included.
pub(crate) fn decision_took(time: Duration) {
    histogram!("rapport_decision_seconds").record(time);
}

/// How long the shaper worked on an answer.
pub(crate) fn shaping_took(time: Duration) {
    histogram!("rapport_shaping_seconds").record(time);
}

/// A token proved nothing.
pub(crate) fn bad_token(kind: &'static str) {
    counter!("rapport_bad_tokens_total", "kind" => kind).increment(1);
}

/// A visitor's cookie proved nothing.
pub(crate) fn bad_visitor(kind: &'static str) {
    counter!("rapport_bad_visitors_total", "kind" => kind).increment(1);
}

/// A string of a consent framework does not count, or not wholly.
pub(crate) fn bad_consent_string(framework: &'static str, kind: &'static str) {
    counter!("rapport_bad_consent_strings_total", "framework" => framework, "kind" => kind).increment(1);
}

/// Where an answer to somebody unknown came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The wrapped service was asked.
    Service,
    /// Somebody else had asked the same.
    Shared,
    /// There is none.
    Nobody,
}

/// An answer to somebody unknown was wanted.
pub(crate) fn generic_answer(endpoint: &str, from: From) {
    let from = match from {
        From::Service => "service",
        From::Shared => "shared",
        From::Nobody => "none",
    };
    counter!("rapport_generic_answers_total", "endpoint" => endpoint.to_owned(), "from" => from).increment(1);
}

/// An event was not durable in time; its write goes on.
pub(crate) fn late_event(told: &Seldom) {
    counter!("rapport_late_events_total").increment(1);
    if let Some(left_out) = told.now("late_event") {
        tracing::warn!(left_out, "an event was not durable in time; the answer left without waiting for it");
    }
}

/// The wrapped service told of an event that is none of these.
pub(crate) fn unknown_event<'a>(told: &Seldom, known: impl Iterator<Item = &'a Name>) {
    if let Some(left_out) = told.now("unknown_event") {
        let known = known.map(Name::as_str).collect::<Vec<_>>().join(" ");
        let remedy =
            "let it tell of one that is known, in small letters, or write the event in `[[relationship.events]]`";
        tracing::warn!(known, left_out, remedy, "the wrapped service told of an event that the policy does not have");
    }
}

/// The wrapped service told of an event in no way that there is.
pub(crate) fn unreadable_event(told: &Seldom) {
    if let Some(left_out) = told.now("unreadable_event") {
        let remedy =
            "let it send `Personalization-Event: purchase` or `purchase;id=\"order-17\"`, and `,` between several";
        tracing::warn!(left_out, remedy, "the wrapped service told of an event in a way that cannot be read");
    }
}

/// An event could not even be queued: the store has more to do than it may keep waiting.
pub(crate) fn lost_event(told: &Seldom, error: &dyn Display) {
    counter!("rapport_lost_events_total").increment(1);
    if let Some(left_out) = told.now("lost_event") {
        tracing::error!(%error, left_out, "an event is lost");
    }
}

/// A visit was not written, and is given up.
pub(crate) fn lost_visit(told: &Seldom, error: &dyn Display) {
    counter!("rapport_lost_visits_total").increment(1);
    if let Some(left_out) = told.now("lost_visit") {
        tracing::warn!(%error, left_out, "a visit is not written, and given up");
    }
}

/// A customer chose something, and it became durable, or not.
pub(crate) fn chosen(told: &Seldom, choice: &'static str, became: &'static str) {
    counter!("rapport_choices_total", "choice" => choice, "became" => became).increment(1);
    if ["late", "refused"].contains(&became)
        && let Some(left_out) = told.now(became)
    {
        tracing::warn!(choice, became, left_out, "what a customer chose is not stored; they are asked to repeat it");
    }
}

/// The store did not answer, or not in time.
pub(crate) fn store_trouble(told: &Seldom, cause: &'static str) {
    counter!("rapport_store_troubles_total", "cause" => cause).increment(1);
    if let Some(left_out) = told.now(cause) {
        tracing::warn!(
            cause,
            left_out,
            "the store did not tell what it knows of a customer, who is taken for a stranger this once"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
        time::Duration,
    };

    use super::*;
    use crate::report::Told;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn take(&self) -> Vec<String> {
            let bytes = std::mem::take(&mut *self.0.lock().unwrap());
            String::from_utf8(bytes).unwrap().lines().map(String::from).collect()
        }
    }

    /// What this thread logs from now on.
    fn captured() -> (Lines, tracing::subscriber::DefaultGuard) {
        let lines = Lines::default();
        let writer = lines.clone();
        let log =
            tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).without_time().finish();
        (lines, tracing::subscriber::set_default(log))
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_is_a_line_a_minute_and_each_line_says_what_it_stands_for() {
        let (lines, _captured) = captured();
        let (doubts, troubles) = (Told::new("recommendations", false, [], []), Seldom::default());
        for _ in 0..500 {
            doubts.doubt_at("syntax", 17);
            doubts.doubt("content_type");
            store_trouble(&troubles, "late");
        }
        let told = lines.take();
        assert_eq!(told.len(), 3, "{told:?}");
        for word in ["WARN", "endpoint=\"recommendations\"", "cause=\"syntax\"", "byte=17", "left_out=0"] {
            assert!(told[0].contains(word), "{word} in {}", told[0]);
        }
        assert!(told[1].contains("cause=\"content_type\"") && !told[1].contains("byte="), "{}", told[1]);
        assert!(told[2].contains("cause=\"late\""), "{}", told[2]);
        tokio::time::advance(Duration::from_secs(60)).await;
        doubts.doubt_at("syntax", 17);
        store_trouble(&troubles, "late");
        let told = lines.take();
        assert_eq!(told.iter().filter(|line| line.contains("left_out=499")).count(), 2, "{told:?}");
    }
}
