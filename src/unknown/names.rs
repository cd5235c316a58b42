//! Names in a JSON body that some services read as other ones.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::shaping::path::{Path, Selector};

/// Whether any name in a JSON document is one of those in the paths but for its case, which readers such as Go's and .NET's do
/// not mind. True, too, where a name cannot be read.
pub(super) fn has_another_case<'a>(json: &str, paths: impl Iterator<Item = &'a Path>) -> bool {
    let selectors = paths.flat_map(|path| path.segments()).flat_map(|segment| &segment.selectors);
    let name = |selector: &'a Selector| match selector {
        Selector::Name(name) => Some((&**name, folded(name))),
        Selector::Wildcard | Selector::Index(_) | Selector::Slice(_) => None,
    };
    let names: Vec<_> = selectors.filter_map(name).collect();
    let is_another = |key: &str| names.iter().any(|(name, other)| *name != key && *other == folded(key));
    let mut values = vec![json.trim_start()];
    while let Some(json) = values.pop() {
        match json.as_bytes().first() {
            Some(b'{') => match serde_json::from_str::<Members<'_>>(json) {
                Ok(Members(members)) if !members.iter().any(|(key, _)| is_another(key)) => {
                    values.extend(members.iter().map(|(_, value)| value.get()));
                }
                _ => return true,
            },
            Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(json) {
                Ok(elements) => values.extend(elements.iter().map(|element| element.get())),
                Err(_) => return true,
            },
            _ => {}
        }
    }
    false
}

/// Letters that are one but for their case, also those that have only one: the Kelvin sign is a `k`.
fn folded(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

/// The members of an object, each of several of one name.
struct Members<'j>(Vec<(Cow<'j, str>, &'j RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = object.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        json.deserialize_map(All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_for_wherever_it_may_stand() {
        let paths = ["$.userId", "$.who['id', 'mail'][0].*"].map(|path| Path::parse(path).unwrap());
        for (json, found) in [
            (r#"{"userId":1,"who":{"id":"ID","mail":["userid"]}}"#, false),
            (r#"{"user_id":1,"whom":[1e999,"\ud800"],"users":{"userIds":1}}"#, false),
            (r#""USERID""#, false),
            (" 7", false),
            (r#"{"USERID":1}"#, true),
            (r#" [{},{"a":[{"Who":1}]}]"#, true),
            (r#"{"a":{"ID":1},"a":{}}"#, true),
            (r#"{"userI\u0044":1}"#, true),
            ("{\"mA\u{131}l\":1}", true),
            (r#"{"\ud800":1}"#, true),
        ] {
            assert_eq!(has_another_case(json, paths.iter()), found, "{json}");
        }
    }
}
