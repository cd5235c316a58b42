//! What stays of a relationship that has been silent for too long. Pure.

#[cfg(feature = "redis")]
use jiff::Timestamp;

use crate::relationship::{Day, Record, SignIn};

/// What is to become of a record.
///
/// See the example of [`silence`].
#[expect(clippy::large_enum_variant, reason = "made for one record at a time and taken apart at once")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Somebody who was there lately, or nothing that could go: it stays as it is.
    Keep,
    /// This much stays: what the customer lowered, and the time of forgetting.
    Lessen(Record),
    /// Nothing stays.
    Remove,
}

/// What a sweep does to a record: silent is one whose last event and last answer lie before the day `before`.
///
/// History and grants go. Limit, refusals, a pause that has not ended by then and the time of forgetting stay, for they
/// only ever lower: whoever comes back after years finds refused what was refused. That a visitor has joined a customer
/// stays as long as any other silent record, so that the cookie does not begin anew.
///
/// ```
/// use tower_rapport::{relationship::{Day, History, Record}, store::{Silence, silence}};
///
/// let day = Day::from_date("2026-11-22".parse()?);
/// let mut record = Record { history: Some(History::beginning(day)), ..Record::default() };
/// assert_eq!((silence(&record, day), silence(&record, day.plus(1))), (Silence::Keep, Silence::Remove));
/// record.choices.limit = Some("new".parse()?);
/// let Silence::Lessen(left) = silence(&record, day.plus(1)) else { panic!("the limit stays") };
/// assert!(left.history.is_none() && left.choices.limit.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn silence(record: &Record, before: Day) -> Silence {
    let heard = record.history.iter().any(|history| history.last_seen >= before)
        || record.choices.purposes.values().any(|answer| Day::of(answer.at) >= before);
    if heard {
        return Silence::Keep;
    }
    let joined = record.sign_in.filter(|end| matches!(end, SignIn::Joined(on) if *on >= before));
    let choices = record.choices.lowering();
    let mut left = Record { choices, forgotten: record.forgotten, sign_in: joined, ..Record::default() };
    left.choices.paused_until = left.choices.paused_until.filter(|until| Day::of(*until) >= before);
    if left == Record::default() {
        Silence::Remove
    } else if left == *record {
        Silence::Keep
    } else {
        Silence::Lessen(left)
    }
}

/// Whether nothing would be left of a record however long it were silent: a store may let it expire by itself. A pause may
/// have years to go, so it waits for a sweep.
#[cfg(feature = "redis")]
pub(super) fn may_expire(record: &Record) -> bool {
    record.choices.paused_until.is_none() && silence(record, Day::of(Timestamp::MAX)) == Silence::Remove
}

/// The last day on which a sweep with that `before` leaves a record as it is; none where nobody was ever heard of in it.
#[cfg(feature = "redis")]
pub(super) fn last_heard(record: &Record) -> Option<Day> {
    let history = record.history.iter().map(|history| history.last_seen);
    history.chain(record.choices.purposes.values().map(|answer| Day::of(answer.at))).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{consent::Answer, relationship::History};

    fn day(date: &str) -> Day {
        Day::from_date(date.parse().unwrap())
    }

    fn seen(date: &str) -> Record {
        let history = History {
            first_seen: day("2020-01-01"),
            last_seen: day(date),
            active_days: 2,
            last_visit: Some(day(date)),
            counts: [("visit".parse().unwrap(), 2)].into(),
            stage: None,
            changed: None,
            marks: Vec::new(),
            doubted_since: None,
        };
        Record { history: Some(history), ..Record::default() }
    }

    fn answered(mut record: Record, granted: bool, at: &str) -> Record {
        let answer = Answer { granted, at: at.parse().unwrap(), was_granted: false };
        record.choices.purposes.insert(if granted { "record" } else { "cross_context" }.parse().unwrap(), answer);
        record
    }

    #[test]
    fn who_was_there_lately_stays() {
        let before = day("2024-01-01");
        assert_eq!(silence(&seen("2024-01-01"), before), Silence::Keep);
        assert_eq!(silence(&answered(seen("2023-01-01"), true, "2024-01-01T00:00:00Z"), before), Silence::Keep);
    }

    #[test]
    fn of_the_silent_only_what_lowers_stays() {
        let before = day("2024-01-01");
        assert_eq!(silence(&seen("2023-12-31"), before), Silence::Remove);
        assert_eq!(silence(&Record::default(), before), Silence::Remove);
        let granted = answered(seen("2023-12-31"), true, "2023-01-01T00:00:00Z");
        assert_eq!(silence(&granted, before), Silence::Remove);

        let mut refused = answered(granted, false, "2023-01-01T00:00:00Z");
        refused.choices.limit = Some("new".parse().unwrap());
        refused.choices.paused_until = Some("2023-06-01T00:00:00Z".parse().unwrap());
        refused.forgotten = Some("2022-01-01T00:00:00Z".parse().unwrap());
        let Silence::Lessen(left) = silence(&refused, before) else { panic!("all or nothing stayed") };
        assert_eq!(left.history, None);
        assert_eq!(left.choices.purposes.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["cross_context"]);
        assert_eq!((left.choices.limit.as_ref(), left.choices.paused_until), (refused.choices.limit.as_ref(), None));
        assert_eq!(left.forgotten, refused.forgotten);
        assert_eq!(silence(&left, before), Silence::Keep, "a second sweep finds nothing to do");
    }

    #[test]
    fn that_a_visitor_has_joined_stays_for_a_while() {
        let joined = |on| Record { sign_in: Some(SignIn::Joined(day(on))), ..Record::default() };
        assert_eq!(silence(&joined("2024-01-01"), day("2024-01-01")), Silence::Keep);
        assert_eq!(silence(&joined("2023-12-31"), day("2024-01-01")), Silence::Remove);
        let unclear = Record { sign_in: Some(SignIn::Unclear), ..seen("2023-12-31") };
        assert_eq!(silence(&unclear, day("2024-01-01")), Silence::Remove, "nothing is left that could be unclear");
    }
}
