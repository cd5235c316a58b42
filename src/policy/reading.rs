//! Reads the TOML into the types of [`written`](super::written), and goes on after every error.
//!
//! serde stops at the first error. Here a table's unknown keys are noted and passed over, and a
//! [`Key`](super::keys::Key) whose value cannot be read is noted and left empty, so that one reading finds all there is
//! to find.

use std::fmt;

use serde::{
    Deserialize,
    de::{self, Deserializer, Error as _, IntoDeserializer, SeqAccess, Unexpected, Visitor},
    forward_to_deserialize_any,
};
use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use super::{
    diagnostics::{Findings, Place},
    keys::{EITHER, KEY},
    remedy::{did_you_mean, nearest},
    secrets,
};

/// Reads a whole file.
pub(super) fn read<T: for<'de> Deserialize<'de> + Default>(table: Spanned<DeTable<'_>>, findings: &Findings<'_>) -> T {
    let span = table.span();
    let value = Spanned::new(span.clone(), DeValue::Table(table.into_inner()));
    let place = Place { value: span.clone(), key: span, path: String::new() };
    T::deserialize(Value { value: &value, place, findings }).unwrap_or_default()
}

#[derive(Clone)]
struct Value<'a, 'i, 't> {
    value: &'a Spanned<DeValue<'i>>,
    place: Place,
    findings: &'a Findings<'t>,
}

impl<'a, 'i, 't> Value<'a, 'i, 't> {
    fn entry(&self, key: &Spanned<DeString<'i>>, value: &'a Spanned<DeValue<'i>>) -> Self {
        let place = Place { key: key.span(), value: value.span(), ..self.place.child(key.get_ref()) };
        Self { value, place, findings: self.findings }
    }

    fn element(&self, at: usize, value: &'a Spanned<DeValue<'i>>) -> Self {
        let path = format!("{}[{at}]", self.place.path);
        Self { value, place: Place { key: value.span(), value: value.span(), path }, findings: self.findings }
    }

    fn elements(self, array: &'a [Spanned<DeValue<'i>>]) -> Elements<impl Iterator<Item = Self>> {
        Elements(array.iter().enumerate().map(move |(at, value)| self.element(at, value)))
    }

    fn entries(self, table: &'a DeTable<'i>) -> Members<Self, impl Iterator<Item = (String, Self)>> {
        let entries = table.iter().map(move |(key, value)| (key.get_ref().to_string(), self.entry(key, value)));
        Members { entries, value: None }
    }

    /// Notes the keys that nobody asks for. What stands behind one may be a secret whose key was mistyped.
    fn note_unknown(&self, table: &DeTable<'i>, known: &'static [&'static str]) {
        for (key, value) in table.iter().filter(|(key, _)| !known.contains(&key.get_ref().as_ref())) {
            if secrets::may_be_meant(key.get_ref(), known) {
                secrets::hide(value, self.findings);
            }
            let place = self.entry(key, value).place.of_key();
            let shown = key.get_ref();
            let message = format!("`{shown}`: no such key here");
            let remedy = match OF_AN_ENDPOINT.contains(&&**shown) && place.path == **shown {
                true => Some(format!("write `[endpoints.{shown}]`, below the `[[endpoints]]` that it is for")),
                false => did_you_mean(shown, known.iter().copied()),
            };
            self.findings.error(&place, message, remedy);
        }
    }

    fn note(&self, refused: Refused) {
        let value = self.findings.shown(&self.place.value);
        let message = match refused.expected {
            None => refused.text,
            Some(expected) => {
                let found = self.value.get_ref().type_str();
                let found = FOUND.iter().find(|(name, _)| *name == found).map_or("something else", |(_, words)| words);
                match value {
                    None => format!("this is {found}; write {expected}"),
                    // One of which there may be several.
                    Some(value) if expected == ARRAY && value.starts_with('[') => {
                        format!("`{value}` is {found}; write `[{value}]`, for there may be several")
                    }
                    Some(value) if matches!(self.value.get_ref(), DeValue::Integer(_)) => {
                        format!("`{value}`: write {expected}")
                    }
                    Some(value) => format!("`{}` is {found}; write {expected}", value.replace('`', "'")),
                }
            }
        };
        self.findings.error(&self.place, message, refused.remedy);
    }
}

impl<'de> Deserializer<'de> for Value<'_, '_, '_> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.value.get_ref() {
            DeValue::String(text) => visitor.visit_str(text),
            DeValue::Boolean(yes) => visitor.visit_bool(*yes),
            DeValue::Float(number) => match number.as_str().replace('_', "").parse() {
                // JSON has no such number: where any value may stand, it would become `null`.
                Ok(number) if !f64::is_finite(number) => Err(Refused::custom("not a finite number")),
                Ok(number) => visitor.visit_f64(number),
                Err(_) => Err(Refused::custom("not a number that can be read")),
            },
            DeValue::Integer(number) => match i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()) {
                Ok(number) => visitor.visit_i64(number),
                Err(_) => Err(Refused::custom("a number out of all range")),
            },
            DeValue::Datetime(_) => Err(Refused::invalid_type(Unexpected::Other("date"), &visitor)),
            DeValue::Array(array) => visitor.visit_seq(self.clone().elements(array)),
            DeValue::Table(table) => visitor.visit_map(self.clone().entries(table)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let DeValue::Table(table) = self.value.get_ref() else {
            let refused = Refused::invalid_type(Unexpected::Other("value"), &visitor);
            return Err(refused.for_a_table_of(fields));
        };
        self.note_unknown(table, fields);
        let mut members = self.entries(table);
        let entries = members.entries.by_ref().filter(|(key, _)| fields.contains(&key.as_str()));
        visitor.visit_map(Members { entries, value: None })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        if name == KEY { visitor.visit_seq(KeyParts { value: self, part: 0 }) } else { self.deserialize_any(visitor) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Refused> {
        match self.value.get_ref() {
            DeValue::String(text) if name == EITHER => visitor.visit_str(text),
            _ if name == EITHER => visitor.visit_newtype_struct(self).map_err(Refused::or_a_word),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        match self.value.get_ref() {
            DeValue::String(text) => visitor.visit_enum(text.as_ref().into_deserializer()),
            _ => Err(Refused::invalid_type(Unexpected::Other("value"), &WORD)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        map identifier ignored_any
    }
}

struct Elements<I>(I);

impl<'de, 'a, 'i: 'a, 't: 'a, I: Iterator<Item = Value<'a, 'i, 't>>> SeqAccess<'de> for Elements<I> {
    type Error = Refused;

    fn next_element_seed<S: de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refused> {
        self.0.next().map(|value| seed.deserialize(value)).transpose()
    }
}

struct Members<V, I> {
    entries: I,
    value: Option<V>,
}

impl<'de, 'a, 'i: 'a, 't: 'a, I> de::MapAccess<'de> for Members<Value<'a, 'i, 't>, I>
where
    I: Iterator<Item = (String, Value<'a, 'i, 't>)>,
{
    type Error = Refused;

    fn next_key_seed<S: de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refused> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<S: de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refused> {
        seed.deserialize(self.value.take().ok_or_else(|| Refused::custom("a key without a value"))?)
    }
}

/// Hands out what makes a [`Key`](super::keys::Key): its place in six parts, then its value, whose error is noted here.
struct KeyParts<'a, 'i, 't> {
    value: Value<'a, 'i, 't>,
    part: usize,
}

impl<'de> SeqAccess<'de> for KeyParts<'_, '_, '_> {
    type Error = Refused;

    fn next_element_seed<S: de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refused> {
        let place = &self.value.place;
        let number = [place.value.start, place.value.end, place.key.start, place.key.end].get(self.part).copied();
        self.part += 1;
        match (number, self.part) {
            (Some(number), _) => seed.deserialize(number.into_deserializer()).map(Some),
            (None, 5) => seed.deserialize(place.path.as_str().into_deserializer()).map(Some),
            _ => seed.deserialize(self.value.clone()).map(Some).inspect_err(|refused| self.value.note(refused.clone())),
        }
    }
}

/// Why a value cannot be read.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    text: String,
    expected: Option<String>,
    remedy: Option<String>,
}

impl Refused {
    /// Where a table belongs: what can stand in it, if that is little.
    fn for_a_table_of(self, keys: &[&str]) -> Self {
        if keys.len() > FEW || self.expected.as_deref() != Some(TABLE) {
            return self;
        }
        let keys: Vec<_> = keys.iter().map(|key| format!("{key} = …")).collect();
        Self { expected: Some(format!("{TABLE}, `{{ {} }}`", keys.join(", "))), ..self }
    }

    /// Where a word may stand, too.
    fn or_a_word(self) -> Self {
        let is_table = self.expected.as_deref().is_some_and(|expected| expected.starts_with(TABLE));
        if is_table { Self { expected: Some(format!("{WORD}, or {TABLE}")), ..self } } else { self }
    }
}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self { text: text.to_string(), expected: None, remedy: None }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = expected.to_string();
        let words = EXPECTED.iter().find(|(name, _)| expected.starts_with(name)).map(|(_, words)| (*words).into());
        Self { text: String::new(), expected: Some(words.unwrap_or(expected)), remedy: None }
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        let mut remedy = did_you_mean(word, known.iter().copied());
        let longer = LONGER.iter().find(|(other, _)| known.contains(other));
        if let (Some(remedy), Some((_, form)), None) = (&mut remedy, longer, nearest(word, known.iter().copied())) {
            *remedy += &format!(", or write `{form}`");
        }
        Self { text: format!("`{word}`: not a word that can stand here"), expected: None, remedy }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Refused {}

const ARRAY: &str = "an array";
const TABLE: &str = "a table";
const WORD: &str = "a word in quotes";

/// So many keys of a table are named where something else stands.
const FEW: usize = 4;

/// What serde calls a type, and what a reader of the message does.
const EXPECTED: [(&str, &str); 8] = [
    ("struct ", TABLE),
    ("a map", TABLE),
    ("a sequence", ARRAY),
    ("a string", "a text in quotes"),
    ("a boolean", "`true` or `false`"),
    ("u64", "a whole number that is not negative"),
    ("f64", "a number"),
    ("any valid JSON value", "a value that JSON has too"),
];

/// What can stand in the place of a word, where nobody would guess it.
const LONGER: [(&str, &str); 1] = [("tracing", "{ file = \"decisions.jsonl\" }")];

/// What stands in an endpoint, and looks as if it stood for all.
const OF_AN_ENDPOINT: [&str; 8] = ["explain", "fields", "generic", "html", "items", "nested", "request", "response"];

/// What `toml` calls a type, likewise.
const FOUND: [(&str, &str); 7] = [
    ("string", "a text"),
    ("integer", "a whole number"),
    ("float", "a number"),
    ("boolean", "true or false"),
    ("datetime", "a date without quotes"),
    ("array", "an array"),
    ("table", "a table"),
];
