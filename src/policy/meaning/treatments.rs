//! Treatments as they are written, made into those of the shaper.

use serde_json::{Value, json};

use crate::{
    policy::{
        diagnostics::{Findings, Place},
        keys::{Either, Entries, Key},
        written::{self, Attribute, Treating, Word},
    },
    shaping::treatment::{
        Attributes, Buckets, Constant, DateTo, Decimal, GeoTo, Mapping, RoundTo, Template, Treatment, TreatmentError,
        UrlWithout,
    },
};

/// What is treated. Only an element of HTML has attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum In {
    Json,
    Html,
}

/// A treatment, and how it is spelled in full.
pub(super) fn treatment(key: &Key<written::Treatment>, of: In, findings: &Findings<'_>) -> Option<(Treatment, Value)> {
    let (written, place) = key.here()?;
    match written {
        Either::Word(word) => Some(self::word(*word)),
        Either::Other(table) => {
            one(table, &place, of, findings).filter(|(made, _)| of == In::Json || fits_html(made, &place, findings))
        }
    }
}

/// Whether an element can be treated so: it holds a text, and no other values.
fn fits_html(treatment: &Treatment, place: &Place, findings: &Findings<'_>) -> bool {
    let (what, remedy) = match treatment {
        Treatment::Replace(constant) if constant.as_json().starts_with(['{', '[']) => {
            ("an element holds a text", "write `{ replace = \"…\" }`, or `\"null\"` to leave it empty")
        }
        Treatment::Text(_) => ("`text`: an element has no paths", "write `{ replace = \"…\" }`"),
        _ => return true,
    };
    findings.error(place, what, remedy);
    false
}

fn word(word: Word) -> (Treatment, Value) {
    match word {
        Word::Keep => (Treatment::Keep, json!("keep")),
        Word::Null => (Treatment::Null, json!("null")),
        Word::Remove => (Treatment::Remove, json!("remove")),
    }
}

/// The one treatment that a table names.
fn one(table: &Treating, place: &Place, of: In, findings: &Findings<'_>) -> Option<(Treatment, Value)> {
    let named = [
        ("replace", table.replace.is_written()),
        ("round_to", table.round_to.is_written()),
        ("buckets", table.buckets.is_written()),
        ("date_to", table.date_to.is_written()),
        ("geo_to", table.geo_to.is_written()),
        ("first", table.first.is_written()),
        ("initial", table.initial.is_written()),
        ("map", table.map.is_written()),
        ("url_without", table.url_without.is_written()),
        ("attributes", table.attributes.is_written()),
        ("text", table.text.is_written()),
    ];
    let named: Vec<_> = named.iter().filter(|(_, written)| *written).map(|(name, _)| *name).collect();
    let [name] = named.as_slice() else {
        // A misspelt one is noted already.
        if named.is_empty() && findings.has_errors_in(place, |_| true) {
            return None;
        }
        let message = match named.as_slice() {
            [] if table.otherwise.is_written() => "`otherwise` stands alone".to_owned(),
            [] => "this names no treatment".to_owned(),
            several => format!("`{}` at once", several.join("`, `")),
        };
        findings.error(place, message, "write one treatment, such as `\"remove\"` or `{ round_to = 0.5 }`");
        return None;
    };
    if table.otherwise.is_written() && *name != "map" {
        findings.error(&table.otherwise.place().of_key(), "`otherwise` belongs to `map`", "leave it out");
    }
    let (treatment, settings) = match *name {
        "attributes" => return attributes(&table.attributes, of, findings),
        "map" => map(table)?,
        "initial" => initial(&table.initial, findings)?,
        _ => made(table, name, findings)?,
    };
    Some((treatment, settings.unwrap_or_else(|spelled| json!({ *name: spelled }))))
}

type Spelled = (Treatment, Result<Value, Value>);

/// A treatment whose settings may make no sense.
fn made(table: &Treating, name: &str, findings: &Findings<'_>) -> Option<Spelled> {
    let (made, spelled, place) = match name {
        "replace" => {
            let (value, place) = table.replace.here()?;
            (Ok(Treatment::Replace(Constant::from(value))), value.clone(), place)
        }
        "round_to" => {
            let (number, place) = table.round_to.here()?;
            (RoundTo::new(&decimal(*number, &place, findings)?).map(Treatment::RoundTo), json!(number), place)
        }
        "buckets" => {
            let (list, place) = table.buckets.here()?;
            let numbers: Vec<f64> = list.iter().map(|key| key.get().copied()).collect::<Option<_>>()?;
            let bounds = numbers.iter().map(|number| decimal(*number, &place, findings)).collect::<Option<Vec<_>>>()?;
            (Buckets::new(bounds).map(Treatment::Buckets), json!(numbers), place)
        }
        "date_to" => {
            let (word, place) = table.date_to.here()?;
            let (to, spelled) = match word {
                written::DateTo::Day => (DateTo::Day, "day"),
                written::DateTo::Month => (DateTo::Month, "month"),
                written::DateTo::Year => (DateTo::Year, "year"),
            };
            (Ok(Treatment::DateTo(to)), json!(spelled), place)
        }
        "geo_to" => {
            let (text, place) = table.geo_to.here()?;
            (GeoTo::parse(text).map(Treatment::GeoTo), json!(text), place)
        }
        "first" => {
            let (count, place) = table.first.here()?;
            (Treatment::first(*count), json!(count), place)
        }
        "url_without" => {
            let (list, place) = table.url_without.here()?;
            let (treatment, patterns) = url_without(list, &place, findings)?;
            (Ok(treatment), json!(patterns), place)
        }
        _ => {
            let (text, place) = table.text.here()?;
            (Template::parse(text).map(Treatment::Text), json!(text), place)
        }
    };
    let note = |error: TreatmentError| findings.error(&place, error.to_string(), "");
    Some((made.map_err(note).ok()?, Err(spelled)))
}

fn url_without<'a>(
    list: &'a [Key<String>],
    place: &Place,
    findings: &Findings<'_>,
) -> Option<(Treatment, Vec<&'a str>)> {
    let mut patterns: Vec<&str> = list.iter().map(|key| key.get().map(String::as_str)).collect::<Option<_>>()?;
    let made = UrlWithout::new(patterns.iter().copied());
    patterns.sort_unstable();
    patterns.dedup();
    let note = |error: TreatmentError| findings.error(place, error.to_string(), "");
    Some((Treatment::UrlWithout(made.map_err(note).ok()?), patterns))
}

fn decimal(number: f64, place: &Place, findings: &Findings<'_>) -> Option<Decimal> {
    let read = Decimal::from_f64(number);
    if read.is_none() {
        findings.error(place, format!("`{number}`: not a number to count with"), "write one such as `0.5`");
    }
    read
}

fn initial(key: &Key<bool>, findings: &Findings<'_>) -> Option<Spelled> {
    if !*key.get()? {
        findings.error(&key.place(), "`false` is no treatment", "write `true`, or another treatment");
        return None;
    }
    Some((Treatment::Initial, Err(json!(true))))
}

fn map(table: &Treating) -> Option<Spelled> {
    let Entries(entries) = table.map.get()?;
    let texts = entries.iter().map(|(from, to)| Some((from.clone(), to.get()?.clone())));
    let texts = texts.collect::<Option<Vec<_>>>()?;
    if table.otherwise.is_unreadable() {
        return None;
    }
    let otherwise = table.otherwise.get().cloned();
    let spelled = json!({
        "map": texts.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "otherwise": otherwise,
    });
    Some((Treatment::Map(Mapping::new(texts, otherwise)), Ok(spelled)))
}

fn attributes(key: &Key<Entries<Attribute>>, of: In, findings: &Findings<'_>) -> Option<(Treatment, Value)> {
    if of == In::Json {
        let remedy = "it is for `[[endpoints.html]]`; name the place itself in `path`";
        findings.error(&key.place().of_key(), "`attributes`: a JSON value has none", remedy);
        return None;
    }
    let (mut spelled, mut treatments) = (serde_json::Map::new(), Vec::new());
    let place = key.place();
    for (name, key) in &key.get()?.0 {
        let (treatment, in_full) = match key.get()? {
            Either::Word(word) => self::word(*word),
            Either::Other(table) => match (table.replace.get(), table.url_without.get()) {
                (Some(text), None) => {
                    (Treatment::Replace(Constant::from(&Value::from(text.as_str()))), json!({ "replace": text }))
                }
                (None, Some(list)) => url_without(list, &key.place(), findings)
                    .map(|(treatment, patterns)| (treatment, json!({ "url_without": patterns })))?,
                _ => {
                    let remedy = "write \"keep\", \"remove\", { replace = … } or { url_without = […] }";
                    findings.error(&key.place(), "not one treatment of an attribute", remedy);
                    return None;
                }
            },
        };
        spelled.insert(name.clone(), in_full);
        treatments.push((name.clone(), treatment));
    }
    let note = |error: TreatmentError| findings.error(&place, error.to_string(), "");
    let attributes = Attributes::new(treatments).map_err(note).ok()?;
    Some((Treatment::Attributes(attributes), json!({ "attributes": spelled })))
}
