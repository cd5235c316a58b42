//! What becomes of two records of one person: a visitor who signs in, and the customer. Pure.
//!
//! Two records are one person's only as far as anybody can tell, so whatever cannot be known is taken for less: days on which
//! both may have been here count once, silence that cooled one of them has cooled it, and of the choices only those come along
//! that lower. The higher stage stands, for both were earned, and the pace counts from the later change.

use super::{Ladder, Stage};
use crate::{
    consent::Choices,
    relationship::{Change, Day, History, Mark, Record, Why},
};

impl Ladder {
    /// The customer's record with what a visitor's says, as of a day.
    ///
    /// A visitor's evidence that may be older than the customer's last forgetting is left behind.
    pub(crate) fn join(&self, customer: &Record, visitor: &Record, day: Day) -> Record {
        let outlived = |history: &&History| customer.forgotten.is_none_or(|at| Day::of(at) < history.first_seen);
        let history = match (&customer.history, visitor.history.as_ref().filter(outlived)) {
            (Some(own), Some(visitors)) => Some(self.join_histories(own, visitors, day)),
            (own, visitors) => own.as_ref().or(visitors).cloned(),
        };
        Record { history, choices: self.join_choices(&customer.choices, &visitor.choices), ..customer.clone() }
    }

    fn join_histories(&self, one: &History, other: &History, day: Day) -> History {
        let both_days = days_of_both(one, other);
        let ((stage, changed), (other_stage, other_changed)) = (self.settled(one, day), self.settled(other, day));
        let stage = stage.max(other_stage);
        // A mark does not say of which event it is.
        let told_of_both = one.marks.iter().filter(|mark| other.marks.contains(mark)).count() as u64;
        let mut counts = one.counts.clone();
        for (event, count) in &other.counts {
            let own = counts.entry(event.clone()).or_default();
            let twice = if *event == *History::VISIT { both_days } else { told_of_both };
            *own = own.saturating_add(*count).saturating_sub(twice.min(*own).min(*count));
        }
        let (days, other_days) = (u64::from(one.active_days), u64::from(other.active_days));
        let active_days = days + other_days - both_days.min(days).min(other_days);
        History {
            first_seen: one.first_seen.min(other.first_seen),
            last_seen: one.last_seen.max(other.last_seen),
            active_days: u32::try_from(active_days).unwrap_or(u32::MAX),
            last_visit: one.last_visit.max(other.last_visit),
            counts,
            stage: self.kept(stage),
            changed: later(changed, other_changed),
            marks: marks_of_both(one, other),
            doubted_since: one.doubted_since.max(other.doubted_since),
        }
    }

    /// The stage that is left of a history on a day, and its last change: silence has taken what it took.
    fn settled(&self, history: &History, day: Day) -> (Stage, Option<Change>) {
        let (stage, changed) = (self.earned(history), history.changed);
        match self.silences(history, day) {
            0 => (stage, changed),
            silences => {
                let left = stage.down(silences);
                (left, Some(history.after_loss(day, Why::Cooled, left < stage)))
            }
        }
    }

    /// The customer's choices, and what of the visitor's lowers.
    fn join_choices(&self, customer: &Choices, visitor: &Choices) -> Choices {
        // A limit that the ladder no longer has is the lowest.
        let limits = [&customer.limit, &visitor.limit].into_iter().flatten();
        let limit = limits.min_by_key(|limit| self.stage(limit.as_str()).unwrap_or(Stage::LOWEST)).cloned();
        let mut joined = Choices { limit, ..customer.clone() };
        joined.paused_until = customer.paused_until.max(visitor.paused_until);
        let lowering = visitor.lowering();
        for (purpose, refusal) in lowering.purposes {
            let stands = joined.purposes.get(&purpose).is_some_and(|own| !own.granted && own.at >= refusal.at);
            if !stands {
                joined.purposes.insert(purpose, refusal);
            }
        }
        for (purpose, remembered) in lowering.gpc {
            joined.gpc.entry(purpose).or_insert(remembered);
        }
        joined
    }
}

/// On how many days both may have been here, at most.
fn days_of_both(one: &History, other: &History) -> u64 {
    let (first, last) = (one.first_seen.max(other.first_seen), one.last_seen.min(other.last_seen));
    if last < first { 0 } else { u64::from(last.days_since(first)) + 1 }
}

/// The marks of both, those of the first last: where there is no room for all, the earliest of the other go.
fn marks_of_both(one: &History, other: &History) -> Vec<Mark> {
    let others = other.marks.iter().filter(|mark| !one.marks.contains(mark));
    let mut marks: Vec<Mark> = others.chain(&one.marks).copied().collect();
    marks.drain(..marks.len().saturating_sub(History::MARKS));
    marks
}

/// The later of two changes. On one day, the one that took something.
fn later(one: Option<Change>, other: Option<Change>) -> Option<Change> {
    let order = |change: &Change| (change.on, change.why != Why::Gained);
    one.into_iter().chain(other).max_by_key(order)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        consent::{Answer, Remembered},
        name::Name,
        relationship::ladder::tests::{ago, history, ladder, name, visits, with},
    };

    fn known(events: &[(u32, &str)]) -> Record {
        Record { history: Some(history(&ladder(), events)), ..Record::default() }
    }

    fn joined(customer: &Record, visitor: &Record) -> Record {
        ladder().join(customer, visitor, ago(0))
    }

    fn stage(record: &Record) -> &str {
        record.history.as_ref().and_then(|history| history.stage.as_ref()).map_or("new", Name::as_str)
    }

    #[test]
    fn evidence_from_before_and_after_adds_up() {
        let visitor = known(&with(visits([40, 35, 30]), "purchase", &[33]));
        let customer = known(&with(visits([20, 10]), "purchase", &[10]));
        let both = joined(&customer, &visitor).history.unwrap();
        assert_eq!((both.first_seen, both.last_seen, both.last_visit), (ago(40), ago(10), Some(ago(10))));
        assert_eq!((both.active_days, both.count("visit"), both.count("purchase")), (6, 5, 2));
        assert_eq!(both, history(&ladder(), &with(visits([40, 35, 30, 20, 10]), "purchase", &[33, 10])));
    }

    #[test]
    fn a_day_on_which_both_may_have_been_here_counts_once() {
        for (visitor, customer, days) in [
            (vec![9, 5, 1], vec![9, 5, 1], 3),
            (vec![9, 5, 1], vec![8, 4, 2], 3),
            (vec![9, 5, 1], vec![1], 3),
            (vec![9, 5, 1], vec![0], 4),
            (vec![30, 20, 10], vec![12, 11], 3),
        ] {
            let both = joined(&known(&visits(customer.clone())), &known(&visits(visitor.clone()))).history.unwrap();
            assert_eq!((both.active_days, both.count("visit")), (days, u64::from(days)), "{visitor:?} {customer:?}");
        }
    }

    /// A payment is told of by its id, once as the visitor's and once as the customer's.
    #[test]
    fn an_event_that_both_were_told_of_counts_once() {
        for (visitors, customers, purchases) in
            [(vec![7], vec![7], 3), (vec![7], vec![8], 4), (vec![7, 8], vec![8, 7], 2)]
        {
            let [visitor, customer] = [visitors, customers].map(|ids: Vec<u8>| {
                let mut record = known(&with(visits([9, 5, 1]), "purchase", &[5, 5]));
                let marks = ids.into_iter().map(|id| Mark::from_bytes([id; 8])).collect();
                record.history = record.history.map(|history| History { marks, ..history });
                record
            });
            let both = joined(&customer, &visitor).history.unwrap();
            assert_eq!((both.count("purchase"), both.count("visit")), (purchases, 3));
        }
    }

    #[test]
    fn the_higher_stage_stands_and_the_pace_counts_from_the_later_change() {
        let acquainted = known(&visits([40, 30, 20, 19]));
        let new = known(&visits([1]));
        assert_eq!((stage(&acquainted), stage(&new)), ("acquainted", "new"));
        for (customer, visitor) in [(&acquainted, &new), (&new, &acquainted), (&acquainted, &Record::default())] {
            let both = joined(customer, visitor);
            assert_eq!(stage(&both), "acquainted");
            assert_eq!(both.history.unwrap().changed, acquainted.history.as_ref().unwrap().changed);
        }
        assert_eq!(joined(&Record::default(), &acquainted), acquainted, "who was nobody goes on as the visitor");
        let complained = known(&with(visits([1]), "complaint", &[1]));
        let both = joined(&acquainted, &complained).history.unwrap();
        assert_eq!(
            both.changed,
            Some(Change { on: ago(1), why: Why::Gained }),
            "it took none, and the pace begins anew"
        );
    }

    #[test]
    fn silence_that_cooled_one_has_cooled_it() {
        let silent = known(&with(visits((200..=300).step_by(10)), "purchase", &[280, 240]));
        assert_eq!(stage(&silent), "familiar");
        let both = joined(&silent, &known(&visits([1])));
        assert_eq!(stage(&both), "new", "the visit of yesterday does not undo two hundred days");
        assert_eq!(both.history.unwrap().changed, Some(Change { on: ago(0), why: Why::Cooled }));
    }

    #[test]
    fn what_is_older_than_a_forgetting_is_left_behind() {
        let visitor = known(&visits([9, 5, 1]));
        for (forgotten, stays) in [("1972-09-17T00:00:00Z", true), ("1972-09-18T12:00:00Z", false)] {
            let forgotten: jiff::Timestamp = forgotten.parse().unwrap();
            assert_eq!(Day::of(forgotten) < ago(9), stays, "the dates of this test");
            let customer = Record { forgotten: Some(forgotten), ..Record::default() };
            assert_eq!(joined(&customer, &visitor).history.is_some(), stays, "{forgotten}");
        }
    }

    #[test]
    fn of_the_choices_those_come_along_that_lower() {
        let at = |instant: &str| instant.parse().unwrap();
        let (early, late) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
        let answer = |granted, instant| Answer { granted, at: at(instant), was_granted: false };
        let choices = |limit: Option<&str>, paused: Option<&str>, purposes: &[(&str, Answer)]| Choices {
            limit: limit.map(name),
            paused_until: paused.map(at),
            purposes: purposes.iter().map(|(purpose, answer)| (name(purpose), *answer)).collect(),
            ..Choices::default()
        };
        let join = |customer: &Choices, visitor: &Choices| ladder().join_choices(customer, visitor);
        for (customer, visitor, limit) in [
            (None, Some("acquainted"), Some("acquainted")),
            (Some("acquainted"), None, Some("acquainted")),
            (Some("familiar"), Some("acquainted"), Some("acquainted")),
            (Some("new"), Some("acquainted"), Some("new")),
            (Some("acquainted"), Some("gone"), Some("gone")),
        ] {
            let both = join(&choices(customer, None, &[]), &choices(visitor, None, &[]));
            assert_eq!(both.limit, limit.map(name), "{customer:?} {visitor:?}");
        }
        assert_eq!(
            join(&choices(None, Some(early), &[]), &choices(None, Some(late), &[])).paused_until,
            Some(at(late))
        );
        let both = join(
            &choices(None, None, &[("a", answer(true, late)), ("b", answer(false, late)), ("c", answer(true, early))]),
            &choices(
                None,
                None,
                &[("a", answer(false, early)), ("b", answer(false, early)), ("d", answer(true, late))],
            ),
        );
        let expected = [("a", answer(false, early)), ("b", answer(false, late)), ("c", answer(true, early))];
        assert_eq!(both, choices(None, None, &expected), "a grant stays the visitor's own");
        let gpc = |remembered| Choices { gpc: [(name("a"), remembered)].into(), ..Choices::default() };
        let (since, lifted) = (gpc(Remembered::Since(at(early))), gpc(Remembered::Lifted));
        assert_eq!(join(&Choices::default(), &since), since);
        assert_eq!(join(&Choices::default(), &lifted), Choices::default());
        assert_eq!(join(&lifted, &since), lifted, "what the customer lifted stays lifted");
    }

    fn any_events() -> impl Strategy<Value = Vec<(u32, bool)>> {
        prop::collection::vec((0_u32..120, any::<bool>()), 1..25)
    }

    fn spelled(events: &[(u32, bool)]) -> Vec<(u32, &'static str)> {
        events.iter().map(|(day, buys)| (*day, if *buys { "purchase" } else { "visit" })).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Promise 10: two records together say no more than happened.
        #[test]
        fn a_join_invents_nothing(customer in any_events(), visitor in any_events()) {
            let (own, others) = (known(&spelled(&customer)), known(&spelled(&visitor)));
            let both = joined(&own, &others).history.unwrap();
            let days = |buys: Option<bool>| -> BTreeSet<u32> {
                let all = customer.iter().chain(&visitor);
                all.filter(|(_, own)| buys.is_none_or(|buys| *own == buys)).map(|(day, _)| *day).collect()
            };
            prop_assert!(both.active_days as usize <= days(None).len());
            prop_assert!(both.count("visit") as usize <= days(Some(false)).len());
            let purchases = customer.iter().chain(&visitor).filter(|(_, buys)| *buys).count();
            prop_assert_eq!(both.count("purchase"), purchases as u64);
            let level = |record: &Record| ladder().standing(record.history.as_ref(), ago(0), None).stage;
            let joined = Record { history: Some(both), ..Record::default() };
            prop_assert_eq!(level(&joined), level(&own).max(level(&others)));
        }

        /// Whoever came as a visitor, too, is never known less well for it than as either.
        #[test]
        fn a_join_takes_nothing_away(customer in any_events(), visitor in any_events()) {
            let (own, others) = (known(&spelled(&customer)), known(&spelled(&visitor)));
            let both = joined(&own, &others).history.unwrap();
            for one in [own.history.unwrap(), others.history.unwrap()] {
                prop_assert!(both.active_days >= one.active_days && both.first_seen <= one.first_seen);
                prop_assert!(one.counts.iter().all(|(event, count)| both.count(event.as_str()) >= *count));
            }
        }
    }
}
