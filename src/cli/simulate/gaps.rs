//! How often customers come: what the days of a history say before any ladder looks at them.

use tower_rapport::relationship::Day;

use crate::cli::import::rows::Row;

/// The days of some customers.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    pub(super) customers: usize,
    /// Those who came on one day only.
    pub(super) once: usize,
    /// The days between two active days of one customer, of all of them, in order. A silence that has not ended is none.
    pub(super) gaps: Vec<u32>,
    /// The days on which each customer came, counted from the first.
    days: Vec<Vec<u32>>,
}

impl Gaps {
    /// The days of these customers.
    pub(super) fn of<'a>(customers: impl IntoIterator<Item = &'a [Row]>) -> Self {
        let days: Vec<Vec<u32>> = customers.into_iter().map(days).collect();
        let once = days.iter().filter(|days| days.len() == 1).count();
        let mut gaps: Vec<u32> = days.iter().flat_map(|days| between(days)).collect();
        gaps.sort_unstable();
        Self { customers: days.len(), once, gaps, days }
    }

    /// Those who came on more than one day.
    pub(super) const fn again(&self) -> usize {
        self.customers - self.once
    }

    /// How many gaps are not longer than some days.
    pub(super) fn within(&self, days: u32) -> usize {
        self.gaps.partition_point(|gap| *gap <= days)
    }

    /// The days from the first to the `nth` active day, of all who got that far, in order.
    pub(super) fn until(&self, nth: u32) -> Vec<u32> {
        let place = nth.saturating_sub(1) as usize;
        let mut days: Vec<u32> = self.days.iter().filter_map(|days| days.get(place)).copied().collect();
        days.sort_unstable();
        days
    }

    /// Each gap in thousandths of the same customer's mean gap before it, in order; of customers whose mean gap was then as
    /// long as `least`, or longer.
    pub(super) fn rhythms(&self, least: u32) -> Vec<u64> {
        let of_one = |days: &Vec<u32>| {
            let gaps = (1_u64..).zip(days.windows(2).skip(1)).filter_map(|(before, pair)| {
                let (last, next) = (u64::from(*pair.first()?), u64::from(*pair.last()?));
                // The mean before it is last ÷ before.
                (last >= u64::from(least) * before).then(|| (next - last) * before * 1000 / last.max(1))
            });
            gaps.collect::<Vec<_>>()
        };
        let mut rhythms: Vec<u64> = self.days.iter().flat_map(of_one).collect();
        rhythms.sort_unstable();
        rhythms
    }
}

/// The least value that so many in a hundred are not above; nothing of nothing. The values are in order.
pub(super) fn percentile<T: Copy>(values: &[T], percent: usize) -> Option<T> {
    values.get((values.len() * percent).div_ceil(100).saturating_sub(1)).copied()
}

/// A customer's own median gap; nothing of somebody who came on one day.
pub(super) fn median_gap(rows: &[Row]) -> Option<u32> {
    let mut gaps: Vec<u32> = between(&days(rows)).collect();
    gaps.sort_unstable();
    percentile(&gaps, 50)
}

/// The days on which a customer came, counted from the first.
fn days(rows: &[Row]) -> Vec<u32> {
    let first = rows.first().map(Row::day);
    let since = |day: Day| first.map_or(0, |first| day.days_since(first));
    let mut days: Vec<u32> = rows.iter().map(|row| since(row.day())).collect();
    days.dedup();
    days
}

fn between(days: &[u32]) -> impl Iterator<Item = u32> {
    days.iter().zip(days.iter().skip(1)).map(|(one, next)| next - one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(days: &[&[u32]]) -> Gaps {
        let days: Vec<Vec<u32>> = days.iter().map(|days| days.to_vec()).collect();
        let mut gaps: Vec<u32> = days.iter().flat_map(|days| between(days)).collect();
        gaps.sort_unstable();
        Gaps { customers: days.len(), once: 0, gaps, days }
    }

    #[test]
    fn a_percentile_is_a_value_that_there_is() {
        let hundred: Vec<u32> = (1..=100).collect();
        assert_eq!(
            [1, 50, 95, 100].map(|percent| percentile(&hundred, percent)),
            [Some(1), Some(50), Some(95), Some(100)]
        );
        assert_eq!(
            (percentile(&[7], 50), percentile(&[7, 9], 50), percentile(&[7, 9], 51)),
            (Some(7), Some(7), Some(9))
        );
        assert_eq!(percentile::<u32>(&[], 50), None);
    }

    #[test]
    fn a_rhythm_is_a_gap_over_the_mean_of_those_before_it() {
        // After gaps of 10 and 20 one of 30: 20 ÷ 10, then 30 ÷ 15.
        let all = gaps(&[&[0, 10, 30, 60], &[0, 4, 6]]);
        assert_eq!(all.rhythms(0), [500, 2000, 2000]);
        assert_eq!(all.rhythms(11), [2000], "the mean was 15 then");
        assert_eq!((all.until(3), all.within(10)), (vec![6, 30], 3));
    }
}
