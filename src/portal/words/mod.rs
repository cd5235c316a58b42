//! What the portal's pages say, in each language: see [`portal`](super) for how to say it otherwise.

mod own;
mod text;
mod texts;

use std::borrow::Cow;

use http::HeaderMap;
use jiff::civil::Date;
use toml::Table;

pub(crate) use self::{
    own::{OwnText, WrongText},
    text::Text,
    texts::Texts,
};
use super::negotiation;
use crate::{
    consent::{Purpose, Purposes},
    name::Name,
    relationship::Ladder,
};

/// The languages that the portal speaks.
#[derive(Debug)]
pub(crate) struct Languages {
    /// English first: it is spoken where no other is wished for.
    all: Vec<Words>,
}

/// One language.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) tag: String,
    pub(crate) texts: Texts,
}

/// What of a policy may be named in the texts.
pub(crate) struct Named<'a> {
    pub(crate) ladder: &'a Ladder,
    pub(crate) purposes: &'a Purposes,
    pub(crate) events: Vec<&'a str>,
    pub(crate) endpoints: Vec<&'a str>,
}

impl Languages {
    /// The languages of the crate, with a business's own words put over them.
    ///
    /// # Errors
    ///
    /// Everything in the own words that cannot be used.
    pub(crate) fn new(own: &[OwnText], named: &Named<'_>) -> Result<Self, Vec<WrongText>> {
        let english = table(ENGLISH);
        let wrong: Vec<_> = own.iter().flat_map(|own| own.wrong(&english, named)).collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let mut tags = vec!["en", "de"];
        tags.extend(own.iter().map(|own| own.tag.as_str()).filter(|tag| !["en", "de"].contains(tag)));
        let words = |tag: &str| {
            let mut all = english.clone();
            if tag.split('-').next() == Some("de") {
                lay_over(&mut all, table(GERMAN));
            }
            translate_only_what_is_said(&mut all, &english, named.purposes);
            if let Some(own) = own.iter().find(|own| own.tag == tag) {
                let own = own.table();
                if own.get("direction").and_then(toml::Value::as_str).is_some_and(|direction| direction != "ltr") {
                    isolate(&mut all);
                }
                lay_over(&mut all, own);
            }
            let texts = all.try_into().map_err(|error: toml::de::Error| WrongText {
                file: format!("{tag}.toml"),
                line: 1,
                says: error.message().to_owned(),
            })?;
            Ok(Words { tag: tag.to_owned(), texts })
        };
        Ok(Self { all: tags.into_iter().map(words).collect::<Result<_, _>>().map_err(|wrong| vec![wrong])? })
    }

    /// The language that a client likes best.
    pub(crate) fn of(&self, headers: &HeaderMap) -> &Words {
        self.at(self.place(headers))
    }

    /// The place of the language that a client likes best.
    pub(crate) fn place(&self, headers: &HeaderMap) -> usize {
        let tags: Vec<_> = self.all.iter().map(|words| words.tag.as_str()).collect();
        negotiation::language(headers, &tags).unwrap_or(0)
    }

    /// The language at a place.
    pub(crate) fn at(&self, place: usize) -> &Words {
        #[expect(clippy::indexing_slicing, reason = "the place is one of the list, which has at least one")]
        &self.all[place]
    }
}

impl Words {
    /// What a stage is called.
    pub(crate) fn stage<'a>(&'a self, stage: &'a Name) -> &'a str {
        let words = self.texts.stages.get(stage.as_str());
        words.and_then(|words| words.name.as_deref()).unwrap_or(stage.as_str())
    }

    /// What it means to be at a stage.
    pub(crate) fn is_at(&self, stage: &Name) -> String {
        let words = self.texts.stages.get(stage.as_str());
        let own = words.and_then(|words| words.is.clone());
        own.unwrap_or_else(|| self.texts.stage.is.with(&[("stage", self.stage(stage))]))
    }

    /// What a purpose is called.
    pub(crate) fn purpose<'a>(&'a self, name: &'a Name) -> &'a str {
        let words = self.texts.purposes.get(name.as_str());
        words.and_then(|words| words.name.as_deref()).unwrap_or(name.as_str())
    }

    /// What an endpoint is called.
    pub(crate) fn endpoint<'a>(&'a self, name: &'a str) -> Cow<'a, str> {
        self.texts.endpoints.get(name).map_or(Cow::Borrowed(name), |text| text.to_string().into())
    }

    /// What a purpose means.
    pub(crate) fn purpose_says<'a>(&'a self, purpose: &'a Purpose) -> &'a str {
        let words = self.texts.purposes.get(purpose.name.as_str());
        words.and_then(|words| words.says.as_deref()).unwrap_or(&purpose.says)
    }

    /// A date, written out.
    pub(crate) fn date(&self, date: Date) -> String {
        let month = usize::try_from(date.month()).unwrap_or(1).saturating_sub(1);
        let month = self.texts.months.get(month).map_or("", String::as_str);
        let (day, year) = (date.day().to_string(), date.year().to_string());
        self.texts.date.with(&[("day", &day), ("month", month), ("year", &year)])
    }

    /// A number that need not be whole.
    pub(crate) fn number(&self, number: f64) -> String {
        number.to_string().replace('.', &self.texts.decimal)
    }

    /// A share of a thousand.
    pub(crate) fn percent(&self, thousandths: u16) -> String {
        self.texts.percent.with(&[("n", &self.number(f64::from(thousandths) / 10.0))])
    }

    /// Several things in one text.
    pub(crate) fn list(&self, things: impl IntoIterator<Item = impl Into<String>>) -> String {
        let join = |list: String, next: String| self.texts.list.with(&[("list", &list), ("next", &next)]);
        things.into_iter().map(Into::into).reduce(join).unwrap_or_default()
    }
}

/// A translation says what the policy says, or nothing: where the policy has words of its own for a purpose, those of the
/// crate say something else.
fn translate_only_what_is_said(words: &mut Table, english: &Table, purposes: &Purposes) {
    for purpose in purposes.iter() {
        let says =
            |table: &Table| table.get("purposes")?.get(purpose.name.as_str())?.get("says")?.as_str().map(str::to_owned);
        if !purpose.says.is_empty()
            && says(english).is_some_and(|says| says != purpose.says)
            && let Some(own) = words.get_mut("purposes").and_then(|all| all.get_mut(purpose.name.as_str()))
            && let Some(own) = own.as_table_mut()
        {
            own.remove("says");
        }
    }
}

/// Puts texts in the place of others of the same name.
fn lay_over(below: &mut Table, above: Table) {
    for (name, value) in above {
        match (below.get_mut(&name), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) if !above.contains_key("other") => {
                lay_over(below, above);
            }
            (_, value) => {
                below.insert(name, value);
            }
        }
    }
}

/// Keeps each text in a direction of its own, by its first letter (Unicode Standard Annex 9, FSI and PDI): what a language that
/// is written from right to left leaves out is English, and its full stops belong to the right.
fn isolate(texts: &mut Table) {
    for (_, value) in texts.iter_mut().filter(|(name, _)| !["direction", "decimal"].contains(&name.as_str())) {
        match value {
            toml::Value::Table(below) => isolate(below),
            toml::Value::Array(all) => all.iter_mut().for_each(isolate_one),
            one => isolate_one(one),
        }
    }
}

fn isolate_one(value: &mut toml::Value) {
    if let toml::Value::String(text) = value {
        *text = format!("\u{2068}{text}\u{2069}");
    }
}

/// The texts of a file that comes with the crate.
fn table(text: &str) -> Table {
    #[expect(clippy::expect_used, reason = "the file is part of the crate, and a test reads it")]
    text.parse().expect("a file of texts is TOML")
}

const ENGLISH: &str = include_str!("en.toml");
const GERMAN: &str = include_str!("de.toml");

#[cfg(test)]
mod tests;
