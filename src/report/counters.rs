//! Counters for the `metrics` facade, and the warnings beside them. Their labels are words from this crate and names from
//! the policy, never a value that a customer or a service chose. The counters count all; of warnings that every request
//! could give, one a minute is logged.

use std::{fmt::Display, sync::LazyLock, time::Duration};

use metrics::{Key, Label, Level, Metadata, counter, histogram, with_recorder};

use super::seldom::Seldom;
use crate::{
    decision::{Decision, Limit},
    relationship::Ladder,
};

/// The counters of decisions. Every request counts, so they are named once and not anew each time.
pub(crate) struct Decided {
    /// One for each stage.
    stages: Box<[Key]>,
}

impl Decided {
    pub(crate) fn new(ladder: &Ladder) -> Self {
        let stage = |name: String| Key::from_parts("rapport_decisions_total", vec![Label::new("stage", name)]);
        Self { stages: ladder.rungs().iter().map(|rung| stage(rung.name.to_string())).collect() }
    }

    /// A decision was made.
    pub(crate) fn count(&self, decision: &Decision) {
        self.stages.get(usize::from(decision.stage.level())).into_iter().for_each(increment);
        for limit in decision.limits.iter() {
            LIMITS.get(limit as usize).into_iter().for_each(increment);
        }
    }
}

/// One for each limit, in their order.
static LIMITS: LazyLock<[Key; Limit::ALL.len()]> = LazyLock::new(|| {
    Limit::ALL
        .map(|limit| Key::from_parts("rapport_limits_total", vec![Label::from_static_parts("limit", limit.word())]))
});

/// What the macro does with a name and labels that it is given.
fn increment(key: &Key) {
    increase(key, 1);
}

fn increase(key: &Key, by: u64) {
    static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));
    with_recorder(|recorder| recorder.register_counter(key, &METADATA).increment(by));
}

/// The counters of what became of an endpoint's values, one for each treatment. Named once, too.
#[derive(Debug)]
pub(crate) struct Treated(Box<[(&'static str, Key)]>);

impl Treated {
    pub(crate) fn new(endpoint: &str, treatments: impl IntoIterator<Item = &'static str>) -> Self {
        let key = |treatment| {
            let labels =
                vec![Label::new("endpoint", endpoint.to_owned()), Label::from_static_parts("treatment", treatment)];
            (treatment, Key::from_parts("rapport_treated_values_total", labels))
        };
        Self(treatments.into_iter().map(key).collect())
    }

    /// So many values met a treatment.
    pub(crate) fn count(&self, treatment: &str, values: u64) {
        if let Some((_, key)) = self.0.iter().find(|(name, _)| *name == treatment) {
            increase(key, values);
        }
    }
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

/// An answer could not be shaped.
pub(crate) fn doubt(told: &Seldom, endpoint: &str, cause: &'static str) {
    doubted(told, endpoint, cause, None);
}

/// An answer could not be shaped any further than to this byte.
pub(crate) fn doubt_at(told: &Seldom, endpoint: &str, cause: &'static str, byte: u64) {
    doubted(told, endpoint, cause, Some(byte));
}

fn doubted(told: &Seldom, endpoint: &str, cause: &'static str, byte: Option<u64>) {
    counter!("rapport_doubts_total", "endpoint" => endpoint.to_owned(), "cause" => cause).increment(1);
    if let Some(left_out) = told.now(cause) {
        tracing::warn!(endpoint, cause, byte, left_out, remedy = remedy(cause), "an answer could not be shaped");
    }
}

/// What an operator can do where the cause does not say it.
fn remedy(cause: &str) -> Option<&'static str> {
    Some(match cause {
        "generic_refused" => "the service answers nobody whom it does not know: give it a token in `generic.send`",
        "generic_redirected" => {
            "the service sends away whom it does not know, to log in perhaps: give it a token in `generic.send`"
        }
        "content_type" => {
            "the service should answer with `content-type: application/json`, or that of lines or events of JSON; with `text/html` where the endpoint has rules for `html`"
        }
        "markup" => {
            "the page has end tags that do not close what was opened last, which browsers repair in their own ways: put it through an HTML validator"
        }
        "charset" => "the service should answer with `content-type: text/html; charset=utf-8`",
        "encoding" => {
            "the service's content coding cannot be read to its end: gzip, deflate, br and zstd can, with the feature `encoding`"
        }
        "not_whole" => {
            "the service answered with a part, or as to a condition, and was asked for neither: is there a cache between it and this layer?"
        }
        "no_transform" => {
            "the service forbids to change what must not be shown as it is: leave `no-transform` out of its `cache-control` here"
        }
        "framing" => "the service's stream has lines that are neither fields of events nor documents of JSON",
        "status" => {
            "the service answered with an error that is no JSON; in axum, put the layer around the whole router if handlers read path parameters"
        }
        "path" => "this path can be read as that of two endpoints: see what stands in front, or join the endpoints",
        "request" => "what `request.hide` names stands in a body that is longer than `limits.request`, or no JSON",
        _ => return None,
    })
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

/// Rules of an endpoint met nothing in a hundred answers.
pub(crate) fn silent_rules(endpoint: &str, paths: impl Iterator<Item = impl Display>) {
    for path in paths {
        tracing::warn!(endpoint, %path, "this rule met nothing in a hundred answers: has the service's answer changed its shape?");
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
        let (doubts, troubles) = (Seldom::default(), Seldom::default());
        for _ in 0..500 {
            doubt_at(&doubts, "recommendations", "syntax", 17);
            doubt(&doubts, "recommendations", "content_type");
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
        doubt_at(&doubts, "recommendations", "syntax", 17);
        store_trouble(&troubles, "late");
        let told = lines.take();
        assert_eq!(told.iter().filter(|line| line.contains("left_out=499")).count(), 2, "{told:?}");
    }
}
