//! The grammar of RFC 9535 section 2, read by hand so that each refusal has its own words.

use std::{error, fmt, num::NonZeroU64};

use super::{Segment, Selector, Slice};

/// Why a text is no path that can be followed.
///
/// Its text says what to write instead. See the example of [`Path`](super::Path).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    kind: PathErrorKind,
    offset: usize,
}

/// What is wrong with a path.
///
/// See the example of [`Path`](super::Path).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathErrorKind {
    /// It does not begin with `$`.
    NoRoot,
    /// It breaks the grammar of RFC 9535.
    Syntax,
    /// A quoted name is not closed, or has an escape that JSON does not know.
    Name,
    /// A filter, `[?…]`.
    Filter,
    /// A function, `name(…)`.
    Function,
    /// A negative index, slice bound or step.
    Negative,
    /// A slice with step 0, which selects nothing.
    StepZero,
    /// A number above 2^53 − 1 (RFC 9535 section 2.1), or one with leading zeros.
    Number,
}

impl PathError {
    /// What is wrong.
    pub fn kind(&self) -> PathErrorKind {
        self.kind
    }

    /// Where, in bytes from the start of the text.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            PathErrorKind::NoRoot => "a path begins with `$`, the whole document, as in `$.items[*].id`",
            PathErrorKind::Syntax => {
                "not a path; write steps like `.name`, `['any name']`, `[0]`, `[0:5]`, `[*]` or `..name`"
            }
            PathErrorKind::Name => {
                "a quoted name must end with the quote that it began with, and have no escapes but those of JSON"
            }
            PathErrorKind::Filter => {
                "a filter must see a whole value before it can answer, and answers are shaped in one pass; \
                 name the place itself, or use `[*]`"
            }
            PathErrorKind::Function => {
                "a function must see whole values, and answers are shaped in one pass; name the place itself"
            }
            PathErrorKind::Negative => {
                "counting from the end must see the whole array, and answers are shaped in one pass; \
                 count from the start"
            }
            PathErrorKind::StepZero => "a slice with step 0 selects nothing; the smallest step is 1",
            PathErrorKind::Number => "an index is a whole number from 0 to 9007199254740991, without leading zeros",
        })
    }
}

impl error::Error for PathError {}

pub(super) fn segments(text: &str) -> Result<Vec<Segment>, PathError> {
    let mut reader = Reader { text, at: 0 };
    if !reader.take('$') {
        return Err(reader.error(PathErrorKind::NoRoot));
    }
    let mut segments = Vec::new();
    while !reader.rest().is_empty() {
        reader.blanks();
        segments.push(reader.segment()?);
    }
    Ok(segments)
}

/// Whether a name may stand behind a dot (`member-name-shorthand`).
pub(super) fn is_shorthand(name: &str) -> bool {
    name.chars().next().is_some_and(begins_name) && name.chars().all(|letter| begins_name(letter) || is_digit(letter))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn segment(&mut self) -> Result<Segment, PathError> {
        let descends = self.rest().starts_with("..");
        let selectors = if descends {
            self.at += 2;
            if self.rest().starts_with('[') { self.bracketed()? } else { vec![self.shorthand()?] }
        } else if self.take('.') {
            vec![self.shorthand()?]
        } else {
            self.bracketed()?
        };
        Ok(Segment { descends, selectors: selectors.into() })
    }

    fn shorthand(&mut self) -> Result<Selector, PathError> {
        if self.take('*') {
            return Ok(Selector::Wildcard);
        }
        let rest = self.rest();
        let end = rest.find(|letter| !begins_name(letter) && !is_digit(letter)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if !is_shorthand(name) {
            return Err(self.error(PathErrorKind::Syntax));
        }
        if after.starts_with('(') {
            return Err(self.error(PathErrorKind::Function));
        }
        let name = name.into();
        self.at += end;
        Ok(Selector::Name(name))
    }

    fn bracketed(&mut self) -> Result<Vec<Selector>, PathError> {
        if !self.take('[') {
            return Err(self.error(PathErrorKind::Syntax));
        }
        let mut selectors = Vec::new();
        loop {
            self.blanks();
            selectors.push(self.selector()?);
            self.blanks();
            if self.take(']') {
                break;
            }
            if !self.take(',') {
                return Err(self.error(PathErrorKind::Syntax));
            }
        }
        selectors.sort();
        selectors.dedup();
        Ok(selectors)
    }

    fn selector(&mut self) -> Result<Selector, PathError> {
        match self.peek() {
            Some('*') => {
                self.at += 1;
                Ok(Selector::Wildcard)
            }
            Some('?') => Err(self.error(PathErrorKind::Filter)),
            Some(quote @ ('\'' | '"')) => self.quoted(quote).map(|name| Selector::Name(name.into())),
            Some('-' | ':' | '0'..='9') => self.index_or_slice(),
            _ => Err(self.error(PathErrorKind::Syntax)),
        }
    }

    fn index_or_slice(&mut self) -> Result<Selector, PathError> {
        let start = self.number()?;
        let before_blanks = self.at;
        self.blanks();
        if !self.take(':') {
            self.at = before_blanks;
            return start.map(Selector::Index).ok_or_else(|| self.error(PathErrorKind::Syntax));
        }
        self.blanks();
        let end = self.number()?;
        self.blanks();
        let mut step = NonZeroU64::MIN;
        if self.take(':') {
            self.blanks();
            let at = self.at;
            if let Some(written) = self.number()? {
                step = NonZeroU64::new(written).ok_or(PathError { kind: PathErrorKind::StepZero, offset: at })?;
            }
        }
        Ok(Selector::Slice(Slice { start: start.unwrap_or(0), end, step }))
    }

    fn number(&mut self) -> Result<Option<u64>, PathError> {
        const LARGEST: u64 = (1 << 53) - 1;
        let rest = self.rest();
        if rest.starts_with('-') {
            return Err(self.error(PathErrorKind::Negative));
        }
        let digits = rest.find(|letter| !is_digit(letter)).map_or(rest, |end| rest.get(..end).unwrap_or_default());
        if digits.is_empty() {
            return Ok(None);
        }
        match digits.parse::<u64>() {
            Ok(number) if number <= LARGEST && (digits == "0" || !digits.starts_with('0')) => {
                self.at += digits.len();
                Ok(Some(number))
            }
            _ => Err(self.error(PathErrorKind::Number)),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, PathError> {
        let start = self.at;
        let unclosed = PathError { kind: PathErrorKind::Name, offset: start };
        self.at += 1;
        let mut name = String::new();
        loop {
            match self.next().ok_or_else(|| unclosed.clone())? {
                letter if letter == quote => return Ok(name),
                '\\' => name.push(self.escaped(quote)?),
                '\0'..='\x1f' => return Err(unclosed),
                letter => name.push(letter),
            }
        }
    }

    fn escaped(&mut self, quote: char) -> Result<char, PathError> {
        let refused = PathError { kind: PathErrorKind::Name, offset: self.at.saturating_sub(1) };
        Ok(match self.next() {
            Some('b') => '\x08',
            Some('f') => '\x0c',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(letter @ ('/' | '\\')) => letter,
            Some(letter) if letter == quote => letter,
            Some('u') => {
                let first = self.hex().ok_or_else(|| refused.clone())?;
                let mut units = vec![first];
                if (0xd800..0xdc00).contains(&first) {
                    let second = if self.take('\\') && self.take('u') { self.hex() } else { None };
                    units.push(second.ok_or_else(|| refused.clone())?);
                }
                char::decode_utf16(units).next().and_then(Result::ok).ok_or(refused)?
            }
            _ => return Err(refused),
        })
    }

    fn hex(&mut self) -> Option<u16> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        let unit = u16::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(unit)
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, kind: PathErrorKind) -> PathError {
        PathError { kind, offset: self.at }
    }
}

fn begins_name(letter: char) -> bool {
    letter.is_ascii_alphabetic() || letter == '_' || !letter.is_ascii()
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit()
}

#[cfg(test)]
mod tests;
