//! What an item says of itself: its label, its id, its topic.

use std::{borrow::Cow, fmt};

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::shaping::{
    json::string,
    path::{Path, Segment, Selector},
};

/// A scalar at a place within an item, before any field rule.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sign<'a> {
    /// There is none, or it is `null`.
    Missing,
    /// A text, or what a number, `true` or `false` is written as.
    Text(Cow<'a, str>),
    /// An array, an object, a string that is no text; or the place is named twice, and clients differ in which counts.
    Unreadable,
}

/// The child of a value by one step.
enum Child<'a> {
    None,
    One(&'a str),
    Several,
}

impl<'a> Sign<'a> {
    /// The sign at a place of names and indexes in an item, which is known to be JSON.
    pub(super) fn read(item: &'a str, at: &Path) -> Self {
        let mut value = item;
        for segment in at.segments() {
            match child(value, segment) {
                Child::One(child) => value = child,
                Child::None => return Self::Missing,
                Child::Several => return Self::Unreadable,
            }
        }
        match value.as_bytes().first() {
            None | Some(b'n') => Self::Missing,
            Some(b'{' | b'[') => Self::Unreadable,
            Some(b'"') => string::decode(value.as_bytes()).map_or(Self::Unreadable, Self::Text),
            Some(_) => Self::Text(Cow::Borrowed(value)),
        }
    }
}

fn child<'a>(value: &'a str, segment: &Segment) -> Child<'a> {
    let mut json = serde_json::Deserializer::from_str(value);
    let found = match (&*segment.selectors, value.as_bytes().first()) {
        ([Selector::Name(name)], Some(b'{')) => json.deserialize_map(Member(name)),
        ([Selector::Index(index)], Some(b'[')) => json.deserialize_seq(Element(*index)),
        _ => Ok(Child::None),
    };
    found.unwrap_or(Child::Several)
}

struct Member<'n>(&'n str);

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Child<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Child<'de>, A::Error> {
        let mut found = Child::None;
        // Raw keys, too: one that is no text is no reason to read nothing of the others.
        while let Some((key, value)) = members.next_entry::<&RawValue, &RawValue>()? {
            if string::decode(key.get().as_bytes()).is_some_and(|key| key == self.0) {
                found = match found {
                    Child::None => Child::One(value.get()),
                    Child::One(_) | Child::Several => Child::Several,
                };
            }
        }
        Ok(found)
    }
}

struct Element(u64);

impl<'de> Visitor<'de> for Element {
    type Value = Child<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Child<'de>, A::Error> {
        let mut found = Child::None;
        let mut index = 0;
        while index < self.0 && elements.next_element::<IgnoredAny>()?.is_some() {
            index += 1;
        }
        if let Some(value) = elements.next_element::<&RawValue>()? {
            found = Child::One(value.get());
        }
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_is_one_scalar_at_one_place() {
        let text = |text: &'static str| Sign::Text(Cow::Borrowed(text));
        for (item, at, sign) in [
            (r#"{"id":"p1"}"#, "$.id", text("p1")),
            (r#"{ "i\u0064" : "p\u0031" }"#, "$.id", text("p1")),
            (r#"{"id":-1.50e2}"#, "$.id", text("-1.50e2")),
            (r#"{"id":true}"#, "$.id", text("true")),
            (r#"{"id":""}"#, "$.id", text("")),
            (r#""p1""#, "$", text("p1")),
            ("17", "$", text("17")),
            (r#"[[], {"a":["x","y"]}]"#, "$[1].a[1]", text("y")),
            (r#"{"id":null}"#, "$.id", Sign::Missing),
            (r#"{"ID":1}"#, "$.id", Sign::Missing),
            (r#"{"a":["x"]}"#, "$.a[1]", Sign::Missing),
            (r#"{"a":"x"}"#, "$.a[0]", Sign::Missing),
            (r#"{"a":{"0":"x"}}"#, "$.a[0]", Sign::Missing),
            (r#"["x"]"#, "$.id", Sign::Missing),
            ("null", "$", Sign::Missing),
            (r#"{"id":["p1"]}"#, "$.id", Sign::Unreadable),
            (r#"{"id":{}}"#, "$.id", Sign::Unreadable),
            (r#"{"id":"\ud800"}"#, "$.id", Sign::Unreadable),
            (r#"{"id":"p1","i\u0064":"p1"}"#, "$.id", Sign::Unreadable),
            (r#"{"a":{"id":"p1"},"a":0}"#, "$.a.id", Sign::Unreadable),
            (r#"{"\ud800":0,"id":"p1","x":"\ud800"}"#, "$.id", text("p1")),
        ] {
            assert_eq!(Sign::read(item, &Path::parse(at).unwrap()), sign, "{item} {at}");
        }
        let deep = format!(r#"{{"x":{}{},"id":1}}"#, "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(Sign::read(&deep, &Path::parse("$.id").unwrap()), text("1"));
    }
}
