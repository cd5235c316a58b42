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
    command.env("RAPPORT_PSEUDONYM_SECRET", "of-the-tests-too");
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

/// A policy's name, its stages and the active days that each needs, and what else it says of relationships.
type Written<'a> = (&'a str, &'a [(&'a str, u32)], &'a str);

/// A folder with policies, each a few stages that need nothing but active days, one of which may come each day; silence
/// does nothing.
fn ladders(policies: &[Written<'_>]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let minimal = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/minimal.toml");
    let minimal = fs::read_to_string(minimal).unwrap().replace("#:schema ./rapport.schema.json", "");
    for (name, stages, further) in policies {
        let mut text =
            minimal.clone() + "\n[relationship]\npace = \"1d\"\ncools = { after = \"1000d\", rhythm = 3.0 }\n";
        text += further;
        for (stage, active_days) in *stages {
            text += &format!("[[stages]]\nname = \"{stage}\"\n");
            text +=
                &if *active_days > 0 { format!("needs = {{ active_days = {active_days} }}\n") } else { String::new() };
        }
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

const PLAIN: &[(&str, u32)] = &[("new", 0), ("acquainted", 4), ("familiar", 8), ("trusted", 100)];

/// A visit a day until today.
fn visits(customer: &str, days: i64, group: &str) -> String {
    (0..days).rev().map(|day| format!("{customer},{},,{group}\n", days_ago(day))).collect()
}

fn simulated(folder: &Path, csv: &str, arguments: &[&str]) -> (Value, String) {
    fs::write(folder.join("events.csv"), csv).unwrap();
    let table = [&["simulate", "--config", "a.toml", "events.csv"], arguments].concat();
    let (figures, errors) = rapport(folder, &[&table[..], &["--json"]].concat());
    assert!(figures.starts_with('{'), "{figures}{errors}");
    (serde_json::from_str(&figures).unwrap(), rapport(folder, &table).0)
}

#[test]
fn another_ladder_makes_of_the_same_history_what_it_makes_of_it_alone() {
    let longer = &[("new", 0), ("acquainted", 4), ("regular", 6), ("familiar", 12), ("trusted", 100)];
    let rating = "[[relationship.events]]\nname = \"rating\"\n";
    let folder = ladders(&[("a.toml", PLAIN, ""), ("b.toml", longer, rating)]);
    let csv: String = [2, 5, 9, 13].map(|days| visits(&format!("c{days}"), days, "")).concat();
    // An event that only the other policy has is the fourth active day there, and nothing here.
    let rated: String = (1..4).map(|day| format!("rated,{},,\n", days_ago(day))).collect();
    let csv = format!("customer,time,event,-\n{csv}{rated}rated,{},rating,\n", days_ago(0));

    let (figures, table) = simulated(folder.path(), &csv, &["--against", "b.toml"]);
    let stage = |a: Value, b: Value, difference, days: [Value; 2]| json!({ "a": a, "b": b, "difference": difference, "median_days": { "a": days[0], "b": days[1] } });
    let none = || Value::Null;
    let expected = json!({
        "stages": {
            "new": stage(json!(2), json!(1), -1, [none(), none()]),
            "acquainted": stage(json!(1), json!(2), 1, [json!(3), json!(3)]),
            "regular": stage(none(), json!(1), 1, [none(), json!(5)]),
            "familiar": stage(json!(2), json!(1), -1, [json!(7), json!(11)]),
            "trusted": stage(json!(0), json!(0), 0, [none(), none()]),
        },
        // Nine days were familiar and are regular: lower. The one who rated is acquainted: higher.
        "higher": 1, "lower": 1, "same": 3,
    });
    assert_eq!(figures["against"], expected);
    assert!(table.contains("1 stand higher, 1 lower, 3 the same"), "{table}");
    let rows: Vec<_> = table.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(rows.windows(3).any(|names| names == ["acquainted", "regular", "familiar"]), "{table}");

    let (same, _) = simulated(folder.path(), &csv.replace("rating", ""), &["--against", "a.toml"]);
    assert_eq!(same["against"]["same"], 5);
}

#[test]
fn each_number_is_moved_alone_and_the_strongest_stands_first() {
    let folder = ladders(&[("a.toml", PLAIN, "")]);
    let csv: String = [2, 3, 5, 7, 9, 13].map(|days| visits(&format!("c{days}"), days, "")).concat();
    let csv = format!("customer,time,event,-\n{csv}");
    let (figures, table) = simulated(folder.path(), &csv, &["--sensitivity"]);
    let moves = figures["sensitivity"].as_array().unwrap();
    let moved = |threshold: &str, from: Value, to: Value, [acquainted, familiar]: [i64; 2]| {
        let changes = json!({ "acquainted": acquainted, "familiar": familiar, "trusted": 0 });
        json!({ "threshold": threshold, "from": from, "to": to, "changes": changes })
    };
    let active = |stage, from: u32, to: u32, changes| {
        moved(&format!("{stage}.active_days")[..], json!(from), json!(to), changes)
    };
    let expected = [
        active("acquainted", 4, 3, [1, 0]),
        active("familiar", 8, 6, [0, 1]),
        active("familiar", 8, 10, [0, -1]),
        active("acquainted", 4, 5, [0, 0]),
        active("trusted", 100, 75, [0, 0]),
        active("trusted", 100, 125, [0, 0]),
        // A pace of no day would be no ladder.
        moved("pace", json!(1), json!(2), [0, 0]),
        moved("cools.after", json!(1000), json!(750), [0, 0]),
        moved("cools.after", json!(1000), json!(1250), [0, 0]),
        moved("cools.rhythm", json!(3.0), json!(2.25), [0, 0]),
        moved("cools.rhythm", json!(3.0), json!(3.75), [0, 0]),
    ];
    assert_eq!(moves, &expected);
    let line = |line: &&str| line.split_whitespace().eq("familiar.active_days 8 → 10 0 −1 0".split(' '));
    assert_eq!(table.lines().filter(line).count(), 1, "{table}");
    assert_eq!(simulated(folder.path(), &csv, &[]).0.get("sensitivity"), None, "only who asks waits for it");
}

/// Forty in the north, of whom half are acquainted; thirty in the south, of whom a tenth is; one in the west.
fn regions() -> String {
    let region = |name: &str, customers: i64, acquainted: i64| -> String {
        let days = |number| if number < acquainted { 5 } else { 1 };
        (0..customers).map(|number| visits(&format!("{name}{number}"), days(number), name)).collect()
    };
    // The earliest row that says something counts.
    let day = days_ago(9);
    let moved = format!("north39,{day}T01:00:00Z,,\nnorth39,{day}T02:00:00Z,,north\nnorth39,{day}T03:00:00Z,,south\n");
    format!(
        "customer,time,event,region\n{}{}{}{moved}",
        region("north", 40, 20),
        region("south", 30, 3),
        region("west", 1, 0)
    )
}

#[test]
fn a_group_that_climbs_at_less_than_four_fifths_of_the_others_rate_is_flagged() {
    let folder = ladders(&[("a.toml", PLAIN, "")]);
    let (figures, table) = simulated(folder.path(), &regions(), &["--by", "region"]);
    assert_eq!(figures["groups"]["by"], "region");
    let groups = figures["groups"]["groups"].as_array().unwrap();
    let told: Vec<_> = groups.iter().map(|group| (&group["value"], &group["customers"], &group["flagged"])).collect();
    let (names, sizes) = (["north", "south", "west"].map(|name| json!(name)), [40, 30, 1].map(|size| json!(size)));
    let flagged = [false, true, false].map(|flagged| json!(flagged));
    let expected: Vec<_> = (0..3).map(|group| (&names[group], &sizes[group], &flagged[group])).collect();
    assert_eq!(told, expected, "a single customer is no group to judge by");
    let number = |group: usize, key: &str| groups[group]["at_or_above"]["acquainted"][key].as_f64().unwrap();
    let is = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    is(number(0, "share"), 0.5);
    is(number(0, "ratio"), 0.5 / (3.0 / 31.0));
    is(number(1, "share"), 0.1);
    is(number(1, "ratio"), 0.1 / (20.0 / 41.0));
    assert!(groups[0]["at_or_above"]["trusted"]["ratio"].is_null(), "a rate over none is none");
    is(groups[0]["gini"].as_f64().unwrap(), 0.5);
    is(groups[1]["gini"].as_f64().unwrap(), 0.9);
    is(groups[2]["gini"].as_f64().unwrap(), 0.0);
    assert!(table.contains("0.20!") && table.contains("29 CFR 1607.4 D"), "{table}");

    let (said, errors) = rapport(folder.path(), &["simulate", "--config", "a.toml", "events.csv", "--by", "area"]);
    assert!(said.is_empty() && errors.contains("no column `area`"), "{said}{errors}");
}

#[test]
fn a_report_is_one_file_that_asks_nobody_and_says_all_in_words() {
    let other = &[("new", 0), ("acquainted", 3), ("familiar", 8), ("trusted", 100)];
    let folder = ladders(&[("a.toml", PLAIN, ""), ("b.toml", other, "")]);
    let csv = regions() + &visits("odd", 4, "<i>&") + &visits("mute", 2, "");
    let (_, table) = simulated(folder.path(), &csv, &["--against", "b.toml", "--by", "region", "--out", "some/where"]);
    assert!(table.contains("one number moved at a time"), "{table}");
    assert_eq!(fs::read_dir(folder.path().join("some/where")).unwrap().count(), 1);
    let page = fs::read_to_string(folder.path().join("some/where/report.html")).unwrap();
    for outside in ["http://", "https://", "<script", "<link", "src=", "url(", "@import", "<i>"] {
        assert!(!page.contains(outside), "{outside}");
    }
    for (said, times) in [
        ("content=\"light dark\"", 1),
        ("<svg", 2),
        ("role=\"img\"", 2),
        ("</title>", 3),
        ("</desc>", 2),
        ("class=\"band\"", 4),
        ("class=\"curve", 3),
        (">trusted.<wbr>active_days<wbr><small>100 → 75</small>", 1),
        ("With the other ladder 0 customers stand higher", 1),
        ("(says nothing)", 1),
        ("&#60;i&#62;&#38;", 1),
    ] {
        assert_eq!(page.matches(said).count(), times, "{said}\n{page}");
    }
    // What a reader of the screen is told of a chart: 24 of 73 are acquainted, for whose climb three days were needed.
    assert!(page.contains("new 67.1 %, acquainted 32.9 %, familiar 0.0 %, trusted 0.0 %."), "{page}");
    assert!(page.contains("By day 3: acquainted 32.9 %"), "{page}");

    let none = rapport(folder.path(), &["simulate", "--config", "a.toml", "events.csv", "--out", "a.toml"]).1;
    assert!(none.contains("`a.toml/report.html` cannot be written"), "{none}");
    fs::write(folder.path().join("empty.csv"), "customer,time\n").unwrap();
    let (_, errors) = rapport(folder.path(), &["simulate", "--config", "a.toml", "empty.csv", "--out", "empty"]);
    assert!(!fs::read_to_string(folder.path().join("empty/report.html")).unwrap().contains("NaN"), "{errors}");
}

#[test]
fn a_day_is_looked_at_as_if_nothing_had_happened_since() {
    let folder = ladders(&[("a.toml", PLAIN, "")]);
    let csv = format!("customer,time,event,-\n{}{}", visits("early", 9, ""), visits("late", 2, ""));
    let (figures, _) = simulated(folder.path(), &csv, &["--at", &days_ago(4)]);
    assert_eq!((&figures["customers"], &figures["events"]), (&json!(1), &json!(5)));
    assert_eq!(figures["stages"], json!({ "acquainted": 1 }));
    let (figures, _) = simulated(folder.path(), &csv, &["--at", &days_ago(-2_000)]);
    assert_eq!(figures["stages"], json!({ "new": 2 }), "silence to come takes what silence takes");
}

/// Eight in ten come daily, the others after 30, 50, 50 days, and so on: too few for the gaps of all to tell of theirs.
fn of_two_kinds(daily: u32, event: &str) -> String {
    let mut csv = "customer,time,event\n".to_owned();
    for number in 0..100 {
        let gaps: &[i64] = if number < daily { &[1] } else { &[30, 50, 50] };
        let mut day = 400;
        for gap in gaps.iter().cycle() {
            csv += &format!("c{number},{},\n", days_ago(day));
            if !event.is_empty() {
                csv += &format!("c{number},{},{event}\n", days_ago(day));
            }
            day -= gap;
            if day < 0 {
                break;
            }
        }
    }
    (0..3).fold(csv.clone(), |all, copy| {
        all + &csv.lines().skip(1).map(|line| format!("{copy}{line}\n")).collect::<String>()
    })
}

/// Two active days are enough to rise; the rhythm is one's own mean gap.
const QUICK: &[(&str, u32)] = &[("new", 0), ("acquainted", 2), ("familiar", 3), ("trusted", 1_000)];

#[test]
fn times_are_proposed_from_one_half_and_checked_on_the_other() {
    let folder = ladders(&[("a.toml", QUICK, "")]);
    let (figures, told) = simulated(folder.path(), &of_two_kinds(80, ""), &["--fit"]);
    let fit = &figures["fit"];
    assert_eq!((&fit["pace"], &fit["rhythm"]), (&json!(1), &json!(1.0)));
    assert_eq!(fit["known_for"], json!({ "acquainted": 1, "familiar": 2, "trusted": null }));
    // The gaps alone say one day: they are those of who comes daily. The others' stages would turn twice in each gap of 50.
    assert_eq!(fit["after_by_gaps"], 1);
    let after = fit["after"].as_u64().unwrap();
    assert!((50..56).contains(&after), "{fit}");
    for half in ["fitted", "checked"] {
        let half = &fit[half];
        assert_eq!((&half["rose"], &half["holds"]), (&half["customers"], &json!(true)), "{half}");
    }
    assert_eq!(fit["fitted"]["customers"].as_u64().unwrap() + fit["checked"]["customers"].as_u64().unwrap(), 400);
    assert!(told.contains("the bound of 95 % is met") && told.contains("raised from 1 days"), "{told}");

    // What is proposed is a part of a policy, as it is.
    let proposed = fit["toml"].as_str().unwrap();
    let minimal = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/minimal.toml")).unwrap();
    fs::write(folder.path().join("fitted.toml"), format!("{minimal}\n{proposed}")).unwrap();
    let arguments = ["simulate", "--config", "fitted.toml", "events.csv", "--fit", "--json"];
    let (again, errors) = rapport(folder.path(), &arguments);
    let again: Value = serde_json::from_str(&again).unwrap_or_else(|_| panic!("{again}{errors}"));
    assert_eq!(again["fit"]["toml"], fit["toml"]);
    let (all, kept) = (&again["fit"]["as_it_was"]["rose"], &again["fit"]["as_it_was"]["steady"]);
    assert_eq!((all, kept), (&json!(400), &json!(400)));
}

#[test]
fn what_no_silence_explains_and_what_says_too_little_is_said() {
    let folder = ladders(&[("a.toml", QUICK, "")]);
    let (figures, told) = simulated(folder.path(), &of_two_kinds(100, "complaint"), &["--fit"]);
    let fit = &figures["fit"];
    assert_eq!((&fit["fitted"]["holds"], &fit["after"]), (&json!(false), &fit["after_by_gaps"]), "{fit}");
    assert!(told.contains("cannot be met with any `after`"), "{told}");

    fs::write(folder.path().join("few.csv"), format!("customer,time,event,-\n{}", visits("c", 9, ""))).unwrap();
    let (said, errors) = rapport(folder.path(), &["simulate", "--config", "a.toml", "few.csv", "--fit"]);
    assert!(said.is_empty() && errors.contains("too little to fit times from"), "{said}{errors}");
    let seldom = ladders(&[("a.toml", &[("new", 0), ("acquainted", 900), ("familiar", 901), ("trusted", 902)], "")]);
    let (_, told) = simulated(seldom.path(), &of_two_kinds(80, ""), &["--fit"]);
    assert!(told.contains("fewer than 100 rose"), "{told}");
}

#[test]
fn a_file_is_read_as_what_it_says_it_is_or_as_what_is_said_of_it() {
    let folder = ladders(&[("a.toml", PLAIN, "")]);
    let read = |csv: &str, arguments: &[&str]| {
        fs::write(folder.path().join("events.csv"), csv).unwrap();
        rapport(folder.path(), &[&["simulate", "--config", "a.toml", "events.csv", "--json"], arguments].concat())
    };
    let log = "event_time,event_type,user_id\n2020-10-01 00:00:00 UTC,view,1\n2020-10-01 00:00:04 UTC,purchase,1\n";
    let (figures, notes) = read(log, &[]);
    assert!(figures.contains("\"shape\":\"events\"") && figures.contains("\"events\":2"), "{figures}{notes}");
    assert!(notes.contains("read as a log of events (customer: column `user_id`"), "{notes}");
    assert!(notes.contains("--at 2020-10-01"), "{notes}");

    let list = "user_id;date\n1;01/02/2020\n";
    assert!(read(list, &[]).1.contains("`--shape transactions`"));
    let list_of = |dates| read(list, &["--shape", "transactions", "--at", "2020-01-15", dates]).0;
    assert!(read(list, &["--shape", "transactions"]).1.contains("`--dates mdy`"));
    assert!(list_of("--dates=mdy").contains("\"customers\":1"), "the second of January");
    assert!(list_of("--dates=dmy").contains("\"customers\":0"), "the first of February");
}

/// Nobody is served and nothing is kept, so whoever tries thresholds needs no secret of the shop's.
#[test]
fn no_secret_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/minimal.toml"), folder.path().join("rapport.toml"))
        .unwrap();
    fs::write(folder.path().join("events.csv"), "customer,time\na,2026-01-01\n").unwrap();
    let mut command = command(folder.path(), &["simulate", "--config", "rapport.toml", "events.csv"]);
    let output = command.env_remove("RAPPORT_JWT_SECRET").env_remove("RAPPORT_PSEUDONYM_SECRET").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
