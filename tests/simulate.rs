//! What `rapport simulate` says of a history is what `rapport import` makes of it and `rapport explain` tells, customer by customer.

#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{collections::BTreeMap, fs, path::Path, process::Command};

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

fn rapport(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_rapport"))
        .args(arguments)
        .current_dir(folder)
        .env("RAPPORT_JWT_SECRET", "of-the-tests-and-of-32-bytes-at-least")
        .env("RAPPORT_PSEUDONYM_SECRET", "of-the-tests")
        .output()
        .unwrap();
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
