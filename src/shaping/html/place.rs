//! A place in a page: a CSS selector, of those that can be matched while the page passes.

use std::{error, fmt, sync::Arc};

use lol_html::{Selector, errors::SelectorError as Unreadable};

/// A CSS selector, of those that can be matched in one pass: types, classes, ids, attributes, `:not()`, and what an element lies
/// in. In what it stands directly, and as which child, is not known: where end tags are left out or tables hold what they cannot,
/// browsers move it.
#[derive(Clone, Debug)]
pub struct Place {
    written: Arc<str>,
    pub(super) selector: Arc<Selector>,
    /// Of each alternative in which elements lie in each other, the parts.
    chains: Arc<[Vec<Selector>]>,
}

impl Place {
    /// Reads a selector.
    ///
    /// # Errors
    ///
    /// What is no selector, or cannot be matched in one pass.
    pub fn parse(selector: &str) -> Result<Self, SelectorError> {
        if [">", ":nth", ":first"].iter().any(|sign| selector.contains(sign)) {
            return Err(SelectorError(Kind::Position));
        }
        let parsed = |text: &str| text.parse::<Selector>().map_err(|error| SelectorError(Kind::Unreadable(error)));
        if let Some(kind) = misread(selector) {
            return Err(SelectorError(kind));
        }
        let whole = parsed(selector)?;
        let alternatives = alternatives(selector);
        for (at, part) in alternatives.iter().flat_map(|parts| parts.iter().enumerate()) {
            let (kind, has_sign) = said_of(part);
            match kind {
                _ if has_sign => {}
                "" => return Err(SelectorError(Kind::Anything)),
                "*" if at == 0 => return Err(SelectorError(Kind::Anything)),
                kind if is_put_in(kind) => return Err(SelectorError(Kind::PutIn)),
                _ => {}
            }
        }
        let chains = alternatives.into_iter().filter(|parts| parts.len() > 1);
        let chains = chains.map(|parts| parts.iter().map(|part| parsed(part)).collect::<Result<Vec<_>, _>>());
        let chains = chains.collect::<Result<_, _>>()?;
        Ok(Self { written: selector.into(), selector: Arc::new(whole), chains })
    }

    /// Of each alternative such as `.card .name`, in which elements lie in each other, the parts.
    pub(super) fn chains(&self) -> impl Iterator<Item = Vec<Selector>> {
        self.chains.iter().cloned()
    }

    /// The attributes that it may look at: class, id and what it names in brackets.
    pub(super) fn looks_at(&self) -> impl Iterator<Item = String> {
        let named = self.written.split('[').skip(1).map(|rest| {
            let name =
                rest.trim_start().split(|letter: char| letter.is_whitespace() || "~|^$*=]".contains(letter)).next();
            name.unwrap_or_default().to_ascii_lowercase()
        });
        named.chain(["class".to_owned(), "id".to_owned()])
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// The alternatives of a selector that is sound, each in the parts that white space parts.
fn alternatives(selector: &str) -> Vec<Vec<String>> {
    let (mut alternatives, mut parts, mut part) = (Vec::new(), Vec::new(), String::new());
    let (mut quote, mut depth, mut letters) = (None, 0_usize, selector.chars());
    while let Some(letter) = letters.next() {
        let is_apart = quote.is_none() && depth == 0;
        match letter {
            '\\' => part.extend([letter].into_iter().chain(letters.next())),
            '"' | '\'' => {
                quote = if quote.is_none() { Some(letter) } else { quote.filter(|begun| *begun != letter) };
                part.push(letter);
            }
            ',' if is_apart => {
                parts.extend((!part.is_empty()).then(|| std::mem::take(&mut part)));
                alternatives.push(std::mem::take(&mut parts));
            }
            letter if is_apart && letter.is_ascii_whitespace() => {
                parts.extend((!part.is_empty()).then(|| std::mem::take(&mut part)));
            }
            letter => {
                if quote.is_none() {
                    depth += usize::from(matches!(letter, '[' | '('));
                    depth = depth.saturating_sub(usize::from(matches!(letter, ']' | ')')));
                }
                part.push(letter);
            }
        }
    }
    parts.extend((!part.is_empty()).then_some(part));
    alternatives.push(parts);
    alternatives
}

/// The type that a part names, and whether it names a class, an id or an attribute beside.
fn said_of(part: &str) -> (&str, bool) {
    let (mut depth, mut letters) = (0_usize, part.chars());
    let kind = part.split(['.', '#', '[', ':']).next().unwrap_or_default();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '.' | '#' | '[' if depth == 0 => return (kind, true),
            _ => {}
        }
    }
    (kind, false)
}

/// Whether browsers put an element of this type in where a page leaves its tags out (HTML standard, section 13.1.2.4): no tag tells
/// that it is there. A name with an escape may be any.
fn is_put_in(kind: &str) -> bool {
    kind.contains('\\')
        || ["html", "head", "body", "tbody", "colgroup"].iter().any(|name| kind.eq_ignore_ascii_case(name))
}

/// What lol_html 3 would take for something else: several signs of one element negated at once, as by `:not(.a.b)`, of which it
/// negates each, and so meets fewer elements than the selector says; and what it does not expect within a pseudo-element.
fn misread(selector: &str) -> Option<Kind> {
    let (mut quote, mut in_brackets, mut depth, mut has_begun) = (None, false, 0_usize, false);
    let (mut letters, mut before) = (selector.chars(), ' ');
    while let Some(letter) = letters.next() {
        let last = std::mem::replace(&mut before, letter);
        match letter {
            '\\' => drop(letters.next()),
            '"' | '\'' => quote = if quote.is_none() { Some(letter) } else { quote.filter(|begun| *begun != letter) },
            _ if quote.is_some() => continue,
            ']' => in_brackets = false,
            _ if in_brackets => continue,
            ':' if last == ':' => return Some(Kind::Unreadable(Unreadable::UnsupportedPseudoClassOrElement)),
            '(' => (depth, has_begun) = (depth + 1, false),
            ')' => depth = depth.saturating_sub(1),
            ',' => has_begun = false,
            '.' | '#' | '[' | ':' if depth > 0 && (has_begun || letter == ':') => return Some(Kind::Negation),
            '[' => in_brackets = true,
            _ => {}
        }
        has_begun |= !matches!(letter, '(' | ',') && !letter.is_ascii_whitespace();
    }
    None
}

/// Why a selector cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectorError(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Position,
    Negation,
    Anything,
    PutIn,
    Unreadable(Unreadable),
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Position => f.write_str("in what an element stands directly, and where, browsers decide; write a selector without `>`, `:nth-…` and `:first-…`"),
            Kind::Negation => f.write_str("a `:not()` of several signs at once; write one sign in each, such as `:not(.a, .b)`"),
            Kind::Anything => f.write_str("a part that says nothing of what an element is; write its type, class, id or an attribute"),
            Kind::PutIn => f.write_str("browsers put `html`, `head`, `body`, `tbody` and `colgroup` in where a page leaves them out; leave the type out, or write its class, id or an attribute with it"),
            Kind::Unreadable(Unreadable::UnsupportedCombinator(combinator)) => {
                write!(f, "`{combinator}` looks at what stands beside an element; write a selector without it")
            }
            Kind::Unreadable(Unreadable::UnsupportedPseudoClassOrElement) => {
                f.write_str("this pseudo-class cannot be matched while the page passes; write one of classes, ids or attributes")
            }
            Kind::Unreadable(Unreadable::NamespacedSelector) => {
                f.write_str("a selector with a namespace; leave the namespace out")
            }
            Kind::Unreadable(_) => f.write_str("not a CSS selector; write one such as `.greeting .name`"),
        }
    }
}

impl error::Error for SelectorError {}
