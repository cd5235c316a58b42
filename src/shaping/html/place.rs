//! A place in a page: a CSS selector, of those that can be matched while the page passes.

use std::{error, fmt, sync::Arc};

use cssparser::{ParseError, Parser, ParserInput, Token};
use lol_html::{Selector, errors::SelectorError as Unreadable};

/// A CSS selector, of those that can be matched in one pass: types, classes, ids, attributes, `:not()`, and what an element lies
/// in. In what it stands directly, and as which child, is not known: where end tags are left out or tables hold what they cannot,
/// browsers move it.
///
/// ```
/// use tower_rapport::shaping::html::Place;
///
/// assert_eq!(Place::parse(".greeting .name, [data-user]")?.to_string(), ".greeting .name, [data-user]");
/// let error = Place::parse("ul > li:first-child").unwrap_err();
/// assert!(error.to_string().contains("write a selector without `>`"));
/// # Ok::<(), tower_rapport::shaping::html::SelectorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Place {
    written: Arc<str>,
    pub(super) selector: Arc<Selector>,
    /// Of each alternative in which elements lie in each other, the parts.
    chains: Arc<[Vec<Selector>]>,
    /// The attributes in brackets.
    attributes: Arc<[String]>,
}

impl Place {
    /// Reads a selector.
    ///
    /// # Errors
    ///
    /// What is no selector, or cannot be matched in one pass.
    pub fn parse(selector: &str) -> Result<Self, SelectorError> {
        if has_replacement(&mut Parser::new(&mut ParserInput::new(selector))) {
            return Err(SelectorError(Kind::Replacement));
        }
        let mut attributes = Vec::new();
        let alternatives = alternatives(selector, &mut attributes).map_err(SelectorError)?;
        let parsed = |text: &str| text.parse::<Selector>().map_err(|error| SelectorError(Kind::Unreadable(error)));
        let whole = parsed(selector)?;
        for (at, part) in alternatives.iter().flat_map(|parts| parts.iter().enumerate()) {
            part.check(at == 0).map_err(SelectorError)?;
        }
        let chains = alternatives.iter().filter(|parts| parts.len() > 1);
        let chains = chains.map(|parts| parts.iter().map(|part| parsed(&part.written)).collect::<Result<Vec<_>, _>>());
        let chains = chains.collect::<Result<_, _>>()?;
        Ok(Self { written: selector.into(), selector: Arc::new(whole), chains, attributes: attributes.into() })
    }

    /// Of each alternative such as `.card .name`, in which elements lie in each other, the parts.
    pub(super) fn chains(&self) -> impl Iterator<Item = Vec<Selector>> {
        self.chains.iter().cloned()
    }

    /// The attributes that it may look at: class, id and what it names in brackets.
    pub(super) fn looks_at(&self) -> impl Iterator<Item = String> {
        self.attributes.iter().cloned().chain(["class".to_owned(), "id".to_owned()])
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// A part of a selector: what is said of one element.
#[derive(Debug, Default)]
struct Part {
    written: String,
    /// The type that it names, in lower case; `*`, or nothing.
    kind: String,
    /// Whether it names a class, an id or an attribute.
    has_sign: bool,
}

/// Whether anything names U+FFFD: browsers read that, too, where a page has a zero, and the parser does not.
fn has_replacement(parser: &mut Parser<'_, '_>) -> bool {
    let mut names_it = false;
    while let Ok(token) = parser.next_including_whitespace_and_comments().cloned() {
        names_it |= match &token {
            Token::Ident(name) | Token::Hash(name) | Token::IDHash(name) => name.contains(char::REPLACEMENT_CHARACTER),
            Token::QuotedString(text) => text.contains(char::REPLACEMENT_CHARACTER),
            Token::Function(_) | Token::SquareBracketBlock => {
                let inside: Result<_, ParseError<'_, ()>> =
                    parser.parse_nested_block(|inner| Ok(has_replacement(inner)));
                inside.unwrap_or(true)
            }
            _ => false,
        };
    }
    names_it
}

/// The alternatives of a selector, each in the parts that lie in each other. Refused is what lol_html 3 would not refuse and takes
/// for something else, and what no pass can tell. Adds the attributes in brackets.
fn alternatives(selector: &str, attributes: &mut Vec<String>) -> Result<Vec<Vec<Part>>, Kind> {
    let mut input = ParserInput::new(selector);
    let mut parser = Parser::new(&mut input);
    let (mut alternatives, mut part) = (vec![Vec::new()], Part::default());
    let (mut start, mut before) = (parser.position(), Token::Comma);
    loop {
        let at = parser.position();
        let token = parser.next_including_whitespace_and_comments().cloned();
        match &token {
            Ok(Token::WhiteSpace(_) | Token::Comma) | Err(_) => {
                part.written = parser.slice(start..at).to_owned();
                let ended = std::mem::take(&mut part);
                if let (Some(parts), false) = (alternatives.last_mut(), ended.written.is_empty()) {
                    parts.push(ended);
                }
                start = parser.position();
            }
            // Within a word it would part nothing, between two words it would.
            Ok(Token::Comment(_)) => return Err(Kind::Unreadable(Unreadable::UnsupportedSyntax)),
            Ok(Token::Delim('>')) => return Err(Kind::Position),
            Ok(Token::Ident(name)) => match before {
                Token::Colon if name.starts_with("first") => return Err(Kind::Position),
                Token::Colon | Token::Delim('.') => {}
                _ => part.kind = name.to_ascii_lowercase(),
            },
            Ok(Token::Delim('*')) => part.kind = "*".to_owned(),
            Ok(Token::Delim('.') | Token::Hash(_) | Token::IDHash(_)) => part.has_sign = true,
            Ok(Token::SquareBracketBlock) => {
                part.has_sign = true;
                let passed: Result<(), ParseError<'_, ()>> =
                    parser.parse_nested_block(|inner| attribute(inner, attributes));
                passed.map_err(|_| Kind::Unreadable(Unreadable::UnexpectedTokenInAttribute))?;
            }
            Ok(Token::Colon) if matches!(before, Token::Colon) => {
                return Err(Kind::Unreadable(Unreadable::UnsupportedPseudoClassOrElement));
            }
            Ok(Token::Function(name)) if name.starts_with("nth") => return Err(Kind::Position),
            Ok(Token::Function(_)) => {
                let negated: Result<(), ParseError<'_, ()>> =
                    parser.parse_nested_block(|inner| negate_one(inner, attributes));
                negated.map_err(|_| Kind::Negation)?;
            }
            Ok(_) => {}
        }
        if matches!(token, Ok(Token::Comma)) {
            alternatives.push(Vec::new());
        }
        match token {
            Ok(token) => before = token,
            Err(_) => return Ok(alternatives),
        }
    }
}

impl Part {
    /// Whether no tag may tell of an element that it meets.
    fn check(&self, is_first: bool) -> Result<(), Kind> {
        match self.kind.as_str() {
            _ if self.has_sign => Ok(()),
            "" => Err(Kind::Anything),
            "*" if is_first => Err(Kind::Anything),
            "html" | "head" | "body" | "tbody" | "colgroup" => Err(Kind::PutIn),
            _ => Ok(()),
        }
    }
}

/// Reads what stands in brackets.
fn attribute<'i>(parser: &mut Parser<'i, '_>, attributes: &mut Vec<String>) -> Result<(), ParseError<'i, ()>> {
    attributes.push(parser.expect_ident()?.to_ascii_lowercase());
    while parser.next().is_ok() {}
    Ok(())
}

/// Passes over a list of signs, of which each stands alone. Of several of one element, as in `:not(.a.b)`, lol_html 3 negates
/// each, and so meets fewer elements than the selector says.
fn negate_one<'i>(parser: &mut Parser<'i, '_>, attributes: &mut Vec<String>) -> Result<(), ParseError<'i, ()>> {
    let mut signs = 0;
    loop {
        let token = parser.next().cloned();
        match token {
            Err(_) => return Ok(()),
            Ok(Token::Comma) => signs = 0,
            Ok(Token::Delim('.')) => {
                signs += 1;
                parser.expect_ident()?;
            }
            Ok(Token::SquareBracketBlock) => {
                signs += 1;
                parser.parse_nested_block(|inner| attribute(inner, attributes))?;
            }
            Ok(Token::Ident(_) | Token::Delim('*') | Token::Hash(_) | Token::IDHash(_)) => signs += 1,
            Ok(_) => signs = 2,
        }
        if signs > 1 {
            return Err(parser.new_custom_error(()));
        }
    }
}

/// Why a selector cannot be used.
///
/// Its text says what to write. See the example of [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectorError(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Attribute,
    Position,
    Negation,
    Anything,
    PutIn,
    Replacement,
    Unreadable(Unreadable),
}

impl SelectorError {
    /// No attribute can have the name.
    pub(super) const OF_AN_ATTRIBUTE: Self = Self(Kind::Attribute);
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Attribute => f.write_str("no attribute can have this name; write one such as `@data-id`"),
            Kind::Position => f.write_str("in what an element stands directly, and where, browsers decide; write a selector without `>`, `:nth-…` and `:first-…`"),
            Kind::Negation => f.write_str("a `:not()` of several signs at once; write one sign in each, such as `:not(.a, .b)`"),
            Kind::Anything => f.write_str("a part that says nothing of what an element is; write its type, class, id or an attribute"),
            Kind::PutIn => f.write_str("browsers put `html`, `head`, `body`, `tbody` and `colgroup` in where a page leaves them out; leave the type out, or write its class, id or an attribute with it"),
            Kind::Replacement => f.write_str("a zero or U+FFFD, which browsers read alike in a page; leave it out"),
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
