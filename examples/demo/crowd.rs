//! The order history of everybody else: four hundred customers with tastes of their own.

use std::collections::BTreeSet;

use crate::{
    catalogue::{Catalogue, DEPARTMENTS},
    dice::Dice,
};

/// What each of the other customers has ever bought, by place in the catalogue.
pub(crate) fn baskets(catalogue: &Catalogue) -> Vec<BTreeSet<usize>> {
    let mut dice = Dice::new(SEED);
    (0..CUSTOMERS).map(|_| lifetime(catalogue, &mut dice)).collect()
}

/// One customer's purchases: two to four favourite departments, mostly one maker in each, and now and then anything.
fn lifetime(catalogue: &Catalogue, dice: &mut Dice) -> BTreeSet<usize> {
    let favourites: Vec<_> = (0..2 + dice.below(3)).filter_map(|_| favourite(dice)).collect();
    let mut bought = BTreeSet::new();
    for _ in 0..4 + dice.below(12) {
        let any = dice.below(10) == 0;
        let place = match dice.one_of(&favourites) {
            Some((department, maker)) if !any => {
                let loyal = dice.below(4) > 0;
                let on_the_shelf: Vec<_> = catalogue
                    .within(department)
                    .filter(|place| !loyal || catalogue.at(*place).is_some_and(|product| product.maker == *maker))
                    .collect();
                dice.one_of(&on_the_shelf).copied()
            }
            _ => Some(dice.below(catalogue.len())),
        };
        bought.extend(place);
    }
    bought
}

fn favourite(dice: &mut Dice) -> Option<(&'static str, usize)> {
    let department = dice.one_of(&DEPARTMENTS)?;
    Some((department.name, dice.below(3)))
}

const CUSTOMERS: usize = 420;
const SEED: u64 = 1962;
