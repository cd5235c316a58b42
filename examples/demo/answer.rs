//! The recommender's answer: everything that is known about somebody, said at once.
//!
//! Each sentence stands under the class of data that it speaks from (`why.observed`, `why.third_party`, …), so that a
//! policy can treat them apart.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use crate::{
    catalogue::Product,
    people::Occasion,
    shop::{File, Shop},
};

/// What `GET /recommendations` says.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    greeting: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<About>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moment: Option<Moment>,
    items: Vec<Item>,
}

/// What the shop knows about the person.
#[derive(Debug, Serialize)]
struct About {
    first_name: String,
    home: [f64; 2],
    last_order: Option<Date>,
    spent: f64,
    segments: Vec<&'static str>,
}

/// What concerns nobody but the person.
#[derive(Debug, Serialize)]
struct Moment {
    event: &'static str,
    line: &'static str,
    titles: Vec<String>,
}

/// One recommended product.
#[derive(Debug, Serialize)]
struct Item {
    id: String,
    title: String,
    category: [&'static str; 1],
    price: f64,
    basis: &'static str,
    why: BTreeMap<&'static str, String>,
    score: f64,
}

/// The answer for somebody, or for nobody in particular.
pub(crate) fn answer(shop: &Shop, file: Option<&File>) -> Answer {
    let Some(file) = file else {
        return Answer {
            greeting: "What people like this season".to_owned(),
            customer: None,
            moment: None,
            items: best(popular(shop), &BTreeSet::new(), LENGTH),
        };
    };
    let mut taken: BTreeSet<String> = file.orders.iter().filter_map(|(place, _)| product_id(shop, *place)).collect();
    let mut items = Vec::new();
    for (candidates, at_most) in [
        (wished(shop, file), 2),
        (observed(shop, file), 5),
        (inferred(shop, file), 2),
        (third_party(shop, file), if file.orders.is_empty() { 4 } else { 1 }),
        (sensitive(shop, file), 1),
        (popular(shop), LENGTH),
    ] {
        let chosen = best(candidates, &taken, at_most.min(LENGTH - items.len()));
        taken.extend(chosen.iter().map(|item| item.id.clone()));
        items.extend(chosen);
    }
    items.sort_by(|one, other| other.score.total_cmp(&one.score));
    Answer { greeting: greeting(shop, file), customer: Some(about(shop, file)), moment: moment(shop, file), items }
}

/// A day as people say it.
pub(crate) fn spoken(day: Date) -> String {
    day.strftime("%-d %B").to_string()
}

fn greeting(shop: &Shop, file: &File) -> String {
    let name = &file.person.first_name;
    match file.last_order().and_then(|(place, day)| Some((shop.catalogue.at(place)?, day))) {
        Some((product, day)) => {
            format!("Hello {name}, how do you like the {} from {}?", product.title, spoken(day))
        }
        None => format!("Hello {name}, we have been expecting you"),
    }
}

fn about(shop: &Shop, file: &File) -> About {
    let prices = file.orders.iter().filter_map(|(place, _)| shop.catalogue.at(*place)).map(|product| product.price);
    About {
        first_name: file.person.first_name.clone(),
        home: file.person.home,
        last_order: file.last_order().map(|(_, day)| day),
        spent: (prices.sum::<f64>() * 100.0).round() / 100.0,
        segments: file.person.profile.segments.to_vec(),
    }
}

fn moment(shop: &Shop, file: &File) -> Option<Moment> {
    let occasion = file.person.profile.moment.as_ref()?;
    let best = most_bought(shop, occasion.department);
    let titles = best.take(3).map(|(product, _)| product.title.clone()).collect();
    Some(Moment { event: occasion.event, line: occasion.line, titles })
}

fn wished(shop: &Shop, file: &File) -> Vec<Item> {
    let wishes = file.wishes.iter().rev().filter_map(|(place, day)| Some((shop.catalogue.at(*place)?, *day)));
    let said = |(product, day)| item(product, "provided", format!("On your wish list since {}", spoken(day)), 0.9482);
    wishes.map(said).collect()
}

fn observed(shop: &Shop, file: &File) -> Vec<Item> {
    let matches = shop.recommender.goes_with(&file.theirs());
    let said = |found: crate::recommender::Match| {
        let (product, cause) = (shop.catalogue.at(found.place)?, shop.catalogue.at(found.because_of)?);
        let line = match (file.bought_on(found.because_of), file.looked_on(found.because_of)) {
            (Some(day), _) => format!("Because you bought the {} on {}", cause.title, spoken(day)),
            (None, Some(day)) => format!("Because you looked at the {} on {}", cause.title, spoken(day)),
            (None, None) => return None,
        };
        (!product.department.sensitive).then(|| item(product, "observed", line, found.score))
    };
    matches.into_iter().filter_map(said).collect()
}

/// From the department that the person bought most in, what goes on there.
fn inferred(shop: &Shop, file: &File) -> Vec<Item> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, _) in &file.orders {
        let department = shop.catalogue.at(*place).map(|product| product.department);
        for open in department.into_iter().filter(|department| !department.sensitive) {
            *counts.entry(open.name).or_default() += 1;
        }
    }
    let mut favourites: Vec<_> = counts.into_iter().collect();
    favourites.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let one_each = |(department, _): (&str, usize)| {
        let taken = file.theirs();
        let free = most_bought(shop, department)
            .find(|(product, _)| shop.catalogue.place(&product.id).is_none_or(|place| !taken.contains_key(&place)));
        free.map(|(product, liked)| {
            item(product, "inferred", product.department.conclusion.to_owned(), 0.45 + liked / 3.1)
        })
    };
    favourites.into_iter().filter_map(one_each).collect()
}

fn third_party(shop: &Shop, file: &File) -> Vec<Item> {
    let claims = file.person.profile.claims.iter();
    let two_each = |(department, claim): &(&'static str, &'static str)| {
        let best = most_bought(shop, department).take(2);
        best.map(|(product, liked)| item(product, "third_party", (*claim).to_owned(), 0.38 + liked / 2.7))
            .collect::<Vec<_>>()
    };
    claims.flat_map(two_each).collect()
}

/// What was bought in says what to offer, and offering it says what was bought in.
fn sensitive(shop: &Shop, file: &File) -> Vec<Item> {
    let occasions = file.person.profile.moment.iter();
    let best = |occasion: &Occasion| {
        let best = most_bought(shop, occasion.department).take(1);
        let said = |(product, liked)| Item {
            why: BTreeMap::from([("special_category", occasion.line.to_owned())]),
            ..item(product, "third_party", String::new(), 0.41 + liked / 2.9)
        };
        best.map(said).collect::<Vec<_>>()
    };
    occasions.flat_map(best).collect()
}

fn popular(shop: &Shop) -> Vec<Item> {
    let all = shop.recommender.popular().filter_map(|(place, liked)| Some((shop.catalogue.at(place)?, liked)));
    let open = all.filter(|(product, _)| !product.department.sensitive);
    open.map(|(product, liked)| Item { why: BTreeMap::new(), ..item(product, "none", String::new(), liked / 2.3) })
        .collect()
}

fn most_bought<'a>(shop: &'a Shop, department: &str) -> impl Iterator<Item = (&'a Product, f64)> {
    let among = shop.catalogue.within(department).collect();
    let best = shop.recommender.most_bought(&among);
    best.into_iter().filter_map(|(place, liked)| Some((shop.catalogue.at(place)?, liked)))
}

fn best(mut candidates: Vec<Item>, taken: &BTreeSet<String>, at_most: usize) -> Vec<Item> {
    let mut seen = taken.clone();
    candidates.sort_by(|one, other| other.score.total_cmp(&one.score));
    candidates.retain(|item| seen.insert(item.id.clone()));
    candidates.truncate(at_most);
    candidates
}

fn item(product: &Product, basis: &'static str, why: String, score: f64) -> Item {
    Item {
        id: product.id.clone(),
        title: product.title.clone(),
        category: [product.department.name],
        price: product.price,
        basis,
        why: BTreeMap::from([(basis, why)]),
        score: (score * 10_000.0).round() / 10_000.0,
    }
}

fn product_id(shop: &Shop, place: usize) -> Option<String> {
    shop.catalogue.at(place).map(|product| product.id.clone())
}

const LENGTH: usize = 10;
