//! JSON objects that somebody else wrote, and that are decided by: the parts of a token, a customer's wish.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

/// Why bytes are no object to decide by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoObject {
    /// They are no JSON object, or one of more members than anybody needs who means well.
    Shape,
    /// A member stands twice.
    Twice,
}

/// A JSON object in which no member stands twice. What is meant by a doubled member is anybody's guess, and two readers
/// of one object must not guess differently.
pub(crate) fn read_object(json: &[u8]) -> Result<Map<String, Value>, NoObject> {
    serde_json::from_slice::<Object>(json).map_err(|_| NoObject::Shape)?.0.ok_or(NoObject::Twice)
}

/// An object's members; none of them where one stands twice.
struct Object(Option<Map<String, Value>>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Object, A::Error> {
                let mut members = Map::new();
                let mut twice = false;
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if members.len() >= MEMBERS {
                        return Err(A::Error::custom("too many members"));
                    }
                    twice |= members.insert(name, value).is_some();
                }
                Ok(Object((!twice).then_some(members)))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// More members than any token has that fits into 8 KiB and means well.
const MEMBERS: usize = 512;
