//! How many values each rule has met.

use crate::shaping::json::{
    buffer::empty,
    sets::{Known, Set, automaton::State},
};

/// Counts values by the sets that lead to them, and by node beyond the sets that were worked out.
#[derive(Debug, Default)]
pub(in crate::shaping::json) struct Met {
    counts: Vec<u64>,
    /// How many of the counts are those of sets.
    sets: usize,
    /// The same in an item of which it is not known yet whether it is shown, and which of them are not 0.
    tried: Vec<u64>,
    touched: Vec<usize>,
    is_trying: bool,
}

impl Met {
    /// Another body begins, by a plan with so many sets.
    pub(in crate::shaping::json) fn begin(&mut self, sets: usize) {
        self.counts.resize(sets, 0);
        self.sets = sets;
    }

    /// Forgets all.
    pub(in crate::shaping::json) fn forget(&mut self) {
        empty(&mut self.counts);
        empty(&mut self.tried);
        empty(&mut self.touched);
        self.is_trying = false;
    }

    /// Counts a value.
    pub(in crate::shaping::json) fn count(&mut self, set: Set, states: &[State]) {
        match set {
            Set::Known(known) => self.add(known, 0),
            Set::Listed(..) => states.iter().for_each(|state| self.add(*state, self.sets)),
        }
    }

    /// Counts a value to which a set leads that was worked out.
    #[inline]
    pub(in crate::shaping::json) fn count_known(&mut self, set: Known) {
        self.add(set, 0);
    }

    /// From here on it is not known whether what is counted counts.
    pub(in crate::shaping::json) fn try_out(&mut self) {
        self.is_trying = true;
    }

    /// Keeps or forgets what was counted since.
    pub(in crate::shaping::json) fn decide(&mut self, is_shown: bool) {
        self.is_trying = false;
        for at in self.touched.drain(..) {
            let tried = self.tried.get_mut(at).map(std::mem::take).unwrap_or_default();
            if is_shown {
                add(&mut self.counts, at, tried);
            }
        }
    }

    pub(in crate::shaping::json) fn of_set(&self, set: Known) -> u64 {
        self.at(set, 0)
    }

    pub(in crate::shaping::json) fn of_state(&self, state: State) -> u64 {
        self.at(state, self.sets)
    }

    fn at(&self, number: u32, behind: usize) -> u64 {
        let at = usize::try_from(number).ok().and_then(|number| number.checked_add(behind));
        at.and_then(|at| self.counts.get(at)).copied().unwrap_or(0)
    }

    #[inline]
    fn add(&mut self, number: u32, behind: usize) {
        let Some(at) = usize::try_from(number).ok().and_then(|number| number.checked_add(behind)) else { return };
        if !self.is_trying {
            add(&mut self.counts, at, 1);
        } else if add(&mut self.tried, at, 1) == 1 {
            self.touched.push(at);
        }
    }
}

/// Adds to one of some counts; returns what it is then.
#[inline]
fn add(counts: &mut Vec<u64>, at: usize, more: u64) -> u64 {
    match counts.get_mut(at) {
        Some(count) => {
            *count = count.saturating_add(more);
            *count
        }
        None => add_first(counts, at, more),
    }
}

#[cold]
fn add_first(counts: &mut Vec<u64>, at: usize, more: u64) -> u64 {
    counts.resize(at, 0);
    counts.push(more);
    more
}
