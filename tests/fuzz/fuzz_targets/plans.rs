//! The compiler of plans: many rules at once, on many stages, with any purposes.
//!
//! Each line of the input is a path and a letter for what happens there. What leaves by a plan must be what follows from
//! each rule alone, its places found by another reader of RFC 9535.
#![no_main]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what goes wrong here is to be told")]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use serde_json_path::{JsonPath, PathElement};
use tower_rapport::{
    consent::{Purpose, PurposeSet, Purposes, TcfPurposes},
    relationship::Stage,
    shaping::{
        class::{Classes, DataClass, Opening},
        field::Field,
        json::{JsonShaper, Limits},
        path::Path,
        plan::Plans,
        treatment::{Constant, Treatment},
    },
};

fuzz_target!(|text: &str| {
    let purposes = purposes();
    let classes = classes(&purposes);
    let document = document();
    let mut rules = Vec::new();
    for line in text.lines().take(200) {
        let Some((path, letters)) = line.rsplit_once(' ') else { continue };
        let Ok(parsed) = Path::parse(path) else { continue };
        let (class, steps) = field(letters);
        // Steps that show too early, or less than the ones below them, are refused.
        let Ok(field) = Field::new(parsed, class, steps, &classes) else { continue };
        let places = JsonPath::parse(&Path::parse("$").unwrap().join(field.path()).to_string()).unwrap();
        let places = places.query_located(&document).iter().map(|node| place(node.location().iter())).collect();
        rules.push((field, places));
    }
    let fields = rules.iter().map(|(field, _)| field.clone()).collect();
    let plans = Plans::new(fields, None, classes, STAGES);
    for (level, granted) in [(0, 0), (0, 3), (1, 1), (1, 3), (2, 2), (2, 3)] {
        let granted = ["observed", "elsewhere"].iter().enumerate().filter(|(at, _)| granted >> at & 1 == 1);
        let granted = granted.fold(PurposeSet::default(), |set, (_, name)| set.with(purposes.set_of(name)));
        let plan = plans.plan(Stage::at(level), granted);
        let rules: Vec<Rule> =
            rules.iter().map(|(field, places)| (field.treatment(Stage::at(level), granted), places)).collect();
        let mut shaper = JsonShaper::new(plan.json().clone(), Limits::default());
        let mut out = Vec::new();
        shaper.write(&serde_json::to_vec(&document).unwrap(), &mut out).unwrap();
        shaper.end(&mut out).unwrap();
        let expected = shaped(&document, &mut Vec::new(), &rules).unwrap_or(Value::Null);
        assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), expected, "{text}");
        let keeps_all = rules.iter().all(|(treatment, _)| *treatment == Treatment::Keep);
        assert_eq!(plan.changes_nothing(), keeps_all);
    }
});

const STAGES: u8 = 3;

/// A step on the way to a value.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Name(String),
    Index(usize),
}

type Rule<'a> = (Treatment, &'a Vec<Vec<Step>>);

fn place<'a>(steps: impl Iterator<Item = &'a PathElement<'a>>) -> Vec<Step> {
    let step = |step: &PathElement<'_>| match step {
        PathElement::Name(name) => Step::Name((*name).to_owned()),
        PathElement::Index(index) => Step::Index(*index),
    };
    steps.map(step).collect()
}

/// A class and what happens from stage to stage, of letters.
fn field(letters: &str) -> (DataClass, Vec<(Stage, Treatment)>) {
    let treatment = |letter| match letter {
        'n' => Some(Treatment::Null),
        'c' => Some(Treatment::Replace(Constant::parse("\"-\"").unwrap())),
        'r' => Some(Treatment::Remove),
        'k' => Some(Treatment::Keep),
        'i' => Some(Treatment::Initial),
        _ => None,
    };
    let class = match letters.chars().next() {
        Some('O') => DataClass::Observed,
        Some('T') => DataClass::ThirdParty,
        _ => DataClass::None,
    };
    let steps = letters.chars().filter_map(treatment).take(STAGES.into());
    (class, (0..).zip(steps).map(|(level, treatment)| (Stage::at(level), treatment)).collect())
}

/// The obvious way: of the rules on a value, the one that shows less than all others.
fn shaped(value: &Value, at: &mut Vec<Step>, rules: &[Rule<'_>]) -> Option<Value> {
    let found: Vec<&Treatment> =
        rules.iter().filter(|(_, places)| places.contains(at)).map(|(treatment, _)| treatment).collect();
    let least = found.iter().find(|one| found.iter().all(|other| one.shows_no_more_than(other)));
    match least {
        None if !found.is_empty() => return None,
        Some(Treatment::Remove) => return None,
        Some(Treatment::Null) => return Some(Value::Null),
        Some(Treatment::Replace(constant)) => return Some(serde_json::from_str(constant.as_json()).unwrap()),
        Some(Treatment::Initial) => {
            let first = value.as_str()?.trim_start().chars().next()?;
            return Some(format!("{first}.").into());
        }
        Some(_) | None => {}
    }
    Some(match value {
        Value::Array(array) => {
            let element = |(index, element)| inside(element, Step::Index(index), at, rules);
            Value::Array(array.iter().enumerate().filter_map(element).collect())
        }
        Value::Object(members) => {
            let member = |(name, member): (&String, &Value)| {
                inside(member, Step::Name(name.clone()), at, rules).map(|member| (name.clone(), member))
            };
            Value::Object(members.iter().filter_map(member).collect())
        }
        scalar => scalar.clone(),
    })
}

fn inside(value: &Value, step: Step, at: &mut Vec<Step>, rules: &[Rule<'_>]) -> Option<Value> {
    at.push(step);
    let shaped = shaped(value, at, rules);
    at.pop();
    shaped
}

fn purposes() -> Purposes {
    let purpose = |name: &str| Purpose {
        name: name.parse().unwrap(),
        says: String::new(),
        denied_by_gpc: false,
        tcf: TcfPurposes::NONE,
    };
    Purposes::new(["observed", "elsewhere"].map(purpose).into(), &"observed".parse().unwrap(), 390).unwrap()
}

fn classes(purposes: &Purposes) -> Classes {
    let opening = |name: &str, from| Opening { purpose: purposes.set_of(name), from: Stage::at(from) };
    Classes::new([
        opening("observed", 0),
        opening("observed", 1),
        opening("observed", 2),
        opening("elsewhere", 2),
        opening("elsewhere", 2),
    ])
}

fn document() -> Value {
    json!({
        "a": ["zero", ["one", {"a": "two", "b": ["3", "4", "5", "6"]}], {"0": 10, "": "eleven"}],
        "b": {"items": [{"id": 1, "a": {"a": {"a": "deep"}}}, [], {}, "x", null]},
        "items": [{"id": "p1", "tags": ["x", "y", "z"]}, {"id": "p2", "tags": [true, false]}],
        "_": 18, "name": "Anna"
    })
}
