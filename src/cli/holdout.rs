//! `rapport holdout`: whether those who are held out buy less, or whatever the outcome is.
//!
//! Every customer of the history is compared by the group that the customer is in, whatever became of the stage: whoever looked
//! only at those who look profitable would find what they looked for.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use tower_rapport::relationship::Day;

use super::{
    Failure,
    import::{rows::Row, source::Source, telling},
    moment::moment,
    policy,
};

/// What `holdout` is told.
#[derive(Args, Debug)]
pub(crate) struct Holdout {
    /// The policy
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    #[command(flatten)]
    source: Source,
    /// Since when customers have been held out; what was before shows whether the groups are alike
    #[arg(long, value_name = "DATE", value_parser = moment)]
    since: Timestamp,
    /// Prints the figures as JSON
    #[arg(long)]
    json: bool,
}

impl Holdout {
    /// Compares the groups and prints what can be said.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let policy = policy(&self.config)?;
        let set = policy.holdout().filter(|set| set.share > 0);
        let set = set.ok_or_else(|| Failure::new("the policy holds nobody out; write `[holdout]` with a `share`"))?;
        let outcome = set.outcome.as_ref().ok_or_else(|| {
            Failure::new("the policy does not say what is compared; write `outcome = \"purchase\"` into `[holdout]`")
        })?;
        let telling = telling(&policy)?;
        let rows = self.source.read(&policy, &telling.events, None)?;
        let since = Day::of(self.since);
        if let Some(last) = rows.sorted.iter().map(Row::day).max().filter(|last| *last < since) {
            return Err(Failure::new(format!(
                "nothing has happened since {since}: the last event is of {last}; name with `--since` the day on which the holdout \
                 began, and a file that goes on after it"
            )));
        }
        let is_outcome = |row: &Row| telling.events.get(usize::from(row.event)) == Some(outcome);
        let (mut held, mut free) = (Group::default(), Group::default());
        for rows in rows.sorted.chunk_by(|one, other| one.customer == other.customer) {
            let Some(first) = rows.first() else { continue };
            let group = if policy.held_out(first.customer).is_some() { &mut held } else { &mut free };
            group.customers += 1;
            group.since += u64::from(rows.iter().any(|row| row.day() >= since && is_outcome(row)));
            group.before += u64::from(rows.iter().any(|row| row.day() < since && is_outcome(row)));
        }
        let compared = Compared { outcome: outcome.as_str(), share: f64::from(set.share) / 1000.0, held, free };
        if self.json { say!("{}\n", compared.json()) } else { say!("{}", compared.told()) }
    }
}

/// The customers of one group.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    customers: u64,
    /// Those with the outcome since the holdout began.
    since: u64,
    /// Those with the outcome before.
    before: u64,
}

/// Two groups, side by side.
struct Compared<'a> {
    outcome: &'a str,
    /// The share that the policy holds out.
    share: f64,
    held: Group,
    free: Group,
}

impl Compared<'_> {
    /// The rate of the free, less that of the held, with its interval.
    fn difference(&self, of: impl Fn(&Group) -> u64) -> Option<Difference> {
        difference((of(&self.free), self.free.customers), (of(&self.held), self.held.customers))
    }

    /// How far the share of the held is from that of the policy, in standard deviations.
    fn strays(&self) -> f64 {
        let all = (self.held.customers + self.free.customers) as f64;
        (self.held.customers as f64 - all * self.share) / (all * self.share * (1.0 - self.share)).sqrt()
    }

    /// Why the groups cannot be compared, if they cannot.
    fn unlike(&self) -> Option<String> {
        let strays = self.strays();
        if self.held.customers.min(self.free.customers) < ENOUGH {
            return Some(format!("fewer than {ENOUGH} customers in a group say nothing"));
        }
        if strays.abs() > FAR {
            let (share, all) = (self.share * 100.0, self.held.customers + self.free.customers);
            return Some(format!(
                "{} of {all} customers are held out where {share:.1} % should be: some are missing from one group, or the share or \
                 the secret was changed",
                self.held.customers
            ));
        }
        let before = self.difference(|group| group.before)?;
        before.is_significant().then(|| {
            format!(
                "they differed before already, by {} of `{}`: the groups are not alike",
                before.told(),
                self.outcome
            )
        })
    }

    fn json(&self) -> Value {
        let group =
            |group: &Group| json!({ "customers": group.customers, "since": group.since, "before": group.before });
        let difference = self.difference(|group| group.since);
        json!({
            "outcome": self.outcome,
            "held": group(&self.held),
            "free": group(&self.free),
            "difference": difference.map(|it| it.rate),
            "interval": difference.map(|it| [it.low, it.high]),
            "significant": difference.is_some_and(|it| it.is_significant()),
            "not_comparable": self.unlike(),
        })
    }

    fn told(&self) -> String {
        let mut lines = vec![format!("{:5}  {:>9}  with `{}` since then", "", "customers", self.outcome)];
        for (name, group) in [("held", &self.held), ("free", &self.free)] {
            let rate = 100.0 * group.since as f64 / group.customers.max(1) as f64;
            lines.push(format!("{name:5}  {:>9}  {:>9}  {rate:.2} %", group.customers, group.since));
        }
        lines.push(String::new());
        if let Some(why) = self.unlike() {
            lines.push(format!("not comparable: {why}"));
        } else if let Some(difference) = self.difference(|group| group.since) {
            lines.push(format!("the free have it {}", difference.told()));
            lines.push(if difference.is_significant() {
                "that is more than chance explains, at 95 %".to_owned()
            } else {
                let least = 100.0 * (difference.high - difference.low) / 2.0;
                format!("that is not significant: with so few, less than {least:.2} points cannot be told from chance")
            });
        }
        lines.join("\n") + "\n"
    }
}

/// The difference of two rates, and between what it lies with a certainty of 95 %.
#[derive(Clone, Copy, Debug)]
struct Difference {
    rate: f64,
    low: f64,
    high: f64,
}

impl Difference {
    fn is_significant(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }

    fn told(&self) -> String {
        let often = if self.rate < 0.0 { "less" } else { "more" };
        let [rate, low, high] = [self.rate.abs(), self.low, self.high].map(|rate| 100.0 * rate);
        format!("{rate:.2} points {often} often (95 %: {low:+.2} to {high:+.2})")
    }
}

/// The difference of the rates of two groups, by Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, method 10);
/// none where a group is empty.
fn difference((one, of_one): (u64, u64), (other, of_other): (u64, u64)) -> Option<Difference> {
    if of_one == 0 || of_other == 0 {
        return None;
    }
    let (p1, p2) = (one as f64 / of_one as f64, other as f64 / of_other as f64);
    let ((l1, u1), (l2, u2)) = (wilson(p1, of_one as f64), wilson(p2, of_other as f64));
    let rate = p1 - p2;
    let low = rate - ((p1 - l1).powi(2) + (u2 - p2).powi(2)).sqrt();
    let high = rate + ((u1 - p1).powi(2) + (p2 - l2).powi(2)).sqrt();
    Some(Difference { rate, low, high })
}

/// Wilson's score interval of a rate, at 95 %.
fn wilson(rate: f64, of: f64) -> (f64, f64) {
    let z2 = Z * Z;
    let middle = rate + z2 / (2.0 * of);
    let half = Z * (rate * (1.0 - rate) / of + z2 / (4.0 * of * of)).sqrt();
    ((middle - half) / (1.0 + z2 / of), (middle + half) / (1.0 + z2 / of))
}

/// The quantile of the normal distribution for 95 %.
const Z: f64 = 1.959_964;

/// In so many standard deviations chance leads once in a thousand times.
const FAR: f64 = 3.29;

const ENOUGH: u64 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of Newcombe's paper, table II, method 10.
    #[test]
    fn intervals_are_those_of_the_paper() {
        for ((one, of_one), (other, of_other), (low, high)) in [
            ((56, 70), (48, 80), (0.0524, 0.3339)),
            ((9, 10), (3, 10), (0.1705, 0.8090)),
            ((10, 10), (0, 20), (0.6791, 1.0)),
            ((0, 10), (0, 20), (-0.1611, 0.2775)),
        ] {
            let difference = difference((one, of_one), (other, of_other)).unwrap();
            assert!((difference.low - low).abs() < 0.000_1, "{one}/{of_one}: {difference:?}");
            assert!((difference.high - high).abs() < 0.000_1, "{one}/{of_one}: {difference:?}");
        }
        assert!(difference((1, 0), (1, 2)).is_none());
    }

    fn compared(held: (u64, u64, u64), free: (u64, u64, u64)) -> Compared<'static> {
        let group = |(customers, since, before)| Group { customers, since, before };
        Compared { outcome: "purchase", share: 0.1, held: group(held), free: group(free) }
    }

    #[test]
    fn what_can_be_said_is_said_and_no_more() {
        let told = compared((1_000, 100, 50), (9_000, 1_400, 450)).told();
        assert!(told.contains("more than chance explains"), "{told}");
        assert!(told.contains("the free have it 5.56 points more often (95 %: +3."), "{told}");
        let told = compared((1_000, 150, 50), (9_000, 1_400, 450)).told();
        assert!(told.contains("not significant"), "{told}");
        let told = compared((1_000, 200, 50), (9_000, 1_400, 450)).told();
        assert!(told.contains("the free have it 4.44 points less often (95 %: -7."), "{told}");
        let told = compared((1_000, 100, 200), (9_000, 1_400, 450)).told();
        assert!(told.contains("not comparable: they differed before already"), "{told}");
        let told = compared((500, 50, 25), (9_500, 1_400, 450)).told();
        assert!(told.contains("not comparable: 500 of 10000 customers are held out where 10.0 %"), "{told}");
        let told = compared((9, 2, 0), (91, 12, 0)).told();
        assert!(told.contains("fewer than 30"), "{told}");
    }
}
