//! Names in a JSON body that some services read as other ones.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::shaping::path::{Path, Selector};

/// Whether any of the paths leads to a value in a JSON document where the case of names is not minded, as by readers such as Go's
/// and .NET's, and not where it is. True, too, where a name on the way cannot be read. Reads the document once.
pub(super) fn stands_in_another_case<'a>(json: &[u8], paths: impl Iterator<Item = &'a Path>) -> bool {
    let paths: Vec<Vec<Step<'_>>> = paths.map(steps).collect();
    let begun = (0..paths.len()).map(|path| Way { path, step: 0, is_exact: true }).collect();
    let mut json = serde_json::Deserializer::from_slice(json);
    Look { paths: &paths, ways: begun }.deserialize(&mut json).is_err()
}

/// A step of a path.
struct Step<'a> {
    descends: bool,
    takes_elements: bool,
    takes_all: bool,
    /// Each name as it is written and folded.
    names: Vec<(&'a str, String)>,
}

fn steps(path: &Path) -> Vec<Step<'_>> {
    let name = |selector: &Selector| matches!(selector, Selector::Name(_));
    path.segments()
        .iter()
        .map(|segment| Step {
            descends: segment.descends,
            takes_elements: segment.selectors.iter().any(|selector| !name(selector)),
            takes_all: segment.selectors.contains(&Selector::Wildcard),
            names: segment
                .selectors
                .iter()
                .filter_map(
                    |selector| if let Selector::Name(name) = selector { Some((&**name, folded(name))) } else { None },
                )
                .collect(),
        })
        .collect()
}

/// Letters that are one but for their case, also those that have only one: the Kelvin sign is a `k`.
fn folded(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

/// How far a path has led.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Way {
    path: usize,
    step: usize,
    /// Whether all names on it stand there as they are written.
    is_exact: bool,
}

/// Looks at one value, to which these ways lead.
struct Look<'a> {
    paths: &'a [Vec<Step<'a>>],
    ways: Vec<Way>,
}

impl<'a> Look<'a> {
    /// At a child: `leads` tells of a step whether it does, and whether in the case that is written. Nothing where a path ends in
    /// another case.
    fn child(&self, leads: impl Fn(&Step<'_>) -> Option<bool>) -> Option<Self> {
        let mut ways = Vec::new();
        for way in &self.ways {
            let Some(steps) = self.paths.get(way.path) else { continue };
            let Some(step) = steps.get(way.step) else { continue };
            let next =
                leads(step).map(|is_exact| Way { step: way.step + 1, is_exact: way.is_exact && is_exact, ..*way });
            if next.is_some_and(|next| next.step == steps.len() && !next.is_exact) {
                return None;
            }
            let stays = Some(*way).filter(|_| step.descends);
            for way in next.into_iter().chain(stays) {
                // A path that descends comes to one place on many ways.
                if !ways.contains(&way) {
                    ways.push(way);
                }
            }
        }
        Some(Self { paths: self.paths, ways })
    }

    fn member(&self, key: &str) -> Option<Self> {
        let folded = folded(key);
        self.child(|step| {
            let exact = step.takes_all || step.names.iter().any(|(name, _)| *name == key);
            (exact || step.names.iter().any(|(_, name)| *name == folded)).then_some(exact)
        })
    }
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        if self.ways.is_empty() {
            json.deserialize_ignored_any(IgnoredAny).map(drop)
        } else {
            json.deserialize_any(self)
        }
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key::<Cow<'_, str>>()? {
            object.next_value_seed(self.member(&key).ok_or_else(|| A::Error::custom("another case"))?)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let element = || self.child(|step| step.takes_elements.then_some(true));
        while list.next_element_seed(element().ok_or_else(|| A::Error::custom("another case"))?)?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_looked_for_where_a_path_leads() {
        for (path, json, found) in [
            ("$.userId", r#"{"userId":1}"#, false),
            ("$.userId", r#"{"USERID":1}"#, true),
            ("$.userId", r#"{"userI\u0044":1}"#, true),
            ("$.userId", r#"{"userId":1,"USERID":1}"#, true),
            ("$.userId", r#"{"a":{"USERID":1},"b":[1e999,"\ud800"],"user_id":1}"#, false),
            ("$..userId", r#"{"a":[[{"USERID":1}]]}"#, true),
            ("$..userId", r#"{"a":[[{"userId":{"userId":1}}]]}"#, false),
            ("$.who.id", r#"{"WHO":{"id":1}}"#, true),
            ("$.who.id", r#"{"WHO":{"name":1},"items":[{"ID":1}]}"#, false),
            ("$.who[*].id", r#"{"who":[{"name":1},{"Id":1}]}"#, true),
            ("$.who['id','mail'][0]", "{\"who\":{\"mA\u{131}l\":[1]}}", true),
            ("$.who.*", r#"{"who":{"ID":1}}"#, false),
            ("$.who", r#"{"\ud800":1}"#, true),
            ("$.who", r#""WHO""#, false),
            ("$.who", " 7", false),
        ] {
            let path = Path::parse(path).unwrap();
            assert_eq!(stands_in_another_case(json.as_bytes(), [&path].into_iter()), found, "{path} {json}");
        }
    }
}
