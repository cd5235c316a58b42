//! Random documents, rules and cuts, and the obvious way to shape: the whole document as a tree, each value's place
//! compared with each rule's path.
#![allow(dead_code, reason = "each test takes what it needs")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use proptest::{collection::vec, prelude::*, sample::select};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use tower_rapport::shaping::{
    Doubt,
    json::{JsonPlan, JsonRules, JsonShaper, Limits, Nested},
    path::Path,
    treatment::{Buckets, Constant, DateTo, Decimal, GeoTo, Mapping, Part, RoundTo, Template, Treatment, UrlWithout},
};

/// A document that keeps the order of members, and members of the same name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Document {
    /// As JSON.
    Scalar(String),
    Array(Vec<Document>),
    Object(Vec<(String, Document)>),
}

#[derive(Clone, Debug, PartialEq, Hash)]
pub(crate) enum Key {
    Name(String),
    Index(u64),
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Name(&'static str),
    Index(u64),
    Names(&'static str, &'static str),
    Wildcard,
    Slice(u64, u64, u64),
    Below(&'static str),
    AnyBelow,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) rules: Vec<(Vec<Step>, Treatment)>,
    pub(crate) item: Option<Vec<Step>>,
    /// What leaves beside what a rule shows; everything where that is `None`.
    pub(crate) only: Option<Vec<Vec<Step>>>,
    /// Where JSON stands in strings.
    pub(crate) nested: Vec<Vec<Step>>,
}

// ── Random input ─────────────────────────────────────────────────────────────────────────────

const NAMES: [&str; 5] = ["a", "b", "items", "ä\"b", "0"];

pub(crate) fn scalars() -> impl Strategy<Value = Document> {
    const NUMBERS: [&str; 10] =
        ["0", "-0", "12", "0.8734", "-7.25", "1e2", "52.52001", "12.50E-1", "9223372036854775809", "1e400"];
    const TEXTS: [&str; 9] = [
        r#""""#,
        r#""Anna""#,
        r#""a > b > c""#,
        r#""caf\u00e9 \n""#,
        r#""2026-05-03""#,
        r#""2026-05-03T10:00:00+02:00""#,
        r#""https://x.example/p?uid=1&q=2#f""#,
        r#""\uD800 alone""#,
        r#""😀 \ud83d\ude00""#,
    ];
    const OTHERS: [&str; 3] = ["true", "false", "null"];
    prop_oneof![select(&NUMBERS), select(&TEXTS), select(&OTHERS)].prop_map(|json| Document::Scalar(json.into()))
}

pub(crate) fn documents() -> impl Strategy<Value = Document> {
    scalars().prop_recursive(5, 40, 6, |inner| {
        let name = prop_oneof![4 => select(&NAMES[..3]), 1 => select(&NAMES)];
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Document::Array),
            vec((name.prop_map(String::from), inner), 0..6).prop_map(Document::Object),
        ]
    })
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => select(&NAMES).prop_map(Step::Name),
        2 => (0..4_u64).prop_map(Step::Index),
        2 => Just(Step::Names("a", "ä\"b")),
        4 => Just(Step::Wildcard),
        1 => (0..3_u64, 0..6_u64, 1..3_u64).prop_map(|(start, end, step)| Step::Slice(start, end, step)),
        2 => select(&NAMES[..3]).prop_map(Step::Below),
        1 => Just(Step::AnyBelow),
    ];
    vec(step, 0..4)
}

pub(crate) fn treatments() -> impl Strategy<Value = Treatment> {
    let number = |text: &str| Decimal::parse(text).unwrap();
    let round = move |text: &str| Treatment::RoundTo(RoundTo::new(&number(text)).unwrap());
    let mapping = Mapping::new([("Anna".into(), "somebody".into())], Some("nobody".into()));
    let text = |template: &str| Treatment::Text(Template::parse(template).unwrap());
    select(vec![
        Treatment::Keep,
        Treatment::Remove,
        Treatment::Null,
        Treatment::Replace(Constant::parse("{\"x\": [1]}").unwrap()),
        Treatment::Replace(Constant::parse("\"You may like this\"").unwrap()),
        round("0.5"),
        round("0.1"),
        Treatment::Buckets(Buckets::new([number("0"), number("10"), number("50")]).unwrap()),
        Treatment::DateTo(DateTo::Month),
        Treatment::DateTo(DateTo::Year),
        Treatment::GeoTo(GeoTo::parse("1km").unwrap()),
        Treatment::first(1).unwrap(),
        Treatment::first(2).unwrap(),
        Treatment::Initial,
        Treatment::Map(mapping),
        Treatment::UrlWithout(UrlWithout::new(["uid"]).unwrap()),
        text("just this"),
        text("like {$.a}"),
        text("{$.b[0]} and {$['items'].a}{$[1]}"),
    ])
}

pub(crate) fn rules() -> impl Strategy<Value = Rules> {
    let items = prop_oneof![
        Just(None),
        Just(Some(vec![Step::Name("items"), Step::Wildcard])),
        Just(Some(vec![Step::Wildcard])),
        Just(Some(vec![Step::Below("a")])),
    ];
    (vec((steps(), treatments()), 0..6), items, only(steps())).prop_map(|(rules, item, only)| Rules {
        rules,
        item,
        only,
        ..Rules::default()
    })
}

/// A list of what leaves, now and then.
pub(crate) fn only(paths: impl Strategy<Value = Vec<Step>>) -> impl Strategy<Value = Option<Vec<Vec<Step>>>> {
    proptest::option::weighted(0.3, vec(paths, 0..4))
}

/// Items with a list of which the first elements are shown and a template that reads another one: what the template is
/// told and what is shown could differ.
pub(crate) fn cut_lists() -> impl Strategy<Value = (Document, Rules)> {
    let text = |template: &str| Treatment::Text(Template::parse(template).unwrap());
    let reads = move |first: u64| {
        vec![
            (vec![Step::Wildcard, Step::Name("a")], Treatment::first(first).unwrap()),
            (vec![Step::Wildcard, Step::Name("b")], text("{$.a[1]}")),
        ]
    };
    let grid = || Treatment::GeoTo(GeoTo::parse("1km").unwrap());
    // A pair only, if its first number is not.
    let odd_pair = move || vec![(0, grid()), (1, text("like {$.b}"))];
    let treatment = prop_oneof![treatments(), Just(text("just this")), Just(text("like {$.b}")), Just(grid())];
    let others = prop_oneof![3 => vec((0..3_usize, treatment), 0..4), 1 => Just(()).prop_map(move |()| odd_pair())];
    let rules = (1..3_u64, others).prop_map(move |(first, others)| {
        let inside = [vec![Step::Index(0)], vec![Step::Index(0); 2], vec![Step::Wildcard; 2]];
        let at = |which: usize| [vec![Step::Wildcard, Step::Name("a")], inside[which].clone()].concat();
        let others = others.into_iter().map(|(which, treatment)| (at(which), treatment));
        let rules = reads(first).into_iter().chain(others).collect();
        Rules { rules, item: Some(vec![Step::Wildcard]), ..Rules::default() }
    });
    let number = || select(&["12", "0.8734", "52.52001"][..]).prop_map(|json| Document::Scalar(json.into()));
    let pair = (scalars(), number(), number(), 0..3_usize).prop_map(|(odd, one, other, at)| {
        let mut pair = vec![one, other];
        pair.insert(at, odd);
        Document::Array(pair)
    });
    let element = prop_oneof![2 => scalars(), 1 => pair, 1 => documents()];
    let item = vec(element, 1..4).prop_map(|list| {
        let reason = Document::Scalar(r#""?""#.into());
        Document::Object(vec![("a".into(), Document::Array(list)), ("b".into(), reason)])
    });
    (vec(item, 1..3).prop_map(Document::Array), rules)
}

pub(crate) fn cuts() -> impl Strategy<Value = Vec<proptest::sample::Index>> {
    vec(any::<proptest::sample::Index>(), 0..6)
}

// ── The shaper under test ────────────────────────────────────────────────────────────────────

impl Rules {
    pub(crate) fn plan(&self) -> Arc<JsonPlan> {
        let paths = |all: &Vec<Vec<Step>>| all.iter().map(|steps| path(steps)).collect::<Vec<_>>();
        Arc::new(JsonPlan::of(JsonRules {
            rules: self.rules.iter().map(|(steps, treatment)| (path(steps), treatment.clone())).collect(),
            only: self.only.as_ref().map(paths),
            nested: paths(&self.nested).into_iter().map(|path| (path, Nested::Json)).collect(),
            item: self.item.as_deref().map(path),
        }))
    }
}

pub(crate) fn path(steps: &[Step]) -> Path {
    let quoted = |name: &str| serde_json::to_string(name).unwrap();
    let text: String = steps
        .iter()
        .map(|step| match step {
            Step::Name(name) => format!("[{}]", quoted(name)),
            Step::Index(index) => format!("[{index}]"),
            Step::Names(one, other) => format!("[{},{}]", quoted(one), quoted(other)),
            Step::Wildcard => "[*]".into(),
            Step::Slice(start, end, step) => format!("[{start}:{end}:{step}]"),
            Step::Below(name) => format!("..[{}]", quoted(name)),
            Step::AnyBelow => "..*".into(),
        })
        .collect();
    Path::parse(&format!("${text}")).unwrap()
}

/// The body in pieces; what came out, and how it ended.
pub(crate) fn shape_pieces<'a>(
    plan: &Arc<JsonPlan>,
    limits: Limits,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<u8>, Result<(), Doubt>) {
    let mut shaper = JsonShaper::new(plan.clone(), limits);
    let mut out = Vec::new();
    let outcome = pieces.into_iter().try_for_each(|piece| shaper.write(piece, &mut out));
    let outcome = outcome.and_then(|()| shaper.end(&mut out));
    (out, outcome)
}

pub(crate) fn shape(plan: &Arc<JsonPlan>, body: &[u8]) -> (Vec<u8>, Result<(), Doubt>) {
    shape_pieces(plan, Limits::default(), [body])
}

/// The body cut at these places.
pub(crate) fn cut<'a>(body: &'a [u8], cuts: &[proptest::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
    places.extend([0, body.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &body[pair[0]..pair[1]]).collect()
}

// ── Documents as text ────────────────────────────────────────────────────────────────────────

impl Document {
    /// As JSON with odd white space and escapes. Both depend on the place in the document and the seed only.
    pub(crate) fn render(&self, seed: u64) -> Vec<u8> {
        let mut json = Vec::new();
        blank(&[], 0, seed, &mut json);
        self.render_at(&mut Vec::new(), &|_| None, seed, &mut json);
        blank(&[], 1, seed, &mut json);
        json
    }

    /// The same with other documents in some places; all that is around them stays.
    pub(crate) fn render_with(&self, instead: &dyn Fn(&[Key]) -> Option<Vec<u8>>, seed: u64) -> Vec<u8> {
        let mut json = Vec::new();
        blank(&[], 0, seed, &mut json);
        self.render_at(&mut Vec::new(), instead, seed, &mut json);
        blank(&[], 1, seed, &mut json);
        json
    }

    fn render_at(
        &self,
        place: &mut Vec<Key>,
        instead: &dyn Fn(&[Key]) -> Option<Vec<u8>>,
        seed: u64,
        json: &mut Vec<u8>,
    ) {
        if let Some(other) = instead(place) {
            json.extend(other);
            return;
        }
        match self {
            Self::Scalar(scalar) => json.extend(scalar.bytes()),
            Self::Array(elements) => {
                json.push(b'[');
                if elements.is_empty() {
                    blank(place, 2, seed, json);
                }
                for (index, element) in (0..).zip(elements) {
                    if index > 0 {
                        json.push(b',');
                    }
                    place.push(Key::Index(index));
                    blank(place, 3, seed, json);
                    element.render_at(place, instead, seed, json);
                    blank(place, 4, seed, json);
                    place.pop();
                }
                json.push(b']');
            }
            Self::Object(members) => {
                json.push(b'{');
                if members.is_empty() {
                    blank(place, 2, seed, json);
                }
                for (index, (name, member)) in members.iter().enumerate() {
                    if index > 0 {
                        json.push(b',');
                    }
                    place.push(Key::Name(name.clone()));
                    blank(place, 3, seed, json);
                    render_key(name, noise(place, 5, seed), json);
                    blank(place, 6, seed, json);
                    json.push(b':');
                    blank(place, 7, seed, json);
                    member.render_at(place, instead, seed, json);
                    blank(place, 4, seed, json);
                    place.pop();
                }
                json.push(b'}');
            }
        }
    }
}

/// JSON without white space: each document has one text only.
pub(crate) fn compact(document: &Document) -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    match document {
        Document::Scalar(json) => json.clone(),
        Document::Array(elements) => {
            format!("[{}]", elements.iter().map(compact).collect::<Vec<_>>().join(","))
        }
        Document::Object(members) => {
            let member = |(name, value): &(String, Document)| format!("{}:{}", quoted(name), compact(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
    }
}

/// A string in which a document stands, or something else, with odd escapes.
pub(crate) fn string(text: &str, seed: u64) -> Document {
    let mut json = String::from("\"");
    for (at, letter) in text.chars().enumerate() {
        match noise(&[Key::Index(at as u64)], 8, seed) % 8 {
            0 => letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| json += &format!("\\u{unit:04X}")),
            1 if letter == '/' => json += "\\/",
            _ => json += serde_json::to_string(&letter).unwrap().get(1..).unwrap().strip_suffix('"').unwrap(),
        }
    }
    Document::Scalar(json + "\"")
}

/// The same with each string that holds a document written in one way, and all that stands in it.
pub(crate) fn unfolded(document: &Document) -> Document {
    match document {
        Document::Scalar(json) => match text(json) {
            Some(text) => {
                let inner = read(&text).map(|inner| compact(&unfolded(&inner)));
                Document::Scalar(serde_json::to_string(&inner.unwrap_or(text)).unwrap())
            }
            None => document.clone(),
        },
        Document::Array(elements) => Document::Array(elements.iter().map(unfolded).collect()),
        Document::Object(members) => {
            Document::Object(members.iter().map(|(name, member)| (name.clone(), unfolded(member))).collect())
        }
    }
}

/// What a string says; `None` for other scalars, and for one that is no text.
fn text(json: &str) -> Option<String> {
    if json.starts_with('"') { serde_json::from_str(json).ok() } else { None }
}

fn noise(place: &[Key], which: u8, seed: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (place, which, seed).hash(&mut hasher);
    hasher.finish()
}

fn blank(place: &[Key], which: u8, seed: u64, json: &mut Vec<u8>) {
    let blanks: [&[u8]; 8] = [b"", b"", b"", b" ", b"\n  ", b"\t", b"\r\n", b"  "];
    json.extend(blanks[noise(place, which, seed) as usize % 8]);
}

fn render_key(name: &str, noise: u64, json: &mut Vec<u8>) {
    if noise.is_multiple_of(4) {
        json.push(b'"');
        name.encode_utf16().for_each(|unit| json.extend(format!("\\u{unit:04x}").bytes()));
        json.push(b'"');
    } else {
        json.extend(serde_json::to_vec(name).unwrap());
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&serde_json::value::RawValue>::deserialize(deserializer)?;
        Ok(parse(raw.get().as_bytes()))
    }
}

/// Reads what may be JSON.
fn read(text: &str) -> Option<Document> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok().map(|_| parse(text.as_bytes()))
}

/// Reads what is known to be JSON.
pub(crate) fn parse(json: &[u8]) -> Document {
    struct Children;
    impl<'de> Visitor<'de> for Children {
        type Value = Document;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array or object")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Document, A::Error> {
            let mut array = Vec::new();
            while let Some(element) = elements.next_element()? {
                array.push(element);
            }
            Ok(Document::Array(array))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Document, A::Error> {
            let mut object = Vec::new();
            while let Some((key, member)) = members.next_entry::<&serde_json::value::RawValue, _>()? {
                // A key with a lone surrogate is no text, and no path can name it: it stays as it is written.
                let name = serde_json::from_str(key.get()).unwrap_or_else(|_| key.get().to_owned());
                object.push((name, member));
            }
            Ok(Document::Object(object))
        }
    }
    let text = std::str::from_utf8(json).unwrap().trim();
    if text.starts_with(['[', '{']) {
        serde_json::Deserializer::from_str(text).deserialize_any(Children).unwrap()
    } else {
        serde_json::from_str::<serde::de::IgnoredAny>(text).unwrap();
        Document::Scalar(text.into())
    }
}

// ── The obvious way ──────────────────────────────────────────────────────────────────────────

/// What is known of the item that a value stands in.
pub(crate) enum Item {
    Outside,
    /// Its values as they are shown, by their place in it.
    LookedThrough {
        base: usize,
        seen: Vec<(Vec<Key>, String)>,
    },
    Known(Vec<(Vec<Key>, String)>),
    /// It stands in a string: no item is chosen there, and no template is filled. Are items chosen elsewhere?
    InString {
        chooses: bool,
    },
}

impl Rules {
    pub(crate) fn reference(&self, document: &Document) -> Document {
        self.reference_with(document, &mut AsTheyCame)
    }

    /// The same with items that are chosen.
    pub(crate) fn reference_with(&self, document: &Document, chooser: &mut dyn Chooser) -> Document {
        let shaped = self.value(document, &mut Vec::new(), &mut Item::Outside, false, &mut Vec::new(), chooser);
        shaped.unwrap_or(Document::Scalar("null".into()))
    }

    /// The places of the elements that `first` leaves out of the answer.
    pub(crate) fn cut_off(&self, document: &Document) -> Vec<Vec<Key>> {
        let mut elements = Vec::new();
        self.value(document, &mut Vec::new(), &mut Item::Outside, false, &mut elements, &mut AsTheyCame);
        let (cut, kept): (Vec<_>, Vec<_>) = elements.into_iter().partition(|(_, is_cut)| *is_cut);
        // With members of the same name a place can be both.
        cut.into_iter().map(|(place, _)| place).filter(|place| kept.iter().all(|(other, _)| other != place)).collect()
    }

    /// What holds at a place: the rule that shows less than all others, or remove.
    pub(crate) fn weigh(&self, place: &[Key]) -> Treatment {
        let found: Vec<&Treatment> =
            self.rules.iter().filter(|(steps, _)| leads_to(steps, place)).map(|(_, treatment)| treatment).collect();
        let least = found.iter().find(|one| found.iter().all(|other| one.shows_no_more_than(other)));
        match least {
            Some(least) => (*least).clone(),
            None if found.is_empty() => Treatment::Keep,
            None => Treatment::Remove,
        }
    }

    /// The same, where not everything leaves that no rule is about.
    fn weigh_listed(&self, place: &[Key], may_be_open: bool) -> Treatment {
        match self.weigh(place) {
            Treatment::Keep if self.is_listed(place) || (may_be_open && self.leads_to_listed(place)) => Treatment::Keep,
            Treatment::Keep => Treatment::Remove,
            weighed => weighed,
        }
    }

    /// Whether nothing leaves of what stands at a place because it is not listed.
    pub(crate) fn is_unlisted(&self, place: &[Key]) -> bool {
        self.weigh(place) == Treatment::Keep && !self.is_listed(place) && !self.leads_to_listed(place)
    }

    fn is_listed(&self, place: &[Key]) -> bool {
        let lies_in = |steps: &[Step]| (0..=place.len()).any(|end| leads_to(steps, &place[..end]));
        self.only.is_none() || self.listed().any(lies_in)
    }

    fn leads_to_listed(&self, place: &[Key]) -> bool {
        self.listed().any(|steps| leads_below(steps, place))
    }

    fn listed(&self) -> impl Iterator<Item = &[Step]> {
        let shown = self.rules.iter().filter(|(_, treatment)| !treatment.reveals_nothing());
        self.only.iter().flatten().chain(shown.map(|(steps, _)| steps)).map(Vec::as_slice)
    }

    /// Whether a document is looked for in a string: where one may stand, something may be done in it, and no rule hides all of it.
    fn is_looked_into(&self, document: &Document, place: &[Key], chooses: bool) -> bool {
        let is_string = matches!(document, Document::Scalar(json) if json.starts_with('"'));
        let weighed = self.weigh_listed(place, true);
        let goes_on = || {
            let rules = self.rules.iter().map(|(steps, _)| &**steps);
            let mut paths = rules.chain(self.nested.iter().map(Vec::as_slice)).chain(self.item_paths(chooses));
            let may_list = self.only.is_some() && self.leads_to_listed(place);
            may_list || paths.any(|steps| leads_below(steps, place))
        };
        let hides = weighed.reveals_nothing() || matches!(weighed, Treatment::Text(_));
        let is_nested = self.nested.iter().any(|steps| leads_to(steps, place));
        is_string && is_nested && !hides && (weighed != Treatment::Keep || goes_on())
    }

    /// Where something is chosen or filled, so that it cannot stand in a string.
    fn item_paths(&self, chooses: bool) -> impl Iterator<Item = &[Step]> {
        let fills = self.rules.iter().any(|(_, treatment)| matches!(treatment, Treatment::Text(_)));
        let chosen = self.item.as_deref().filter(|_| chooses);
        chosen.into_iter().chain(Some(self.item.as_deref().unwrap_or_default()).filter(|_| fills))
    }

    /// `elements` takes the places of elements of arrays, and whether `first` cut them off.
    fn value(
        &self,
        document: &Document,
        place: &mut Vec<Key>,
        item: &mut Item,
        shelved: bool,
        elements: &mut Vec<(Vec<Key>, bool)>,
        chooser: &mut dyn Chooser,
    ) -> Option<Document> {
        if let Item::LookedThrough { base, seen } = item {
            seen.retain(|(known, _)| known != &place[*base..]);
        }
        let chooses = if let Item::InString { chooses } = item { *chooses } else { chooser.chooses() };
        if matches!(item, Item::InString { .. }) && self.item_paths(chooses).any(|item| leads_to(item, place)) {
            return None;
        }
        let is_array = matches!(document, Document::Array(_));
        let shaped = match self.weigh_listed(place, !matches!(document, Document::Scalar(_))) {
            _ if self.is_looked_into(document, place, chooses) => {
                let Document::Scalar(json) = document else { unreachable!() };
                let inner = text(json).as_deref().and_then(read);
                let mut in_string = Item::InString { chooses };
                let shaped =
                    inner.and_then(|inner| self.value(&inner, place, &mut in_string, false, elements, chooser));
                shaped.map(|shaped| Document::Scalar(serde_json::to_string(&compact(&shaped)).unwrap()))
            }
            Treatment::Remove => None,
            Treatment::Null => Some(Document::Scalar("null".into())),
            Treatment::Replace(constant) => Some(parse(constant.as_json().as_bytes())),
            Treatment::Text(template) => match (document, &*item) {
                (Document::Scalar(text), _) if !text.starts_with('"') => None,
                // Something may stand there, so that no more than is shown is read; in a pair it is no number.
                (Document::Scalar(_), item) if shelved || matches!(item, Item::LookedThrough { .. }) => {
                    Some(Document::Scalar("null".into()))
                }
                (Document::Scalar(_), Item::Known(seen)) => fill(&template, seen),
                _ => None,
            },
            Treatment::Keep => self.inside(document, None, place, item, shelved, elements, chooser),
            Treatment::First(first) if is_array => {
                self.inside(document, Some(first.get()), place, item, shelved, elements, chooser)
            }
            // An array in a pair, so the pair will be none.
            Treatment::GeoTo(_) if is_array && shelved => Some(document.clone()),
            treatment @ Treatment::GeoTo(_) if is_array => self
                .inside(document, None, place, item, true, elements, &mut AsTheyCame)
                .and_then(|pair| coarsen(&treatment, &pair)),
            treatment => match document {
                Document::Scalar(_) => coarsen(&treatment, document),
                _ => None,
            },
        };
        if let (Item::LookedThrough { base, seen }, Some(Document::Scalar(scalar)), false) = (item, &shaped, shelved) {
            let text = if scalar.starts_with('"') { serde_json::from_str(scalar).ok() } else { Some(scalar.clone()) };
            seen.extend(text.filter(|_| scalar != "null").map(|text| (place[*base..].to_vec(), text)));
        }
        shaped
    }

    #[expect(clippy::too_many_arguments, reason = "the obvious way carries along all it knows")]
    fn inside(
        &self,
        document: &Document,
        first: Option<u64>,
        place: &mut Vec<Key>,
        item: &mut Item,
        shelved: bool,
        elements: &mut Vec<(Vec<Key>, bool)>,
        chooser: &mut dyn Chooser,
    ) -> Option<Document> {
        let is_item = self.item.as_ref().map_or(place.is_empty(), |item| leads_to(item, place));
        let is_container = !matches!(document, Document::Scalar(_));
        if is_item && is_container && !shelved && matches!(item, Item::Outside) {
            let mut looking = Item::LookedThrough { base: place.len(), seen: Vec::new() };
            self.inside(document, first, place, &mut looking, shelved, &mut Vec::new(), &mut AsTheyCame);
            let Item::LookedThrough { seen, .. } = looking else { unreachable!() };
            return self.inside(document, first, place, &mut Item::Known(seen), shelved, elements, chooser);
        }
        Some(match document {
            Document::Scalar(_) => document.clone(),
            Document::Array(array) => {
                let mut shown = Vec::new();
                for (index, element) in (0..).zip(array) {
                    let is_cut = first.is_some_and(|first| shown.len() as u64 >= first);
                    place.push(Key::Index(index));
                    elements.push((place.clone(), is_cut));
                    if !is_cut {
                        shown.extend(match self.is_chosen(place, item, chooser) {
                            true => chooser.place(None, element).and_then(|(_, chosen)| {
                                self.value(&chosen, place, item, shelved, elements, &mut AsTheyCame)
                            }),
                            false => self.value(element, place, item, shelved, elements, chooser),
                        });
                    }
                    place.pop();
                }
                Document::Array(shown)
            }
            Document::Object(members) => {
                let mut shown = Vec::new();
                for (name, member) in members {
                    place.push(Key::Name(name.clone()));
                    if self.is_chosen(place, item, chooser) {
                        if let Some((Some(name), chosen)) = chooser.place(Some(name), member) {
                            *place.last_mut().unwrap() = Key::Name(name.clone());
                            let shaped = self.value(&chosen, place, item, shelved, elements, &mut AsTheyCame);
                            shown.extend(shaped.map(|member| (name, member)));
                        }
                    } else {
                        let shaped = self.value(member, place, item, shelved, elements, chooser);
                        shown.extend(shaped.map(|member| (name.clone(), member)));
                    }
                    place.pop();
                }
                Document::Object(shown)
            }
        })
    }
}

impl Rules {
    fn is_chosen(&self, place: &[Key], item: &Item, chooser: &dyn Chooser) -> bool {
        !matches!(item, Item::InString { .. })
            && chooser.chooses()
            && self.item.as_ref().is_some_and(|item| leads_to(item, place))
    }
}

/// Says what takes the place of each item.
pub(crate) trait Chooser {
    fn chooses(&self) -> bool {
        true
    }

    /// The next item, with its key if it is a member.
    fn place(&mut self, key: Option<&str>, item: &Document) -> Option<(Option<String>, Document)>;
}

/// Items are not chosen; or this is within one.
struct AsTheyCame;

impl Chooser for AsTheyCame {
    fn chooses(&self) -> bool {
        false
    }

    fn place(&mut self, key: Option<&str>, item: &Document) -> Option<(Option<String>, Document)> {
        Some((key.map(Into::into), item.clone()))
    }
}

fn fill(template: &Template, seen: &[(Vec<Key>, String)]) -> Option<Document> {
    let mut text = String::new();
    for part in template.parts() {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Value(path) => {
                let place = match &*path.to_string() {
                    "$.a" => vec![Key::Name("a".into())],
                    "$.b" => vec![Key::Name("b".into())],
                    "$.a[1]" => vec![Key::Name("a".into()), Key::Index(1)],
                    "$.b[0]" => vec![Key::Name("b".into()), Key::Index(0)],
                    "$['items'].a" => vec![Key::Name("items".into()), Key::Name("a".into())],
                    "$[1]" => vec![Key::Index(1)],
                    other => unreachable!("{other}"),
                };
                text.push_str(&seen.iter().find(|(known, _)| *known == place)?.1);
            }
        }
    }
    Some(Document::Scalar(serde_json::to_string(&text).unwrap()))
}

/// One value coarsened alone; the tables of `treatment` say whether rightly.
fn coarsen(treatment: &Treatment, document: &Document) -> Option<Document> {
    let plan = Arc::new(JsonPlan::new([(Path::parse("$").unwrap(), treatment.clone())], None));
    let (out, outcome) = shape(&plan, &document.render(0));
    outcome.unwrap();
    let shaped = parse(&out);
    (shaped != Document::Scalar("null".into())).then_some(shaped)
}

pub(crate) fn leads_to(steps: &[Step], place: &[Key]) -> bool {
    let Some((step, rest)) = steps.split_first() else { return place.is_empty() };
    let places = if matches!(step, Step::Below(_) | Step::AnyBelow) { place.len() } else { place.len().min(1) };
    (0..places).any(|at| selects(step, &place[at]) && leads_to(rest, &place[at + 1..]))
}

/// Whether a path may lead to something in what stands at a place.
fn leads_below(steps: &[Step], place: &[Key]) -> bool {
    match (steps.split_first(), place.split_first()) {
        (None, _) => false,
        (Some(_), None) | (Some((Step::Below(_) | Step::AnyBelow, _)), _) => true,
        (Some((step, rest)), Some((key, inner))) => selects(step, key) && leads_below(rest, inner),
    }
}

fn selects(step: &Step, key: &Key) -> bool {
    match (step, key) {
        (Step::Wildcard | Step::AnyBelow, _) => true,
        (Step::Name(wanted) | Step::Below(wanted), Key::Name(name)) => wanted == name,
        (Step::Names(one, other), Key::Name(name)) => one == name || other == name,
        (Step::Index(wanted), Key::Index(index)) => wanted == index,
        (Step::Slice(start, end, step), Key::Index(index)) => {
            (*start..*end).step_by(*step as usize).any(|at| at == *index)
        }
        _ => false,
    }
}
