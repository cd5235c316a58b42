//! What was said in Rust, as the text of a policy file.
//!
//! Every text is quoted here, so none can be read as anything else. What TOML has no form for, such as a `null` within
//! a constant, is written all the same: the reader finds it there, as it does in a file.

use std::{fmt::Write, time::Duration};

use serde_json::Value;

/// Keys and what stands behind them, in the order in which they were said.
#[derive(Clone, Debug, Default)]
pub(super) struct Table(Vec<(String, Item)>);

/// What stands behind a key.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// As the file has it.
    Written(String),
    List(Vec<Item>),
    Table(Table),
}

impl Table {
    /// The table with one key more; what was said of that key before is forgotten.
    pub(super) fn with(mut self, key: impl Into<String>, item: impl Into<Item>) -> Self {
        let (key, item) = (key.into(), item.into());
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, said)) => *said = item,
            None => self.0.push((key, item)),
        }
        self
    }

    /// A whole file. What stands alone comes first, for below a heading it would belong to that.
    pub(super) fn to_toml(&self) -> String {
        let mut text = String::new();
        for (key, item) in self.0.iter().filter(|(_, item)| item.tables().is_empty()) {
            entry(&mut text, key, item);
        }
        for (key, item) in &self.0 {
            let heading = match item {
                Item::Table(_) => format!("[{}]", self::key(key)),
                _ => format!("[[{}]]", self::key(key)),
            };
            for table in item.tables() {
                let gap = if text.is_empty() { "" } else { "\n" };
                let _ = writeln!(text, "{gap}{heading}");
                table.0.iter().for_each(|(key, item)| entry(&mut text, key, item));
            }
        }
        text
    }

    fn in_line(&self) -> String {
        let entries = self.0.iter().map(|(key, item)| format!("{} = {}", self::key(key), item.in_line()));
        braced(&entries.collect::<Vec<_>>())
    }
}

impl Item {
    /// A list of whatever can stand in one.
    pub(super) fn list(items: impl IntoIterator<Item = impl Into<Self>>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }

    /// A list of texts.
    pub(super) fn texts(texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::list(texts.into_iter().map(Into::into))
    }

    /// A table of somebody's own names.
    pub(super) fn entries(entries: impl IntoIterator<Item = (impl Into<String>, impl Into<Self>)>) -> Self {
        let add = |table: Table, (key, item): (_, _)| table.with(key, item);
        Self::Table(entries.into_iter().fold(Table::default(), add))
    }

    /// A size in the largest unit that it is a number of.
    pub(super) fn bytes(bytes: usize) -> Self {
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        let whole = units.into_iter().find(|(_, unit)| bytes > 0 && bytes.is_multiple_of(*unit));
        let (name, unit) = whole.unwrap_or(("B", 1));
        format!("{}{name}", bytes / unit).into()
    }

    /// The tables that have a heading of their own: this one, or those of a list that has nothing else.
    fn tables(&self) -> Vec<&Table> {
        match self {
            Self::Table(table) => vec![table],
            Self::List(items) => items.iter().map(Self::table).collect::<Option<_>>().unwrap_or_default(),
            Self::Written(_) => Vec::new(),
        }
    }

    fn table(&self) -> Option<&Table> {
        if let Self::Table(table) = self { Some(table) } else { None }
    }

    fn in_line(&self) -> String {
        match self {
            Self::Written(text) => text.clone(),
            Self::List(items) => format!("[{}]", items.iter().map(Self::in_line).collect::<Vec<_>>().join(", ")),
            Self::Table(table) => table.in_line(),
        }
    }
}

impl From<Table> for Item {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl From<&str> for Item {
    fn from(text: &str) -> Self {
        Self::Written(quoted(text))
    }
}

impl From<String> for Item {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<bool> for Item {
    fn from(yes: bool) -> Self {
        Self::Written(yes.to_string())
    }
}

impl From<u64> for Item {
    fn from(number: u64) -> Self {
        Self::Written(number.to_string())
    }
}

impl From<f64> for Item {
    fn from(number: f64) -> Self {
        // `NaN` is `nan` in TOML; all else, an exponent and `inf` too, is as Rust writes it.
        Self::Written(format!("{number:?}").to_ascii_lowercase())
    }
}

/// In the largest unit that it is a number of. The file knows none below the millisecond, and says so.
impl From<Duration> for Item {
    fn from(duration: Duration) -> Self {
        let nanoseconds = duration.as_nanos();
        let whole = UNITS.into_iter().find(|(_, unit)| nanoseconds > 0 && nanoseconds.is_multiple_of(*unit));
        let (name, unit) = whole.unwrap_or(("s", 1));
        format!("{}{name}", nanoseconds / unit).into()
    }
}

impl From<Value> for Item {
    fn from(value: Value) -> Self {
        match value {
            Value::String(text) => text.into(),
            Value::Array(items) => Self::list(items),
            Value::Object(entries) => Self::entries(entries),
            plain => Self::Written(plain.to_string()),
        }
    }
}

/// One key of a section. A list of tables has a line for each.
fn entry(text: &mut String, key: &str, item: &Item) {
    let value = match item {
        Item::List(items) if !item.tables().is_empty() => {
            format!("[\n{}]", items.iter().map(|item| format!("    {},\n", item.in_line())).collect::<String>())
        }
        _ => item.in_line(),
    };
    let _ = writeln!(text, "{} = {value}", self::key(key));
}

fn braced(entries: &[String]) -> String {
    if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
}

fn key(key: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !key.is_empty() && key.bytes().all(is_bare) { key.to_owned() } else { quoted(key) }
}

/// A text as TOML quotes it: as JSON does, but that no DEL may stand in it.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

const UNITS: [(&str, u128); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Whatever TOML can say of JSON.
    fn sayable() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_filter("JSON has no other", |number| number.is_finite()).prop_map(Value::from),
            "\\PC*".prop_map(Value::from),
            "[\"'\\\\\n\r\t\u{0}-\u{1f}\u{7f}#=\\[\\]{}]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("(\\PC|[\"\n.= ]){0,4}", inner, 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    fn read(text: &str) -> Value {
        serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_said_is_what_is_read(value in sayable(), key in "(\\PC|[\"\n\u{7f}.]){0,6}") {
            // At the top, in a section, in a list of sections, and in a line.
            let table = Table::default().with(key.as_str(), value.clone());
            let sections = Item::list([table.clone(), Table::default(), table.clone()]);
            let whole = Table::default().with("s", table).with("l", sections).with("v", value.clone());
            let section = json!({ key: value });
            prop_assert_eq!(read(&whole.to_toml()), json!({ "s": section, "l": [section, {}, section], "v": value }));
        }
    }

    #[test]
    fn durations_and_sizes_have_the_largest_unit_that_fits() {
        for (duration, text) in [
            (Duration::from_secs(7 * 86_400), "7d"),
            (Duration::from_secs(90 * 60), "90m"),
            (Duration::from_secs(90), "90s"),
            (Duration::from_millis(25), "25ms"),
            (Duration::from_micros(1500), "1500us"),
            (Duration::ZERO, "0s"),
        ] {
            assert_eq!(Item::from(duration).in_line(), format!("\"{text}\""));
        }
        for (bytes, text) in [(8 << 20, "8MiB"), (1536, "1536B"), (3 << 10, "3KiB"), (0, "0B")] {
            assert_eq!(Item::bytes(bytes).in_line(), format!("\"{text}\""));
        }
    }
}
