//! What a table of the file is made of: keys with their places, tables of names, words or more.
//!
//! Two of them speak with [`reading`](super::reading) beyond what serde knows, by names that no type of the file has.

use std::{fmt, marker::PhantomData, ops::Range};

use serde::{
    Deserialize,
    de::{self, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor},
};

use super::diagnostics::Place;

/// A key of the file: what was written there, and where.
#[derive(Clone, Debug)]
pub(super) struct Key<T> {
    place: Option<Place>,
    value: Option<T>,
}

impl<T> Key<T> {
    /// The value; none where the key is missing, or could not be read, which is noted then.
    pub(super) fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Whether the key stands in the file at all.
    pub(super) fn is_written(&self) -> bool {
        self.place.is_some()
    }

    /// Whether the key stands in the file with a value that could not be read.
    pub(super) fn is_unreadable(&self) -> bool {
        self.place.is_some() && self.value.is_none()
    }

    /// The place in the file; the very top where the key is missing.
    pub(super) fn place(&self) -> Place {
        self.place.clone().unwrap_or_default()
    }

    /// The value and its place.
    pub(super) fn here(&self) -> Option<(&T, Place)> {
        Some((self.value.as_ref()?, self.place()))
    }
}

impl<T> Default for Key<T> {
    fn default() -> Self {
        Self { place: None, value: None }
    }
}

/// The entries of a table whose keys are somebody's own names, in the order of the names.
#[derive(Clone, Debug)]
pub(super) struct Entries<T>(pub(super) Vec<(String, Key<T>)>);

/// A word of a few, or something longer.
#[derive(Clone, Debug)]
pub(super) enum Either<W, T> {
    Word(W),
    Other(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Key<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Key<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Key<T>, A::Error> {
                let missing = || A::Error::custom("a place has five parts");
                let mut number = || parts.next_element::<usize>()?.ok_or_else(missing);
                let (value, key): (Range<usize>, _) = (number()?..number()?, number()?..number()?);
                let path = parts.next_element()?.ok_or_else(missing)?;
                let place = Some(Place { value, key, path });
                // The error is noted already, with all that is known of it.
                Ok(Key { place, value: parts.next_element().ok().flatten() })
            }
        }

        deserializer.deserialize_tuple_struct(KEY, 6, Parts(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

impl<'de, W: Deserialize<'de>, T: Deserialize<'de>> Deserialize<'de> for Either<W, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Both<W, T>(PhantomData<(W, T)>);

        impl<'de, W: Deserialize<'de>, T: Deserialize<'de>> Visitor<'de> for Both<W, T> {
            type Value = Either<W, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word in quotes, or more")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Either<W, T>, E> {
                W::deserialize(text.into_deserializer()).map(Either::Word)
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, other: D) -> Result<Either<W, T>, D::Error> {
                T::deserialize(other).map(Either::Other)
            }
        }

        deserializer.deserialize_newtype_struct(EITHER, Both(PhantomData))
    }
}

/// Asks for a [`Key`]: its place in five parts, then its value.
pub(super) const KEY: &str = "rapport key";
/// Asks for an [`Either`]: a word, or the same value again.
pub(super) const EITHER: &str = "rapport either";
