//! What `rapport simulate` says of a history is what `rapport import` makes of it and `rapport explain` tells, customer by customer.

#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use flate2::{Compression, write::GzEncoder};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::{Value, json};

fn days_ago(days: i64) -> String {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    today.checked_sub(days.days()).unwrap().to_string()
}

/// Customers who come every so many days, and buy now and then.
fn history() -> String {
    let mut csv = "customer,time,event\n".to_owned();
    for (number, (since, every, buys)) in (0..).zip(
        (1..13).flat_map(|since| [(since * 60, 5, 3), (since * 45, 11, 2), (since * 7, 2, 0), (since * 90, 80, 1)]),
    ) {
        if number % 7 == 6 {
            // So long silent that nothing is kept.
            csv += &format!("c{number},{},\n", days_ago(3_000));
            continue;
        }
        for visit in 0..=since / every {
            let day = days_ago(since - visit * every);
            csv += &format!("c{number},{day},\n");
            if buys > 0 && visit % 4 == 1 && visit / 4 < buys * 2 {
                csv += &format!("c{number},{day},purchase\n");
            }
        }
        if number % 5 == 0 {
            csv += &format!("c{number},{},complaint\n", days_ago(0));
        }
    }
    csv
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rapport"));
    command.args(arguments).current_dir(folder);
    command.env("RAPPORT_JWT_SECRET", "of-the-tests-and-of-32-bytes-at-least");
    command.env("RAPPORT_PSEUDONYM_SECRET", "of-the-tests");
    command
}

fn rapport(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = command(folder, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

#[test]
fn the_stages_are_those_that_an_import_makes_and_explain_tells() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/minimal.toml"), at("rapport.toml")).unwrap();
    fs::write(at("events.csv"), history()).unwrap();

    let (figures, errors) = rapport(folder.path(), &["simulate", "--config", "rapport.toml", "events.csv", "--json"]);
    let figures: Value = serde_json::from_str(&figures).unwrap_or_else(|_| panic!("{figures}{errors}"));
    let (table, _) = rapport(folder.path(), &["simulate", "--config", "rapport.toml", "events.csv"]);
    assert!(table.contains("never climbed") && table.contains(&days_ago(0)), "{table}");

    rapport(folder.path(), &["import", "--config", "rapport.toml", "events.csv"]);
    let mut told: BTreeMap<String, u64> = BTreeMap::new();
    for number in 0..48 {
        let customer = format!("c{number}");
        let (text, errors) = rapport(folder.path(), &["explain", "--config", "rapport.toml", "--customer", &customer]);
        let stage = text
            .split(';')
            .next()
            .and_then(|first| first.strip_prefix("stage="))
            .unwrap_or_else(|| panic!("{text}{errors}"));
        *told.entry(stage.to_owned()).or_default() += 1;
    }
    assert!(told.len() >= 3, "{told:?}");
    assert_eq!((&figures["stages"], &figures["customers"]), (&json!(told), &json!(48)));
    let over_time = figures["over_time"].as_array().unwrap();
    assert_eq!(over_time.last().unwrap()["stages"], figures["stages"]);
    assert!(over_time.len() > 8, "{over_time:?}");
}

#[test]
fn who_is_not_known_is_a_stranger_and_an_earlier_day_is_not_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/minimal.toml"), at("rapport.toml")).unwrap();
    fs::write(at("events.csv"), format!("customer,time\nanna,{}\n", days_ago(3))).unwrap();
    rapport(folder.path(), &["import", "--config", "rapport.toml", "events.csv"]);
    let explain = |customer: &str, at: &str| {
        rapport(folder.path(), &["explain", "--config", "rapport.toml", "--customer", customer, "--at", at])
    };
    let (_, errors) = rapport(folder.path(), &["explain", "--config", "elsewhere.toml", "--customer", "ben"]);
    assert!(errors.contains("elsewhere.toml"), "{errors}");
    assert!(explain("ben", &days_ago(0)).0.starts_with("stage=new;level=0;of=4"));
    let (text, errors) = explain("anna", &days_ago(5));
    assert_eq!(text, "");
    assert!(errors.contains("is not known") && errors.contains(&days_ago(3)), "{errors}");
    assert!(!explain("anna", &days_ago(0)).0.contains("anna"), "promise 8");
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[test]
fn a_packed_history_is_the_same_history_and_half_of_it_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/minimal.toml"), at("rapport.toml")).unwrap();
    let history = history();
    let simulate = |file: &str, input: Option<&str>| {
        let mut command = command(folder.path(), &["simulate", "--config", "rapport.toml", file, "--json"]);
        let output = command.stdin(input.map_or(Stdio::null(), |name| File::open(at(name)).unwrap().into())).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    fs::write(at("events.csv"), &history).unwrap();
    let plain = simulate("events.csv", None);
    assert!(plain.starts_with('{'), "{plain}");

    let (head, tail) = history.split_at(history.len() / 2);
    let packed = gzip(&history);
    fs::write(at("events.csv.gz"), &packed).unwrap();
    fs::write(at("parts.gz"), [gzip(head), gzip(tail)].concat()).unwrap();
    fs::write(at("packed.csv"), &packed).unwrap();
    fs::write(at("plain.csv.gz"), &history).unwrap();
    for name in ["events.csv.gz", "parts.gz", "packed.csv", "plain.csv.gz"] {
        assert_eq!(simulate(name, None), plain, "{name}");
        assert_eq!(simulate("-", Some(name)), plain, "{name} on the standard input");
    }

    for (damage, words) in [
        (packed[..packed.len() - 9].to_vec(), "is gzip and breaks off before its end"),
        (packed[..12].to_vec(), "is gzip and breaks off before its end"),
        ([&packed[..packed.len() / 2], &[0; 64], &packed[packed.len() / 2 + 64..]].concat(), "is gzip and damaged"),
        ([&packed[..], b"customer,time,event"].concat(), "is gzip and damaged"),
    ] {
        fs::write(at("damaged.csv.gz"), damage).unwrap();
        let (said, errors) = rapport(folder.path(), &["import", "--config", "rapport.toml", "damaged.csv.gz"]);
        assert!(said.is_empty() && errors.contains("`damaged.csv.gz`") && errors.contains(words), "{said}{errors}");
    }
    let (imported, errors) = rapport(folder.path(), &["import", "--config", "rapport.toml", "events.csv.gz"]);
    assert!(imported.contains("of 48 customers") && errors.is_empty(), "{imported}{errors}");
}
