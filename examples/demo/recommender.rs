//! The recommender: what is bought together, counted once at the start.
//!
//! Two products are as alike as the customers who bought both are many, divided by the geometric mean of those who
//! bought either (the cosine of the two columns). It knows nothing of stages and consent: it answers as well as it can.

use std::collections::{BTreeMap, BTreeSet};

use crate::{catalogue::Catalogue, crowd};

/// Likeness of every two products, and how often each was bought.
pub(crate) struct Recommender {
    /// For each product its neighbours, most alike first.
    neighbours: Vec<Vec<(usize, f64)>>,
    /// All products, most bought first.
    popular: Vec<(usize, f64)>,
}

/// One product for somebody, and the one of theirs that speaks for it most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Match {
    pub(crate) place: usize,
    pub(crate) because_of: usize,
    /// Between 0 and 1.
    pub(crate) score: f64,
}

impl Recommender {
    pub(crate) fn learn(catalogue: &Catalogue) -> Self {
        let baskets = crowd::baskets(catalogue);
        let mut bought = vec![0_u32; catalogue.len()];
        let mut together: BTreeMap<(usize, usize), u32> = BTreeMap::new();
        for basket in &baskets {
            for &one in basket {
                bought.get_mut(one).into_iter().for_each(|times| *times += 1);
                for &other in basket.iter().filter(|&&other| other != one) {
                    *together.entry((one, other)).or_default() += 1;
                }
            }
        }
        let times = |place: usize| f64::from(bought.get(place).copied().unwrap_or(0).max(1));
        let mut neighbours = vec![Vec::new(); catalogue.len()];
        for ((one, other), both) in together.into_iter().filter(|(_, both)| *both > 1) {
            let likeness = f64::from(both) / (times(one) * times(other)).sqrt();
            neighbours.get_mut(one).into_iter().for_each(|list: &mut Vec<_>| list.push((other, likeness)));
        }
        neighbours.iter_mut().for_each(|list| best_first(list));
        let most = f64::from(bought.iter().copied().max().unwrap_or(1));
        let mut popular: Vec<_> = (0..catalogue.len()).map(|place| (place, times(place) / most)).collect();
        best_first(&mut popular);
        Self { neighbours, popular }
    }

    /// What goes with some products, best first, without those themselves. The weights are between 0 and 1.
    pub(crate) fn goes_with(&self, theirs: &BTreeMap<usize, f64>) -> Vec<Match> {
        let mut found: BTreeMap<usize, Match> = BTreeMap::new();
        let mut strongest: BTreeMap<usize, f64> = BTreeMap::new();
        for (&because_of, &weight) in theirs {
            for &(place, likeness) in self.neighbours.get(because_of).into_iter().flatten() {
                if theirs.contains_key(&place) {
                    continue;
                }
                let says = (likeness * 2.0).min(0.96) * weight;
                let seen = found.entry(place).or_insert(Match { place, because_of, score: 0.0 });
                // Several weak voices make a strong one, and never more than certainty.
                seen.score = 1.0 - (1.0 - seen.score) * (1.0 - says);
                let loudest = strongest.entry(place).or_default();
                if says > *loudest {
                    (*loudest, seen.because_of) = (says, because_of);
                }
            }
        }
        let mut matches: Vec<_> = found.into_values().collect();
        matches.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.place.cmp(&other.place)));
        matches
    }

    /// What everybody buys, with how often in relation to the most bought.
    pub(crate) fn popular(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.popular.iter().copied()
    }

    /// What is bought most among some products.
    pub(crate) fn most_bought(&self, among: &BTreeSet<usize>) -> Vec<(usize, f64)> {
        self.popular().filter(|(place, _)| among.contains(place)).collect()
    }
}

fn best_first(list: &mut [(usize, f64)]) {
    list.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
}
