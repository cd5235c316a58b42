//! Answers of recommenders, made up: always the same ones.

use serde_json::{Map, Value, json};

/// A document and what it is called.
pub(crate) struct Document {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) json: Vec<u8>,
}

/// What is asked of the shaper on a document.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As they come.
    Ordinary,
    /// So short that what is built for each answer counts.
    Short,
    /// Made to be slow.
    Awkward,
}

/// All documents, each made when it is asked for.
pub(crate) fn all() -> impl Iterator<Item = Document> {
    RECIPES.iter().map(|(name, kind, size, item)| Document { name, kind: *kind, json: answer(*size, *item, name) })
}

/// One of them.
pub(crate) fn named(wanted: &str) -> Document {
    let (name, kind, size, item) = RECIPES.iter().find(|(name, ..)| *name == wanted).unwrap();
    Document { name, kind: *kind, json: answer(*size, *item, name) }
}

/// What an item looks like.
type Item = fn(&mut Dice, usize) -> String;

const RECIPES: [(&str, Kind, usize, Item); 16] = [
    ("dense_2KiB", Kind::Short, 2 * KIB, dense),
    ("rich_2KiB", Kind::Short, 2 * KIB, rich),
    ("dense_20KiB", Kind::Ordinary, 20 * KIB, dense),
    ("rich_20KiB", Kind::Ordinary, 20 * KIB, rich),
    ("dense_200KiB", Kind::Ordinary, 200 * KIB, dense),
    ("rich_200KiB", Kind::Ordinary, 200 * KIB, rich),
    ("dense_20MiB", Kind::Ordinary, 20 * KIB * KIB, dense),
    ("rich_20MiB", Kind::Ordinary, 20 * KIB * KIB, rich),
    ("varied", Kind::Ordinary, 100 * KIB, varied),
    ("nested", Kind::Ordinary, 100 * KIB, nested),
    ("vectors", Kind::Ordinary, 100 * KIB, vectors),
    ("japanese", Kind::Ordinary, 100 * KIB, japanese),
    ("pretty", Kind::Ordinary, 100 * KIB, varied),
    ("shuffled", Kind::Awkward, 100 * KIB, shuffled),
    ("many_keys", Kind::Awkward, 100 * KIB, many_keys),
    ("escapes", Kind::Awkward, 100 * KIB, escapes),
];

/// An answer of about a size.
fn answer(size: usize, item: Item, name: &str) -> Vec<u8> {
    let mut dice = Dice(1);
    let mut json = String::from(r#"{"request":"r-5301","customer":{"id":"c-17","first_name":"Anna"},"items":["#);
    for number in 0.. {
        if number > 0 && json.len() + 200 > size {
            break;
        }
        json += if number > 0 { "," } else { "" };
        json += &item(&mut dice, number);
    }
    json += r#"],"page":1,"more":true}"#;
    if name == "pretty" {
        return serde_json::to_vec_pretty(&serde_json::from_str::<Value>(&json).unwrap()).unwrap();
    }
    json.into_bytes()
}

/// Many short keys, numbers and literals.
fn dense(dice: &mut Dice, number: usize) -> String {
    let [stock, votes, width, height] = [90, 3000, 200, 200].map(|most| dice.below(most));
    let [cents, rating, rank] = [90_000, 50, 100].map(|most| dice.below(most));
    let (basis, score) = (basis(number), dice.below(10_000));
    format!(
        r#"{{"id":"p{number}","price":{}.{:02},"stock":{stock},"rank":{rank},"new":{},"sale":false,"rating":{}.{},"votes":{votes},"w":{width},"h":{height},"vat":19,"alt":null,"basis":"{basis}","score":0.{score:04},"reason":"bought {rank}","tracking":"{:08x}","tags":[{rank},{stock},7]}}"#,
        cents / 100,
        cents % 100,
        rank % 3 == 0,
        rating / 10,
        rating % 10,
        dice.next(),
    )
}

/// Long texts, some with letters beyond ASCII and escapes.
fn rich(dice: &mut Dice, number: usize) -> String {
    let title = sentence(dice, &WORDS, 8);
    let description = (0..6).map(|_| sentence(dice, &WORDS, 14) + ".").collect::<Vec<_>>().join(" ");
    let [cents, score, large] = [90_000, 10_000, 1 << 20].map(|most| dice.below(most));
    let tracking: String = (0..8).map(|_| format!("{:016x}", dice.next())).collect();
    format!(
        r#"{{"id":"p{number}","title":"{title}","description":"{description}\nMade to \"last\".","brand":"{}","price":{}.{:02},"currency":"EUR","url":"https://shop.example/p/{number}?ref=home","images":["https://cdn.shop.example/{large}/large.jpg","https://cdn.shop.example/{large}/small.jpg"],"category":["{}","{}"],"basis":"{}","score":0.{score:04},"reason":"Because you looked at {}","tracking":"{tracking}","attributes":{{"colour":"{}","material":"{}","length":{}}}}}"#,
        pick(dice, &WORDS),
        cents / 100,
        cents % 100,
        pick(dice, &WORDS),
        pick(dice, &WORDS),
        basis(number),
        sentence(dice, &WORDS, 4),
        pick(dice, &WORDS),
        pick(dice, &WORDS),
        large % 300,
    )
}

/// No two items in a row have the same shape.
fn varied(dice: &mut Dice, number: usize) -> String {
    match number % 5 {
        0 => dense(dice, number),
        1 => rich(dice, number),
        2 => nested(dice, number),
        3 => format!(
            r#"{{"basis":"{}","id":{number},"name":"{}","offers":[{{"price":{},"seller":"{}"}},{{"price":{}}}],"score":{}}}"#,
            basis(number),
            sentence(dice, &WORDS, 3),
            dice.below(500),
            pick(dice, &WORDS),
            dice.below(500),
            dice.below(9),
        ),
        _ => format!(
            r#"{{"id":"p{number}","reason":null,"tracking":{{"clicks":[],"source":"{}"}},"basis":"{}","label":"{}","score":0.5}}"#,
            pick(dice, &WORDS),
            basis(number),
            sentence(dice, &WORDS, 5),
        ),
    }
}

/// Objects in objects in arrays.
fn nested(dice: &mut Dice, number: usize) -> String {
    let variant = |dice: &mut Dice| {
        format!(
            r#"{{"sku":"{}-{}","size":{{"w":{},"h":{},"unit":"cm"}},"prices":{{"EUR":{{"net":{},"gross":{}.5}},"CHF":{{"net":{},"gross":{}.5}}}},"stock":[{{"at":"north","n":{}}},{{"at":"south","n":{}}}]}}"#,
            number,
            dice.below(100),
            dice.below(90),
            dice.below(90),
            dice.below(200),
            dice.below(300),
            dice.below(200),
            dice.below(300),
            dice.below(20),
            dice.below(20),
        )
    };
    let variants: Vec<_> = (0..3).map(|_| variant(dice)).collect();
    format!(
        r#"{{"id":"p{number}","title":"{}","variants":[{}],"basis":"{}","score":0.{:04},"reason":"{}","tracking":"{:x}"}}"#,
        sentence(dice, &WORDS, 5),
        variants.join(","),
        basis(number),
        dice.below(10_000),
        sentence(dice, &WORDS, 5),
        dice.next(),
    )
}

/// Items with what a model knows of them.
fn vectors(dice: &mut Dice, number: usize) -> String {
    let vector: Vec<_> =
        (0..96).map(|_| format!("{}0.{:08}", ["", "-"][dice.below(2)], dice.below(100_000_000))).collect();
    format!(
        r#"{{"id":"p{number}","vector":[{}],"basis":"{}","score":0.{:04},"reason":"near","tracking":"{:x}"}}"#,
        vector.join(","),
        basis(number),
        dice.below(10_000),
        dice.next(),
    )
}

/// Hardly a letter of ASCII in the texts.
fn japanese(dice: &mut Dice, number: usize) -> String {
    format!(
        r#"{{"id":"p{number}","title":"{}","description":"{}","price":{},"basis":"{}","score":0.{:04},"reason":"{}","tracking":"{:x}"}}"#,
        sentence(dice, &KANA, 6),
        sentence(dice, &KANA, 60),
        dice.below(90_000),
        basis(number),
        dice.below(10_000),
        sentence(dice, &KANA, 6),
        dice.next(),
    )
}

/// No item has its members in the order of the one before.
fn shuffled(dice: &mut Dice, number: usize) -> String {
    let item: Value = serde_json::from_str(&dense(dice, number)).unwrap();
    let mut members: Vec<_> = item
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| json!(key).to_string() + ":" + &value.to_string())
        .collect();
    for at in (1..members.len()).rev() {
        members.swap(at, dice.below(at + 1));
    }
    format!("{{{}}}", members.join(","))
}

/// Hundreds of members that no rule names, in an order of their own.
fn many_keys(dice: &mut Dice, number: usize) -> String {
    let mut item: Map<String, Value> = serde_json::from_str(&dense(dice, number)).unwrap();
    for _ in 0..300 {
        item.insert(format!("feature_{}", dice.below(2_000)), json!(dice.below(1_000)));
    }
    Value::Object(item).to_string()
}

/// Every letter of the texts is escaped.
fn escapes(dice: &mut Dice, number: usize) -> String {
    let escaped = |text: String| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
    format!(
        r#"{{"id":"p{number}","title":"{}","lines":"{}","basis":"{}","score":0.{:04},"reason":"{}","tracking":"\/\/\/{:x}"}}"#,
        escaped(sentence(dice, &WORDS, 8)),
        r#"\n\t\"\\"#.repeat(20),
        basis(number),
        dice.below(10_000),
        escaped(sentence(dice, &WORDS, 5)),
        dice.next(),
    )
}

/// Of three items one has a class that is not allowed. What would be shown of two thousand is anybody's, since no more than
/// 4,096 ids are told apart.
fn basis(number: usize) -> &'static str {
    match number {
        number if number % 3 == 2 => "inferred",
        number if number % 3 == 1 || number > 2_000 => "popular",
        _ => "observed",
    }
}

fn sentence(dice: &mut Dice, words: &[&'static str], count: usize) -> String {
    (0..count).map(|_| pick(dice, words)).collect::<Vec<_>>().join(" ")
}

fn pick(dice: &mut Dice, words: &[&'static str]) -> &'static str {
    words[dice.below(words.len())]
}

const WORDS: [&str; 24] = [
    "walnut",
    "desk",
    "lamp",
    "adjustable",
    "lighting",
    "Gürtel",
    "boots",
    "for",
    "hiking",
    "waterproof",
    "café",
    "table",
    "with",
    "drawer",
    "and",
    "a",
    "soft",
    "linen",
    "cover",
    "oak",
    "light",
    "large",
    "kettle",
    "of",
];

const KANA: [&str; 8] = ["おすすめ", "商品", "の", "新しい", "木製", "ランプ", "机", "旅行"];

const KIB: usize = 1024;

/// The same throws every time (Steele, Lea and Flood's SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).unwrap()
    }
}
