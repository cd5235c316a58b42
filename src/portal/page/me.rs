//! The customer's own page.

use askama::Template;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    super::{
        me::Me,
        reasons,
        seen::Seen,
        wish,
        words::{Text, Texts, Words},
    },
    Frame, logged, places,
    purpose::{Row, row},
    rendered,
};
use crate::{name::Name, shaping::class::DataClass};

/// What was just done, and where on the page it is said.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(crate) place: String,
    pub(crate) says: String,
}

/// The customer's own page, after an act or a problem with one.
pub(crate) fn me(seen: &Seen<'_>, me: &Me, words: &Words, done: Option<Notice>, problem: Option<String>) -> String {
    let (texts, terms) = (&words.texts, seen.terms);
    let (next, missing) = reasons::next(me.next.as_ref(), seen, words);
    rendered(&Page {
        frame: Frame::of("me", terms, words),
        texts,
        path: &terms.path,
        banner: seen.is_preview().then(|| texts.me.preview.with(&[("stage", words.stage(&me.stage))])),
        problem,
        done,
        at: texts.me.at.with(&[("level", &(me.level + 1).to_string()), ("of", &me.of.to_string())]),
        is: reasons::is(seen, words),
        rungs: rungs(seen, words),
        because: reasons::because(seen, words),
        holds: reasons::limits(seen, words),
        next,
        missing,
        pause: match seen.pause() {
            Some(until) => {
                let texts = &texts.limits;
                reasons::pause(until, words, [&texts.pause, &texts.pause_until, &texts.pause_open])
            }
            None => texts.pause.none.to_string(),
        },
        is_paused: seen.pause().is_some(),
        pauses: pauses(seen, texts),
        limits: limits(me, seen, words),
        no_limit: me.limit.is_none(),
        purposes: me.purposes.iter().map(|purpose| row(purpose, seen, words)).collect(),
        previews: previews(me, seen, words),
        shares: shares(seen, words),
        uses: uses(seen, words),
        kept: me.kept.figures(words),
        retention: texts.kept.retention.count(terms.retention.into(), &[]),
        log: logged(terms, words),
    })
}

#[derive(Template)]
#[template(path = "me.html")]
struct Page<'a> {
    frame: Frame<'a>,
    texts: &'a Texts,
    path: &'a str,
    banner: Option<String>,
    problem: Option<String>,
    done: Option<Notice>,
    at: String,
    is: String,
    rungs: Vec<Rung<'a>>,
    because: Vec<String>,
    holds: Vec<String>,
    next: String,
    missing: Vec<String>,
    pause: String,
    is_paused: bool,
    pauses: Vec<Choice>,
    limits: Vec<Choice>,
    no_limit: bool,
    purposes: Vec<Row>,
    previews: Vec<Choice>,
    shares: Vec<Share>,
    uses: Vec<Use<'a>>,
    kept: Vec<(String, String)>,
    retention: String,
    log: Option<String>,
}

impl Page<'_> {
    /// Whether the notice stands in a place, and says what would be said there.
    fn has_said(&self, place: &str) -> bool {
        self.done.as_ref().is_some_and(|done| done.place == place)
    }
}

struct Rung<'a> {
    class: &'static str,
    name: &'a str,
    state: &'a Text,
}

/// A button or a link, and whether it is the one in force.
struct Choice {
    value: String,
    label: String,
    pressed: bool,
}

struct Share {
    places: [bool; 10],
    says: String,
}

/// One class of data.
struct Use<'a> {
    kind: String,
    needs: String,
    from: &'a str,
    now: String,
    class: &'static str,
}

fn rungs<'a>(seen: &Seen<'a>, words: &'a Words) -> Vec<Rung<'a>> {
    let rung = |(level, name): (u8, &'a Name)| {
        let (here, earned) = (seen.decision.stage.level(), seen.decision.earned.level());
        let (class, state) = match level {
            level if level < here => ("reached", &words.texts.stage.reached),
            level if level == here => ("here", &words.texts.stage.now),
            level if level <= earned => ("held", &words.texts.stage.held),
            _ => ("ahead", &words.texts.stage.ahead),
        };
        Rung { class, name: words.stage(name), state }
    };
    (0..).zip(seen.terms.rules.ladder.rungs().iter().map(|rung| &rung.name)).map(rung).collect()
}

fn pauses(seen: &Seen<'_>, texts: &Texts) -> Vec<Choice> {
    let on = |days: i64| {
        let last = seen.now.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MAX);
        last.to_zoned(TimeZone::UTC).date()
    };
    let standing = seen.pause().and_then(wish::last_day);
    let choice = |last: jiff::civil::Date, label: &Text| Choice {
        value: last.to_string(),
        label: label.to_string(),
        pressed: standing == Some(last),
    };
    vec![
        choice(on(7), &texts.pause.week),
        choice(on(30), &texts.pause.month),
        choice(jiff::civil::Date::MAX, &texts.pause.open),
    ]
}

/// The highest stage is no limit.
fn limits(me: &Me, seen: &Seen<'_>, words: &Words) -> Vec<Choice> {
    let rungs = seen.terms.rules.ladder.rungs();
    let below = rungs.iter().take(rungs.len().saturating_sub(1));
    let choice = |rung: &crate::relationship::Rung| Choice {
        value: rung.name.to_string(),
        label: words.texts.limit.at_most.with(&[("stage", words.stage(&rung.name))]),
        pressed: me.limit.as_ref() == Some(&rung.name),
    };
    below.map(choice).collect()
}

/// The stages up to the present one, to be looked at.
fn previews(me: &Me, seen: &Seen<'_>, words: &Words) -> Vec<Choice> {
    let rungs = seen.terms.rules.ladder.rungs().iter().take(usize::from(seen.own.level()) + 1);
    let preview = |rung: &crate::relationship::Rung| Choice {
        value: rung.name.to_string(),
        label: words.stage(&rung.name).to_owned(),
        pressed: rung.name == me.stage,
    };
    rungs.map(preview).collect()
}

fn shares(seen: &Seen<'_>, words: &Words) -> Vec<Share> {
    let texts = &words.texts.uses;
    let share = |endpoint: &super::super::terms::Showcase| {
        let choice = endpoint.choice.as_ref().filter(|_| !endpoint.observed)?;
        let share = seen.share_of(choice);
        let text = match share {
            0 => &texts.share_none,
            1000.. => &texts.share_all,
            _ => &texts.share,
        };
        let says = text.with(&[("share", &words.percent(share)), ("endpoint", &words.endpoint(&endpoint.name))]);
        Some(Share { places: places(share), says })
    };
    seen.terms.endpoints.iter().filter_map(share).collect()
}

fn uses<'a>(seen: &Seen<'a>, words: &'a Words) -> Vec<Use<'a>> {
    let (texts, rules) = (&words.texts.uses, &seen.terms.rules);
    let used = |class: DataClass| {
        let opening = seen.terms.classes.opening(class);
        let (now, class_of_pill) = match () {
            () if !seen.decision.consent.granted.contains(opening.purpose) => (texts.no_consent.to_string(), "no"),
            () if !seen.decision.granted.contains(opening.purpose) => (texts.paused.to_string(), "no"),
            () if seen.decision.stage < opening.from => (texts.too_early.to_string(), "wait"),
            () => match seen.open_since(class) {
                Some(since) => (texts.since.with(&[("date", &words.date(since))]), "yes"),
                None => (texts.open.to_string(), "yes"),
            },
        };
        let kind = words.texts.data.get(class.name()).map_or(class.name().to_owned(), ToString::to_string);
        let needs = rules.purposes.names(opening.purpose).next().map_or("–", |name| words.purpose(name));
        Use {
            kind,
            needs: needs.to_owned(),
            from: words.stage(rules.ladder.name(opening.from)),
            now,
            class: class_of_pill,
        }
    };
    DataClass::ALL.into_iter().skip(1).map(used).collect()
}
