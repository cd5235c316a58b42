//! Times for a ladder, proposed from a history: each a quantile of what customers did, with the reason beside it.
//!
//! They are taken from half of the customers and checked on the other half. `cools.after` is raised until the stage flaps for no
//! more than a twentieth of those who rose at all: between two turns of it lies at least the customer's own median gap. What a stage
//! needs of acts is the shop's to say, and stays.

use serde_json::{Value, json};
use tower_rapport::relationship::{Day, Ladder, Rung, Stage, Threshold};

use super::{
    figures::{names, share},
    gaps::{Gaps, median_gap, percentile},
    trial::Trial,
};
use crate::cli::{Failure, import::rows::Row};

/// Proposed times, and how they did.
#[derive(Debug)]
pub(super) struct Fit {
    ladder: Ladder,
    first: Day,
    last: Day,
    fitted: Half,
    checked: Half,
    /// With the policy's own times, of all customers.
    as_it_was: Steady,
    pace: u32,
    after: u32,
    /// What `after` was by the gaps alone, before flapping was looked at.
    by_gaps: u32,
    /// In thousandths; none where too few say something of it.
    rhythm: Option<u64>,
    /// For each stage, when a quarter of those who had the active days had them; none where too few had.
    known_for: Vec<Option<u32>>,
}

/// One half of the customers.
#[derive(Debug)]
struct Half {
    gaps: Gaps,
    steady: Steady,
}

/// Of those who rose above the lowest stage at all, those whose stage kept to the bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Steady {
    rose: usize,
    keep: usize,
}

impl Fit {
    /// Proposes times for the ladder of a trial.
    ///
    /// # Errors
    ///
    /// The history says too little, or a replay was broken off.
    pub(super) fn of(trial: &Trial, customers: &[&[Row]]) -> Result<Self, Failure> {
        let (fitted, checked): (Vec<&[Row]>, Vec<&[Row]>) = customers.iter().partition(|rows| is_fitted(rows));
        let gaps = Gaps::of(fitted.iter().copied());
        if gaps.again() < ENOUGH {
            let few = format!(
                "too little to fit times from: of {} customers in the half that is fitted {} came on more than one day; \
                 it takes {ENOUGH}",
                gaps.customers,
                gaps.again()
            );
            return Err(Failure::new(few));
        }
        let day = |rows: &[Row], of: fn(&[Row]) -> Option<&Row>| of(rows).map(Row::day);
        let first = customers.iter().filter_map(|rows| day(rows, <[Row]>::first)).min();
        let last = customers.iter().filter_map(|rows| day(rows, <[Row]>::last)).max();
        let (Some(first), Some(last)) = (first, last) else { return Err(Failure::new("there is no event")) };

        let pace = percentile(&gaps.gaps, 50).unwrap_or(1).max(1);
        let by_gaps = percentile(&gaps.gaps, 95).unwrap_or(1).max(1);
        let rhythms = gaps.rhythms(pace);
        let rhythm = percentile(&rhythms, 95).filter(|_| rhythms.len() >= ENOUGH);
        let rhythm = rhythm.map(|rhythm| rhythm.div_ceil(100).saturating_mul(100).max(1000));
        let known_for = days_needed(&trial.ladder).map(|days| {
            let days = gaps.until(days);
            percentile(&days, 25).filter(|_| days.len() >= ENOUGH)
        });
        let known_for: Vec<Option<u32>> = known_for.collect();
        let with_all = |after| with(&trial.ladder, pace, after, rhythm, &known_for);
        let steady =
            |ladder: &Ladder, rows: &[&[Row]]| Trial { ladder: ladder.clone(), ..trial.clone() }.steady(rows, last);

        let (mut after, mut ladder) = (by_gaps, with_all(by_gaps)?);
        let mut on_fitted = steady(&ladder, &fitted)?;
        while !on_fitted.is_enough() && after < last.days_since(first) {
            after = after.saturating_add(after.div_ceil(10));
            ladder = with_all(after)?;
            on_fitted = steady(&ladder, &fitted)?;
        }
        if !on_fitted.is_enough() {
            // What silence does not do, no `after` mends.
            (after, ladder) = (by_gaps, with_all(by_gaps)?);
            on_fitted = steady(&ladder, &fitted)?;
        }
        let on_checked = steady(&ladder, &checked)?;
        let as_it_was = trial.steady(customers, last)?;
        let checked = Half { gaps: Gaps::of(checked), steady: on_checked };
        let fitted = Half { gaps, steady: on_fitted };
        Ok(Self { ladder, first, last, fitted, checked, as_it_was, pace, after, by_gaps, rhythm, known_for })
    }

    /// As JSON.
    pub(super) fn json(&self) -> Value {
        let half = |half: &Half| {
            let Half { gaps, steady } = half;
            json!({
                "customers": gaps.customers,
                "one_day_only": gaps.once,
                "gaps": gaps.gaps.len(),
                "median_gap": percentile(&gaps.gaps, 50),
                "gap_95": percentile(&gaps.gaps, 95),
                "gaps_within_after": gaps.within(self.after),
                "rose": steady.rose,
                "steady": steady.keep,
                "holds": steady.is_enough(),
            })
        };
        let known_for = names(&self.ladder).zip(&self.known_for).skip(1);
        json!({
            "pace": self.pace,
            "after": self.after,
            "after_by_gaps": self.by_gaps,
            "rhythm": self.rhythm.map(|rhythm| rhythm as f64 / 1000.0),
            "known_for": known_for.map(|(name, days)| (name.to_owned(), json!(days))).collect::<serde_json::Map<_, _>>(),
            "as_it_was": { "rose": self.as_it_was.rose, "steady": self.as_it_was.keep },
            "fitted": half(&self.fitted),
            "checked": half(&self.checked),
            "toml": self.toml(),
        })
    }

    /// As text for a terminal: what the times were taken from, the times, and how they did.
    pub(super) fn told(&self) -> String {
        let (fitted, checked) = (&self.fitted.gaps, &self.checked.gaps);
        let span = self.last.days_since(self.first);
        let mut lines = vec![format!(
            "times fitted on {} customers and checked on {} others; the history is of {span} days, {} to {}",
            fitted.customers, checked.customers, self.first, self.last
        )];
        let (once, all) = (fitted.once + checked.once, fitted.customers + checked.customers);
        lines.push(format!("{once} of {all} ({}) came on one day only", share(once, all)));
        lines.push(String::new());
        lines.push(self.toml());
        // What follows is no part of the policy; who pastes all of it has it as comments.
        lines.push(format!(
            "# with these times {} of the gaps of those who check it are no longer than {} days",
            share(checked.within(self.after), checked.gaps.len()),
            self.after
        ));
        lines.push(
            "# and a stage turns (falls after it rose, or rises after it fell) at most once in any median gap of its customer"
                .to_owned(),
        );
        for (name, steady) in [
            ("fitted", self.fitted.steady),
            ("checked", self.checked.steady),
            ("(all, with the times as they were)", self.as_it_was),
        ] {
            lines.push(format!("#   for {} of {} {name}", share(steady.keep, steady.rose), steady.rose));
        }
        lines.push(format!("# {}", self.verdict()));
        if span < SPAN * self.after {
            lines.push(format!(
                "# careful: {span} days are short for gaps of {}. A silence that has not ended is in no figure, so true gaps are longer",
                self.after
            ));
        }
        lines.join("\n") + "\n"
    }

    fn verdict(&self) -> String {
        let [fitted, checked] = [self.fitted.steady, self.checked.steady];
        if fitted.rose.min(checked.rose) < ENOUGH {
            return format!(
                "that says little: fewer than {ENOUGH} rose; the ladder asks for more than these customers do"
            );
        }
        if !fitted.is_enough() {
            return "the bound of 95 % cannot be met with any `after`: what turns stages is not silence alone"
                .to_owned();
        }
        if !checked.is_enough() {
            return "the bound of 95 % is not met by those who check it: take the times with caution".to_owned();
        }
        "the bound of 95 % is met".to_owned()
    }

    /// The times, as a policy says them.
    fn toml(&self) -> String {
        let gaps = &self.fitted.gaps;
        let raised = if self.after > self.by_gaps {
            format!(", raised from {} days, so that stages do not flap", self.by_gaps)
        } else {
            String::new()
        };
        let rhythm = self.ladder.thresholds().into_iter().find(|(threshold, _)| *threshold == Threshold::CoolsRhythm);
        let rhythm = thousandths(rhythm.map_or(0, |(_, rhythm)| rhythm));
        let mut lines = vec!["[relationship]".to_owned()];
        lines.push(format!("# half of the {} gaps between two days of a customer are no longer", gaps.gaps.len()));
        lines.push(format!("pace  = \"{}d\"", self.pace));
        lines.push(format!("# `after`: 95 of 100 of these gaps are no longer{raised}"));
        lines.push(if self.rhythm.is_some() {
            format!("# `rhythm`: where the mean gap is {} days or more, 95 of 100 gaps are no longer than {rhythm} times it", self.pace)
        } else {
            "# `rhythm`: too few gaps say something of it, so it stays".to_owned()
        });
        lines.push(format!("cools = {{ after = \"{}d\", rhythm = {rhythm} }}", self.after));
        let known_for = self.known_for.iter().zip(days_needed(&self.ladder));
        for (rung, (known_for, days)) in self.ladder.rungs().iter().zip(known_for) {
            lines.push(String::new());
            lines.push("[[stages]]".to_owned());
            lines.push(format!("name  = \"{}\"", rung.name));
            if days > 1 {
                let reached = gaps.until(days).len();
                let far = format!("{reached} of {} who came again had {days} active days", gaps.again());
                lines.push(match known_for {
                    Some(quarter) => format!("# {far}, a quarter of them within {quarter} days."),
                    None => format!("# {far}: too few to say how long that takes, so it stays."),
                });
            }
            lines.extend(needs(rung));
        }
        lines.join("\n") + "\n"
    }
}

impl Trial {
    /// How steady the stages of customers are, from their first day until `last`.
    fn steady(&self, customers: &[&[Row]], last: Day) -> Result<Steady, Failure> {
        let all = self.each(customers, |rows| {
            let turns = self.turns(rows, last)?;
            let gap = median_gap(rows).unwrap_or(0);
            let apart = turns.iter().zip(turns.iter().skip(1)).map(|(one, next)| next.days_since(*one));
            Some(apart.min().is_none_or(|least| least >= gap))
        })?;
        let rose = all.iter().flatten();
        Ok(Steady { rose: rose.clone().count(), keep: rose.filter(|keeps| **keeps).count() })
    }
}

impl Steady {
    /// Whether 95 in a hundred keep to the bound.
    const fn is_enough(self) -> bool {
        self.keep * 100 >= self.rose * 95
    }
}

/// The halves are always the same for the same customers.
fn is_fitted(rows: &[Row]) -> bool {
    let byte = rows.first().and_then(|row| row.customer.as_bytes().first().copied());
    byte.is_some_and(|byte| byte % 2 == 0)
}

/// For each stage the active days that it and all lower ones need.
fn days_needed(ladder: &Ladder) -> impl Iterator<Item = u32> {
    ladder.rungs().iter().scan(0, |most, rung| {
        *most = rung.needs.active_days.max(*most);
        Some(*most)
    })
}

/// The ladder with other times.
fn with(
    ladder: &Ladder,
    pace: u32,
    after: u32,
    rhythm: Option<u64>,
    known_for: &[Option<u32>],
) -> Result<Ladder, Failure> {
    let times = [
        (Threshold::Pace, Some(pace.into())),
        (Threshold::CoolsAfter, Some(after.into())),
        (Threshold::CoolsRhythm, rhythm),
    ];
    let stages = (0..).zip(known_for).skip(1);
    let stages = stages.map(|(level, days)| (Threshold::KnownFor(Stage::at(level)), days.map(u64::from)));
    let mut next = ladder.clone();
    for (threshold, value) in times.into_iter().chain(stages) {
        if let Some(value) = value {
            next =
                next.with(&threshold, value).map_err(|cause| Failure::caused("these times make no ladder", cause))?;
        }
    }
    Ok(next)
}

/// What a stage needs, as a policy says it; nothing for the lowest.
fn needs(rung: &Rung) -> Option<String> {
    let days = (rung.needs.known_for > 0).then(|| format!("known_for = \"{}d\"", rung.needs.known_for));
    let active = (rung.needs.active_days > 0).then(|| format!("active_days = {}", rung.needs.active_days));
    let counts = rung.needs.counts.iter().map(|(event, times)| format!("{event} = {times}"));
    let all: Vec<String> = days.into_iter().chain(active).chain(counts).collect();
    (!all.is_empty()).then(|| format!("needs = {{ {} }}", all.join(", ")))
}

/// A number of thousandths with its point, as in `3.0`.
fn thousandths(number: u64) -> String {
    format!("{:?}", number as f64 / 1000.0)
}

/// Fewer say nothing of all others.
const ENOUGH: usize = 100;

/// A history should be so many times as long as the gaps that are looked for in it.
const SPAN: u32 = 4;
