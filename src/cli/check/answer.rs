//! `rapport check --answer`: what the rules of a policy meet in one answer of the service, and what they leave of it.

mod fit;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path as File, PathBuf},
};

use clap::Args;
use serde_json::Value;
use tower_rapport::{
    consent::PurposeSet,
    policy::{At, Endpoint, ItemData, Items, Mode, Nested, Policy},
    relationship::Stage,
    shaping::{
        Doubt,
        json::{self, JsonPlan, JsonRules, Limits},
        media::Media,
        path::Path,
        shaper::Shaper,
        treatment::Treatment,
    },
};

use super::{
    super::{Failure, sections::Text},
    nearest::nearest,
    places::{Place, places},
};

/// The answer that is looked at, if there is one.
#[derive(Args, Debug)]
pub(super) struct Answer {
    /// One answer of the service, as JSON: says which rules meet nothing in it, and what a stranger gets of it
    #[arg(long = "answer", value_name = "FILE")]
    file: Option<PathBuf>,
    /// The endpoint that answers so, where the policy has several
    #[arg(long, value_name = "NAME", requires = "file")]
    endpoint: Option<String>,
}

impl Answer {
    /// Whether there is one.
    pub(super) fn is_given(&self) -> bool {
        self.file.is_some()
    }

    /// Says what the policy makes of it. Whether every rule meets something; without an answer, none is missed.
    pub(super) fn look(&self, policy: &Policy) -> Result<bool, Failure> {
        let Some(file) = &self.file else { return Ok(true) };
        let look = Look::of(file, endpoint(policy, self.endpoint.as_deref())?)?;
        let missed = look.missed()?;
        let mut text = Text(String::new());
        look.tell_missed(&missed, &mut text);
        look.tell_unfit(policy.rules(), &mut text)?;
        look.tell_unfit_labels(&mut text)?;
        look.tell_stranger(&mut text)?;
        look.tell_unnamed(&mut text)?;
        say!("{}", text.0)?;
        Ok(missed.is_empty())
    }
}

/// The endpoint of a name; the only one without.
fn endpoint<'a>(policy: &'a Policy, name: Option<&str>) -> Result<&'a Endpoint, Failure> {
    let found = match (name, policy.endpoints()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(name), endpoints) => endpoints.iter().find(|endpoint| endpoint.name == name),
    };
    found.map(AsRef::as_ref).ok_or_else(|| {
        let names: Vec<_> = policy.endpoints().iter().map(|endpoint| format!("`{}`", endpoint.name)).collect();
        let what = match name {
            Some(name) => format!("there is no endpoint `{name}`"),
            None => "the policy has several endpoints".to_owned(),
        };
        Failure::new(format!("{what}; say with `--endpoint` which one answers so: {}", names.join(", ")))
    })
}

/// An answer, and the rules for it.
struct Look<'a> {
    file: &'a File,
    bytes: Vec<u8>,
    places: Vec<Place>,
    endpoint: &'a Endpoint,
}

/// A path of the policy that meets nothing in the answer.
struct Missed {
    /// As it is written in the policy.
    written: String,
    /// What was likely meant, written likewise.
    meant: Option<String>,
    /// Whether it is what items say of themselves.
    is_sign: bool,
}

impl<'a> Look<'a> {
    fn of(file: &'a File, endpoint: &'a Endpoint) -> Result<Self, Failure> {
        let shown = file.display();
        let bytes = fs::read(file).map_err(|cause| {
            let text = format!(
                "the answer `{shown}` cannot be read; name with `--answer` a file with one answer of the service"
            );
            Failure::caused(text, cause)
        })?;
        let answer = parse(file, &bytes)?;
        let places = places(&answer, has_json_in_strings(endpoint));
        Ok(Self { file, bytes, places, endpoint })
    }

    fn missed(&self) -> Result<Vec<Missed>, Failure> {
        let mut missed = Vec::new();
        for field in self.endpoint.plans.fields() {
            if !self.meets(field.path())? {
                missed.push(self.miss("", field.path(), None));
            }
        }
        if let Some(Items { at: At::Path(items), id, data, topic, .. }) = &self.endpoint.items {
            if !self.meets(items)? {
                missed.push(self.miss("items.path ", items, None));
                return Ok(missed);
            }
            let label = label_at(data);
            for (key, at) in [("items.id ", id.as_ref()), ("items.data_at ", label), ("items.topic ", topic.as_ref())] {
                if let Some(At::Path(at)) = at
                    && !self.meets(&items.join(at))?
                {
                    missed.push(self.miss(key, at, Some(items)));
                }
            }
        }
        Ok(missed)
    }

    /// Whether a path selects anything: only then it matters what is done there.
    fn meets(&self, path: &Path) -> Result<bool, Failure> {
        if path.to_string() == "$" {
            return Ok(true);
        }
        let by = |treatment| self.shaped_by(vec![(path.clone(), treatment)]);
        Ok(by(Treatment::Remove)? != by(Treatment::Null)?)
    }

    /// What to say of a path, that of an item's own one `within` it.
    fn miss(&self, key: &str, path: &Path, within: Option<&Path>) -> Missed {
        let fields = self.endpoint.plans.fields();
        let seen = |place: &Place| {
            let path = Path::parse(&place.path).ok()?;
            match within {
                Some(items) => path.strip_prefix(items).filter(|_| place.is_leaf).and_then(|path| first(&path)),
                // What another rule is about was not meant by this one.
                None => Some(path).filter(|path| fields.iter().all(|field| field.path() != path)),
            }
        };
        let full = within.map_or_else(|| path.clone(), |items| items.join(path)).to_string();
        let meant = nearest(&full, self.places.iter().filter(|place| seen(place).is_some()));
        let meant = meant.and_then(seen).map(|path| path.to_string());
        Missed { written: format!("{key}`{path}`"), meant, is_sign: within.is_some() }
    }

    fn tell_missed(&self, missed: &[Missed], text: &mut Text) {
        let (file, name) = (self.file.display(), &self.endpoint.name);
        if missed.is_empty() {
            return text.section(&format!("Every rule of `{name}` meets something in {file}"));
        }
        let (signs, rules): (Vec<_>, Vec<_>) = missed.iter().partition(|missed| missed.is_sign);
        for (missed, what) in [
            (rules, format!("Rules of `{name}` that meet nothing in {file}, so that they hide nothing there")),
            (signs, format!("What items of `{name}` are to say of themselves, and no item in {file} does")),
        ] {
            if missed.is_empty() {
                continue;
            }
            text.section(&what);
            for Missed { written, meant, .. } in missed {
                let meant = meant.as_ref().map(|meant| format!("; did you mean `{meant}`?"));
                text.line(&format!("{written}{}", meant.unwrap_or_default()));
            }
            text.line(
                "Mend the path; or, if the service says this only now and then, look at an answer in which it does.",
            );
        }
    }

    /// What the lowest stage and no purpose leave.
    fn tell_stranger(&self, text: &mut Text) -> Result<(), Failure> {
        text.section(match &self.endpoint.items {
            Some(_) => "What a stranger gets of it, as far as the field rules go (your service is asked as for somebody unknown)",
            None => "What a stranger gets of it",
        });
        let plan = self.endpoint.plans.plan(Stage::LOWEST, PurposeSet::EMPTY);
        let shaper = Shaper::by(Media::Json, &plan, limits(self.endpoint), None);
        let left = self.shaped(shaper)?;
        text.line(&String::from_utf8_lossy(&compact(&left)));
        if self.endpoint.mode == Mode::Observe {
            text.line("So it is once its mode is `enforce`; in the mode `observe` everybody gets all of it.");
        }
        Ok(())
    }

    /// What leaves for everybody, and nobody may have thought of.
    fn tell_unnamed(&self, text: &mut Text) -> Result<(), Failure> {
        if self.endpoint.only.is_some() {
            text.section("Nothing else leaves to a stranger: `only` lists what may");
            return Ok(());
        }
        let ruled = self.endpoint.plans.fields().iter().map(|field| field.path());
        // The rules for HTML are about all of a page.
        let pages = self.endpoint.nested.iter().filter(|(_, nested)| *nested == Nested::Html).map(|(path, _)| path);
        let left = self.shaped_by(ruled.chain(pages).map(|path| (path.clone(), Treatment::Remove)).collect())?;
        let left = places(&parse(self.file, &left)?, has_json_in_strings(self.endpoint));
        let unnamed: BTreeSet<_> = left.into_iter().filter(|place| place.is_leaf).map(|place| place.path).collect();
        if unnamed.is_empty() {
            let is_empty = !self.places.iter().any(|place| place.is_leaf);
            text.section(if is_empty { "There is no value in it" } else { "A field rule names every value in it" });
            return Ok(());
        }
        text.section("What a stranger gets as it came, because no field rule names it: is nothing of it personal?");
        tell_most(&unnamed, text);
        Ok(())
    }

    fn shaped_by(&self, rules: Vec<(Path, Treatment)>) -> Result<Vec<u8>, Failure> {
        self.shaped_with(JsonRules { rules, ..JsonRules::default() })
    }

    fn shaped_with(&self, rules: JsonRules) -> Result<Vec<u8>, Failure> {
        let json = self.endpoint.nested.iter().filter(|(_, nested)| *nested == Nested::Json);
        let nested = json.map(|(path, _)| (path.clone(), json::Nested::Json)).collect();
        let plan = JsonPlan::of(JsonRules { nested, ..rules });
        self.shaped(Shaper::new(Media::Json, plan.into(), limits(self.endpoint), None))
    }

    fn shaped(&self, mut shaper: Shaper) -> Result<Vec<u8>, Failure> {
        let mut out = Vec::new();
        let shaped = shaper.write(&self.bytes, &mut out).and_then(|()| shaper.end(&mut out));
        shaped.map_err(|doubt| self.doubted(doubt))?;
        Ok(out)
    }

    fn doubted(&self, doubt: Doubt) -> Failure {
        let (file, why, at) = (self.file.display(), doubt.kind().as_str(), doubt.offset());
        Failure::new(format!(
            "the answer `{file}` cannot be shaped (`{why}` after {at} bytes), so customers get the generic or the empty answer \
             instead; see `limits` of the endpoint, or save one answer as it comes"
        ))
    }
}

/// As many lines as are read.
fn tell_most(lines: &BTreeSet<String>, text: &mut Text) {
    lines.iter().take(MOST).for_each(|line| text.line(line));
    if lines.len() > MOST {
        text.line(&format!("and {} more", lines.len() - MOST));
    }
}

fn parse(file: &File, answer: &[u8]) -> Result<Value, Failure> {
    let file = file.display();
    serde_json::from_slice(answer).map_err(|cause| match answer.trim_ascii_start().starts_with(b"<") {
        true => Failure::new(format!(
            "the answer `{file}` is a page, and only JSON can be looked at here; see what `rapport serve` leaves of it"
        )),
        false => Failure::caused(
            format!("the answer `{file}` is no JSON; save one answer of the service as it comes"),
            cause,
        ),
    })
}

/// The path of the first element where it is of all of a list: an item says one thing of itself.
fn first(path: &Path) -> Option<Path> {
    let text = path.to_string();
    // What stands between quotes is a name. (A path with a quote in one is not proposed.)
    let parts = text.split('\'').enumerate();
    let parts: Vec<_> =
        parts.map(|(at, part)| if at % 2 == 0 { part.replace("[*]", "[0]") } else { part.to_owned() }).collect();
    Path::parse(&parts.join("'")).ok().filter(|_| !text.contains("\\'"))
}

/// Where an item says what chose it.
fn label_at(data: &ItemData) -> Option<&At> {
    match data {
        ItemData::Labelled { at, .. } => Some(at),
        _ => None,
    }
}

fn has_json_in_strings(endpoint: &Endpoint) -> bool {
    endpoint.nested.iter().any(|(_, nested)| *nested == Nested::Json)
}

fn limits(endpoint: &Endpoint) -> Limits {
    Limits { item: endpoint.limits.item, depth: usize::try_from(endpoint.limits.depth).unwrap_or(usize::MAX) }
}

/// A document without the white space between its parts. All else is as it leaves: parsed and written anew it would be another.
fn compact(json: &[u8]) -> Vec<u8> {
    let (mut is_text, mut is_escaped) = (false, false);
    let keeps = |byte: &u8| {
        let is_space = !is_text && byte.is_ascii_whitespace();
        is_text ^= *byte == b'"' && !is_escaped;
        is_escaped = is_text && *byte == b'\\' && !is_escaped;
        !is_space
    };
    json.iter().copied().filter(keeps).collect()
}

/// More places than these nobody reads.
const MOST: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_between_the_parts_goes() {
        let spaced = b"{ \"a b\" :\t1.50 ,\r\n \"c\\\" d\" : \"e \\\\\" , \"f\" : [ ] }\n";
        assert_eq!(compact(spaced), b"{\"a b\":1.50,\"c\\\" d\":\"e \\\\\",\"f\":[]}");
    }

    #[test]
    fn the_first_of_a_list_is_no_other_name() {
        for (path, one) in [
            ("$.tags[*]", Some("$.tags[0]")),
            ("$[*].a[*]['b[*]']", Some("$[0].a[0]['b[*]']")),
            ("$['a[*]'][*]", Some("$['a[*]'][0]")),
            ("$['it\\'s[*]'][*]", None),
        ] {
            let found = first(&Path::parse(path).unwrap()).map(|path| path.to_string());
            assert_eq!(found.as_deref(), one, "{path}");
        }
    }
}
