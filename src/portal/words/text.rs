//! One text: what it says, and what is filled in.

use std::{collections::BTreeSet, fmt};

use serde::Deserialize;

/// A text, perhaps in one form for one thing and another for several. `{n}` stands for the number, other words in braces for
/// what the text is about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    /// One form.
    Plain(String),
    /// A form for one, and one for any other number.
    Counted {
        /// For one.
        one: String,
        /// For none and for several.
        other: String,
    },
}

impl Text {
    /// The text with what it is about.
    pub(crate) fn with(&self, fills: &[(&str, &str)]) -> String {
        filled(self.form(2), fills)
    }

    /// The text for a number of things.
    pub(crate) fn count(&self, number: u64, fills: &[(&str, &str)]) -> String {
        let digits = number.to_string();
        let all: Vec<_> = fills.iter().copied().chain([("n", &*digits)]).collect();
        filled(self.form(number), &all)
    }

    fn form(&self, number: u64) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Counted { one, .. } if number == 1 => one,
            Self::Counted { other, .. } => other,
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.form(2))
    }
}

/// The words in braces that a text has.
pub(super) fn blanks(text: &str) -> BTreeSet<&str> {
    pieces(text).filter_map(|piece| if let Piece::Blank(name) = piece { Some(name) } else { None }).collect()
}

/// What is not filled in stays as it is written.
fn filled(text: &str, fills: &[(&str, &str)]) -> String {
    let mut all = String::with_capacity(text.len() + 16);
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => all.push_str(words),
            Piece::Blank(name) => match fills.iter().find(|(own, _)| *own == name) {
                Some((_, value)) => all.push_str(value),
                None => all.extend(["{", name, "}"]),
            },
        }
    }
    all
}

enum Piece<'a> {
    Words(&'a str),
    Blank(&'a str),
}

/// Braces around anything but a name are words.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((name, after)) = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'))
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        {
            rest = after;
            return Some(Piece::Blank(name));
        }
        let end = rest.char_indices().skip(1).find(|(_, letter)| *letter == '{').map_or(rest.len(), |(at, _)| at);
        let (words, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Words(words))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_braces_is_filled_in_once_and_the_rest_stays() {
        let text = Text::Plain("{a} and {b}, {c} {} {A} {a{b}} €{a}".into());
        assert_eq!(text.with(&[("a", "{b}"), ("b", "2")]), "{b} and 2, {c} {} {A} {a2} €{b}");
        assert_eq!(blanks("{a} and {b}, {} {A} {a{n}}"), ["a", "b", "n"].into());
    }

    #[test]
    fn one_has_a_form_of_its_own() {
        let text = Text::Counted { one: "one day since {date}".into(), other: "{n} days since {date}".into() };
        let on = [("date", "3 May")];
        assert_eq!(
            [0, 1, 2].map(|number| text.count(number, &on)),
            ["0 days since 3 May", "one day since 3 May", "2 days since 3 May"]
        );
        assert_eq!(Text::Plain("{n} days".into()).count(1, &[]), "1 days");
    }
}
