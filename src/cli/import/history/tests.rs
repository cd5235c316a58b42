use std::collections::BTreeMap;

use tower_rapport::{
    consent::{Answer, Answering},
    identity::{CustomerId, Pseudonym, PseudonymKey},
    relationship::{Cooling, Needs, Rung},
};

use super::{
    super::rows::{Reading, Rows},
    *,
};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn telling() -> Telling {
    let rung = |text, active_days| Rung { name: name(text), needs: Needs { active_days, ..Needs::default() } };
    let cooling = Cooling { after: 90, rhythm: 3000 };
    let ladder = Ladder::new(vec![rung("new", 0), rung("known", 3)], 1, cooling, BTreeMap::new()).unwrap();
    Telling { ladder, events: vec![name("visit"), name("purchase")], record: name("record") }
}

fn anna(id: CustomerId) -> Pseudonym {
    PseudonymKey::new(b"secret").pseudonym("https://id", &id)
}

fn rows(csv: &str) -> Vec<Row> {
    let events = telling().events;
    let reading =
        Reading { pseudonym: anna, events: &events, by: None, today: day("2026-11-22"), shape: None, dates: None };
    let Rows { sorted, .. } = reading.read(format!("customer,time,event\n{csv}").as_bytes()).unwrap();
    sorted
}

fn day(date: &str) -> Day {
    Day::from_date(date.parse().unwrap())
}

const FOUR_DAYS: &str = "a,2026-01-04,visit\na,2026-01-01,visit\na,2026-01-02,purchase\na,2026-01-03,visit\n";

#[test]
fn rows_become_history() {
    let (record, tally) = telling().of(None, &rows(FOUR_DAYS));
    let history = record.unwrap().history.unwrap();
    assert_eq!((history.first_seen, history.last_seen), (day("2026-01-01"), day("2026-01-04")));
    assert_eq!((history.active_days, history.count("visit"), history.count("purchase")), (4, 3, 1));
    assert_eq!(history.stage, Some(name("known")));
    assert_eq!(tally, Tally { imported: 4, customers: 1, ..Tally::default() });
}

#[test]
fn a_second_time_changes_nothing() {
    let (record, _) = telling().of(None, &rows(FOUR_DAYS));
    let (again, tally) = telling().of(record.as_ref(), &rows(FOUR_DAYS));
    assert_eq!(again, None);
    assert_eq!(tally, Tally { known: 4, ..Tally::default() });
}

#[test]
fn only_what_is_later_than_what_was_known_is_added() {
    let (record, _) = telling().of(None, &rows("a,2026-01-02T09:00:00Z,visit\n"));
    let (next, tally) = telling().of(record.as_ref(), &rows(&format!("{FOUR_DAYS}a,2026-01-02T10:00:00Z,purchase\n")));
    assert_eq!(tally, Tally { imported: 2, preceded: 3, customers: 1, ..Tally::default() });
    let history = next.unwrap().history.unwrap();
    assert_eq!((history.active_days, history.count("purchase")), (3, 0));
    assert_eq!(history.first_seen, day("2026-01-02"));
}

#[test]
fn who_came_first_is_told_apart_from_who_was_imported_before() {
    let (imported, _) = telling().of(None, &rows(FOUR_DAYS));
    let (came_first, _) = telling().of(None, &rows("a,2026-01-04,visit\n"));
    let tally = |record: Option<Record>, csv: &str| telling().of(record.as_ref(), &rows(csv)).1;
    assert_eq!(tally(came_first.clone(), FOUR_DAYS), Tally { preceded: 4, ..Tally::default() });
    assert_eq!(tally(came_first, "a,2026-01-04,visit\n"), Tally { known: 1, ..Tally::default() });
    assert_eq!(tally(imported.clone(), FOUR_DAYS), Tally { known: 4, ..Tally::default() });
    assert_eq!(tally(imported, "a,2025-12-31,visit\n"), Tally { preceded: 1, ..Tally::default() });
}

#[test]
fn who_refused_to_be_remembered_is_not() {
    let mut record = Record::default();
    let mut answer = Answer { granted: false, at: "2020-01-01T00:00:00Z".parse().unwrap(), was_granted: false };
    record.choices.purposes.insert(name("record"), answer);
    let told = telling().of(Some(&record), &rows(FOUR_DAYS));
    assert_eq!(told, (None, Tally { refused: 4, ..Tally::default() }));

    answer.granted = true;
    record.choices.purposes.insert(name("record"), answer);
    assert!(telling().of(Some(&record), &rows(FOUR_DAYS)).0.is_some());
}

#[test]
fn what_was_forgotten_stays_so_and_choices_stay() {
    let limit = Some(name("new"));
    let mut record = Record { forgotten: Some("2026-01-03T12:00:00Z".parse().unwrap()), ..Record::default() };
    record.choices.limit.clone_from(&limit);
    let (next, tally) = telling().of(Some(&record), &rows(FOUR_DAYS));
    assert_eq!(tally, Tally { imported: 1, forgotten: 3, customers: 1, ..Tally::default() });
    let next = next.unwrap();
    assert_eq!(next.history.unwrap().first_seen, day("2026-01-04"));
    assert_eq!((next.choices.limit, next.forgotten), (limit, record.forgotten));
}

#[test]
fn what_was_before_a_refusal_and_during_it_is_not_brought_back() {
    let at = |date: &str| format!("{date}T12:00:00Z").parse().unwrap();
    let answering = |granted, date, was_granted| Answering { granted, at: at(date), was_granted, gpc: false };
    let (record, _) = telling().of(None, &rows("a,2026-01-01,visit\n"));
    let refused = record.unwrap().answered(&name("record"), true, answering(false, "2026-01-01", true));
    let agreed = refused.answered(&name("record"), true, answering(true, "2026-01-03", false));
    for agreed in [&agreed, &agreed.answered(&name("record"), true, answering(true, "2026-01-03", true))] {
        let (next, tally) = telling().of(Some(agreed), &rows(FOUR_DAYS));
        assert_eq!(tally, Tally { imported: 1, forgotten: 3, customers: 1, ..Tally::default() });
        assert_eq!(next.unwrap().history.unwrap().first_seen, day("2026-01-04"));
    }
}
