//! Whether the ladder treats groups of customers alike.
//!
//! The measure is the four-fifths rule of the Uniform Guidelines on Employee Selection Procedures (29 CFR 1607.4 D), made for
//! hiring and since used for selections of all kinds: a rate below four fifths of another's is a reason to look closer, no
//! proof. There a group is compared with the one of the highest rate, here with all other customers together.

use serde_json::{Map, Value, json};
use tower_rapport::relationship::Ladder;

use super::{
    figures::{at_or_above, names, share},
    trial::Course,
};
use crate::cli::import::rows::Row;

/// The groups that a column makes of customers.
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) column: String,
    /// The largest first.
    pub(super) groups: Vec<Group>,
}

/// The customers of one value.
#[derive(Debug)]
pub(super) struct Group {
    /// None for those of whom the column says nothing.
    pub(super) value: Option<String>,
    pub(super) customers: usize,
    /// For each stage above the lowest, how many stand at it or above.
    pub(super) at_or_above: Vec<usize>,
    /// The rate of each of these, over the rate of all other customers; none where that is none.
    pub(super) ratios: Vec<Option<f64>>,
    /// How unequal the stages are within the group: 0 where all stand alike, towards 1 where few stand high.
    pub(super) gini: f64,
}

impl Groups {
    /// Groups customers by the earliest of their rows that says something. `values` are what the column can say.
    pub(super) fn of(
        column: &str,
        values: &[String],
        customers: &[&[Row]],
        courses: &[Course],
        ladder: &Ladder,
    ) -> Self {
        let stages = usize::from(ladder.len());
        let mut counts = vec![vec![0_usize; stages]; values.len() + 1];
        let mut all = vec![0_usize; stages];
        for (rows, course) in customers.iter().zip(courses) {
            let group = rows.iter().filter_map(Row::group).next().map_or(0, |value| value + 1);
            let level = usize::from(course.now().level());
            let of_group = counts.get_mut(group).and_then(|counts| counts.get_mut(level));
            of_group.into_iter().chain(all.get_mut(level)).for_each(|count| *count += 1);
        }
        let values = [None].into_iter().chain(values.iter().cloned().map(Some));
        let groups = values.zip(&counts).map(|(value, counts)| Group::of(value, counts, &all));
        let mut groups: Vec<Group> = groups.filter(|group| group.customers > 0).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.customers));
        Self { column: column.to_owned(), groups }
    }

    /// As JSON.
    pub(super) fn json(&self, ladder: &Ladder) -> Value {
        let groups = self.groups.iter().map(|group| {
            let stages = names(ladder).skip(1).zip(group.at_or_above.iter().zip(&group.ratios));
            let stages = stages.map(|(name, (count, ratio))| {
                let share = *count as f64 / group.customers as f64;
                (name.to_owned(), json!({ "customers": count, "share": share, "ratio": ratio }))
            });
            json!({
                "value": group.value,
                "customers": group.customers,
                "at_or_above": stages.collect::<Map<_, _>>(),
                "gini": group.gini,
                "flagged": group.is_flagged(),
            })
        });
        json!({ "by": self.column, "groups": groups.collect::<Vec<_>>() })
    }

    /// As a table for a terminal.
    pub(super) fn table(&self, ladder: &Ladder) -> String {
        let widths = self.groups.iter().map(|group| group.name().chars().count());
        let first = widths.max().unwrap_or(0).max(self.column.chars().count());
        let widest = names(ladder).map(str::len).max().unwrap_or(0).max("100.0 %  1.00!".len());
        let row = |name: &str, customers: &str, cells: &mut dyn Iterator<Item = String>, gini: &str| {
            let cells: String = cells.map(|cell| format!("  {cell:>widest$}")).collect();
            format!("{name:first$}  {customers:>9}{cells}  {gini:>5}")
        };
        let mut lines = vec!["customers at each stage or above, and their rate over that of all others".to_owned()];
        lines.push(row(&self.column, "customers", &mut names(ladder).skip(1).map(str::to_owned), "gini"));
        lines.extend(self.groups.iter().map(|group| {
            let mut cells = group.at_or_above.iter().zip(&group.ratios).map(|(count, ratio)| {
                let mark = if group.is_low(*ratio) { '!' } else { ' ' };
                let ratio = ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
                format!("{}  {ratio:>4}{mark}", share(*count, group.customers))
            });
            row(&group.name(), &group.customers.to_string(), &mut cells, &format!("{:.3}", group.gini))
        }));
        if self.groups.iter().any(Group::is_flagged) {
            lines.push(format!("! {SAYS}"));
        }
        lines.join("\n") + "\n"
    }
}

impl Group {
    fn of(value: Option<String>, counts: &[usize], all: &[usize]) -> Self {
        let (customers, everybody) = (counts.iter().sum::<usize>(), all.iter().sum::<usize>());
        let at = at_or_above(counts);
        let ratio = |(own, all): (&usize, usize)| {
            let (rest, of_rest) = (all - own, everybody - customers);
            // own ÷ customers over rest ÷ of_rest
            let rate = (*own as f64 * of_rest as f64) / (rest as f64 * customers as f64);
            (rest > 0 && customers > 0).then_some(rate)
        };
        let ratios = at.iter().zip(at_or_above(all)).map(ratio).collect();
        Self { value, customers, at_or_above: at, ratios, gini: gini(counts) }
    }

    /// What it is called, fit for a terminal: a file may hold anything.
    pub(super) fn name(&self) -> String {
        let value = self.value.as_deref().map(|value| value.replace(char::is_control, "\u{fffd}"));
        value.unwrap_or_else(|| "(says nothing)".to_owned())
    }

    /// Whether a closer look is due at some stage.
    pub(super) fn is_flagged(&self) -> bool {
        self.ratios.iter().any(|ratio| self.is_low(*ratio))
    }

    /// Whether a closer look is due at the stage of this ratio.
    pub(super) fn is_low(&self, ratio: Option<f64>) -> bool {
        self.customers >= ENOUGH && ratio.is_some_and(|ratio| ratio < FOUR_FIFTHS)
    }
}

/// The Gini coefficient of the heights of stages, the lowest being 0: all pairs' differences over those of the most unequal.
fn gini(counts: &[usize]) -> f64 {
    let levels = || counts.iter().map(|count| *count as f64).zip(0_u32..);
    let pairs = |(one, at): (f64, u32)| {
        levels().skip(at as usize).map(move |(other, above)| one * other * f64::from(above - at)).sum::<f64>()
    };
    let differences: f64 = levels().map(pairs).sum();
    let (customers, sum) =
        levels().fold((0.0, 0.0), |(all, sum), (count, at)| (all + count, sum + count * f64::from(at)));
    if sum > 0.0 { differences / (customers * sum) } else { 0.0 }
}

/// What a mark means.
pub(super) const SAYS: &str =
    "less than four fifths of the rate of all others (29 CFR 1607.4 D): a reason to look closer, no proof";

const FOUR_FIFTHS: f64 = 0.8;

/// In smaller groups one customer makes the difference.
const ENOUGH: usize = 30;
