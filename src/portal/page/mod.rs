//! The pages. No script, no inline style; whatever comes from a policy, a text or a customer is escaped.

mod me;
mod policy;
mod purpose;

use std::sync::LazyLock;

use askama::Template;

pub(crate) use self::{
    me::{Notice, me},
    policy::{Profile, policy},
};
use super::{
    problem::Problem,
    terms::Terms,
    words::{Text, Texts, Words},
};

/// What stands around every page.
#[derive(Clone, Copy)]
struct Frame<'a> {
    terms: &'a Terms,
    words: &'a Words,
    page: &'static str,
    /// In the address of the style, which browsers keep: another style has another address.
    style: &'static str,
}

impl<'a> Frame<'a> {
    fn of(page: &'static str, terms: &'a Terms, words: &'a Words) -> Self {
        Self { terms, words, page, style: &STYLE_VERSION }
    }

    /// That what a customer chooses has no effect yet, and where, if that is not everywhere.
    fn trial(&self) -> Option<String> {
        let texts = &self.words.texts.frame;
        if self.terms.observed {
            return Some(texts.observed.to_string());
        }
        let observed = self.terms.endpoints.iter().filter(|endpoint| endpoint.observed);
        let names: Vec<_> = observed.map(|endpoint| self.words.endpoint(&endpoint.name)).collect();
        (!names.is_empty()).then(|| texts.observed_in.with(&[("endpoints", &self.words.list(names))]))
    }
}

/// What could not be done.
pub(super) fn problem(problem: Problem, terms: &Terms, words: &Words) -> String {
    let is_stranger = matches!(problem, Problem::Unknown | Problem::BadToken);
    rendered(&ProblemPage {
        frame: Frame::of("problem", terms, words),
        texts: &words.texts,
        status: problem.status().as_u16(),
        says: problem.says(terms, words),
        title: if is_stranger { &words.texts.problem.who } else { &words.texts.problem.title },
        has_page: !is_stranger,
        may_pause: problem == Problem::Unavailable,
        remember: (problem == Problem::Unknown && terms.visitors.is_some()).then(|| remember(terms, words)).flatten(),
    })
}

/// The question whether somebody whom nobody knows wants to be remembered.
fn remember<'a>(terms: &'a Terms, words: &'a Words) -> Option<Remember<'a>> {
    let purposes = &terms.rules.purposes;
    let purpose = purposes.iter().find(|purpose| purposes.set_of(purpose.name.as_str()) == purposes.record())?;
    let (name, title) = (purpose.name.as_str(), words.purpose(&purpose.name));
    let agree = words.texts.purpose.agree_to.with(&[("purpose", title)]);
    Some(Remember { name, title, says: words.purpose_says(purpose), cookie: cookie(terms, words), agree })
}

/// What the browser keeps of whoever agrees without a login.
fn cookie(terms: &Terms, words: &Words) -> Option<String> {
    let cookie = terms.visitors.as_ref()?;
    Some(words.texts.kept.cookie.count(cookie.days, &[("cookie", &cookie.name)]))
}

/// What is kept of customers in the log of decisions.
fn logged(terms: &Terms, words: &Words) -> Option<String> {
    let (log, texts) = (terms.log?, &words.texts.kept);
    Some(log.days.map_or_else(|| texts.log_open.to_string(), |days| texts.log.count(days, &[])))
}

struct Remember<'a> {
    name: &'a str,
    title: &'a str,
    says: &'a str,
    cookie: Option<String>,
    agree: String,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame<'a>,
    texts: &'a Texts,
    status: u16,
    title: &'a Text,
    says: String,
    has_page: bool,
    /// What lowers can be done all the same.
    may_pause: bool,
    remember: Option<Remember<'a>>,
}

/// Writing to a text does not fail.
fn rendered(page: &impl Template) -> String {
    page.render().unwrap_or_default()
}

/// Ten places, of which so many thousandths are chosen personally.
fn places(share: u16) -> [bool; 10] {
    std::array::from_fn(|place| (place + 1) * 100 <= usize::from(share))
}

/// How the pages look.
pub(super) const STYLE: &str = include_str!("page.css");

static STYLE_VERSION: LazyLock<String> =
    LazyLock::new(|| blake3::hash(STYLE.as_bytes()).to_hex().chars().take(8).collect());
