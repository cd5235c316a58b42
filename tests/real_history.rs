//! A real history, whole: what 23,570 customers of the CD shop CDNOW bought from 1997-01-01 to 1998-06-30, read as it is passed
//! on, replayed, imported, and times fitted to it.
//!
//! The file is no part of this repository. `tests/histories/get` fetches it once, with pip; where that cannot be, the environment
//! variable `RAPPORT_CDNOW` names a copy of `CDNOW_master.txt`. Without it the test fails: what was not replayed was not shown.

#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use jiff::civil::Date;
use serde_json::{Value, json};

const CUSTOMERS: usize = 23_570;
const PURCHASES: usize = 69_659;
const LAST_DAY: &str = "1998-06-30";

#[test]
fn it_is_read_whole_and_everybody_stands_somewhere() {
    let all = simulated(&[]);
    assert_eq!((&all["customers"], &all["events"]), (&json!(CUSTOMERS), &json!(PURCHASES)));
    assert_eq!(all["shape"], "transactions");
    let counted: u64 = all["stages"].as_object().unwrap().values().map(|at| at.as_u64().unwrap()).sum();
    assert_eq!(counted, CUSTOMERS as u64);
    let climbed = all["climbs"]["acquainted"]["customers"].as_u64().unwrap();
    assert_eq!(climbed + all["never_climbed"].as_u64().unwrap(), CUSTOMERS as u64);
}

#[test]
fn it_says_what_the_presets_say_of_it() {
    let own = Own::read();
    assert_eq!((own.days.len(), own.purchases), (CUSTOMERS, PURCHASES));
    assert_eq!((own.once(), own.once() * 100 / CUSTOMERS), (12_054, 51), "51 % came on one day only");
    assert_eq!(percentile(own.gaps(|days| days.to_vec()), 95), 278, "between two purchases");
    let days = own.gaps(distinct);
    assert_eq!([50, 75, 95].map(|percent| percentile(days.clone(), percent)), [34, 94, 283], "between two days");
    let had = |days: usize| own.days.values().filter(|own| distinct(own).len() >= days).count();
    let of_a_hundred = |days: usize| (had(days) * 100 + had(2) / 2) / had(2);
    assert_eq!((had(2) * 100 + CUSTOMERS / 2) / CUSTOMERS, 49, "came again");
    assert_eq!([4, 8, 20].map(of_a_hundred), [46, 15, 2]);
}

#[test]
fn times_fitted_to_one_half_fit_the_other_and_are_those_of_the_preset() {
    let fit = &simulated(&["--fit"])["fit"];
    let halves = ["fitted", "checked"].map(|half| &fit[half]);
    let sum = |key: &str| halves.iter().map(|half| half[key].as_u64().unwrap()).sum::<u64>();
    let own = Own::read();
    let all = [CUSTOMERS, own.once(), own.gaps(distinct).len()].map(|count| count as u64);
    assert_eq!([sum("customers"), sum("one_day_only"), sum("gaps")], all);
    for half in halves {
        let number = |key: &str| half[key].as_u64().unwrap();
        assert!(number("customers") * 100 > 49 * CUSTOMERS as u64, "{half}");
        assert!(number("gap_95").abs_diff(283) < 15, "{half}");
        assert!(number("rose") > 4_000 && number("steady") * 100 >= number("rose") * 95, "{half}");
        assert!((94..=97).contains(&(number("gaps_within_after") * 100 / number("gaps"))), "{half}");
        assert_eq!(half["holds"], true);
    }
    let near = |proposed: &Value, preset: f64| {
        let proposed = proposed.as_f64().unwrap();
        assert!((proposed - preset).abs() <= preset * 0.1, "{proposed} is far from {preset}");
    };
    near(&fit["pace"], 35.0);
    near(&fit["after"], 290.0);
    near(&fit["rhythm"], 3.5);
    for (stage, days) in [("acquainted", 18.0), ("familiar", 94.0), ("trusted", 178.0)] {
        near(&fit["known_for"][stage], days);
    }
    let preset = |key: &str| fit["as_it_was"][key].as_u64().unwrap();
    assert!(preset("steady") * 100 >= preset("rose") * 95, "{fit}");
    assert_eq!(&simulated(&["--fit"])["fit"], fit, "a second time the same");
}

#[test]
fn it_can_be_imported_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(root("config/rare.toml"), folder.path().join("rare.toml")).unwrap();
    let (told, errors) = rapport(folder.path(), &["import", "--config", "rare.toml", &history()]);
    assert_eq!(told, format!("imported {PURCHASES} events of {CUSTOMERS} customers\n"), "{errors}");
    assert!(errors.contains("read as a list of transactions"), "{errors}");
}

fn simulated(arguments: &[&str]) -> Value {
    let (rare, history) = (root("config/rare.toml"), history());
    let all = [&["simulate", "--json", "--config", &rare, "--at", LAST_DAY, &history], arguments].concat();
    let (told, errors) = rapport(Path::new("."), &all);
    serde_json::from_str(&told).unwrap_or_else(|_| panic!("{told}{errors}"))
}

/// The file, fetched if it is not there.
fn history() -> String {
    static FETCHED: LazyLock<String> = LazyLock::new(fetched);
    FETCHED.clone()
}

fn fetched() -> String {
    if let Some(own) = env::var_os("RAPPORT_CDNOW") {
        return own.into_string().unwrap();
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("CDNOW_master.txt");
    let got = Command::new(root("tests/histories/get")).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&got.stderr);
    assert!(
        got.status.success() && file.exists(),
        "the purchases of CDNOW are not there and could not be fetched: {said}\n`python3 -m pip` and a registry of Python's \
         packages are needed once (`tests/run` installs the one), or RAPPORT_CDNOW=…/CDNOW_master.txt"
    );
    file.into_os_string().into_string().unwrap()
}

fn rapport(folder: &Path, arguments: &[&str]) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rapport"));
    command.args(arguments).current_dir(folder);
    command.env("RAPPORT_JWT_SECRET", "of-the-tests-and-of-32-bytes-at-least");
    command.env("RAPPORT_PSEUDONYM_SECRET", "of-the-tests-too");
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

fn root(name: &str) -> String {
    format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The file, read by another hand.
struct Own {
    purchases: usize,
    days: BTreeMap<String, Vec<i32>>,
}

impl Own {
    fn read() -> Self {
        let mut own = Self { purchases: 0, days: BTreeMap::new() };
        for line in fs::read_to_string(history()).unwrap().lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let date = Date::strptime("%Y%m%d", fields[1]).unwrap();
            let day = date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
            own.days.entry(fields[0].to_owned()).or_default().push(i32::try_from(day).unwrap());
            own.purchases += 1;
        }
        own.days.values_mut().for_each(|days| days.sort_unstable());
        own
    }

    fn once(&self) -> usize {
        self.days.values().filter(|days| distinct(days).len() == 1).count()
    }

    fn gaps(&self, of: impl Fn(&[i32]) -> Vec<i32>) -> Vec<i32> {
        let one = |days: &Vec<i32>| of(days).windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>();
        self.days.values().flat_map(one).collect()
    }
}

fn distinct(days: &[i32]) -> Vec<i32> {
    let mut days = days.to_vec();
    days.dedup();
    days
}

fn percentile(mut values: Vec<i32>, percent: usize) -> i32 {
    values.sort_unstable();
    values[(values.len() * percent).div_ceil(100) - 1]
}
