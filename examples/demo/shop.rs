//! The shop's own books: what each customer bought, looked at and wished for. It keeps everything and hides nothing.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::civil::Date;

use crate::{catalogue::Catalogue, people::Person, recommender::Recommender};

/// The shop with everything in it.
pub(crate) struct Shop {
    pub(crate) catalogue: Catalogue,
    pub(crate) recommender: Recommender,
    files: Mutex<HashMap<String, File>>,
}

/// All that the shop knows about one person.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) person: Person,
    /// What was bought, oldest first.
    pub(crate) orders: Vec<(usize, Date)>,
    pub(crate) looks: Vec<(usize, Date)>,
    pub(crate) wishes: Vec<(usize, Date)>,
    pub(crate) complaints: usize,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let catalogue = Catalogue::open();
        let recommender = Recommender::learn(&catalogue);
        Self { catalogue, recommender, files: Mutex::default() }
    }

    pub(crate) fn open_file(&self, person: Person) {
        let id = person.id.clone();
        let file = File { person, orders: vec![], looks: vec![], wishes: vec![], complaints: 0 };
        self.files().insert(id, file);
    }

    pub(crate) fn file(&self, id: &str) -> Option<File> {
        self.files().get(id).cloned()
    }

    /// Writes something into somebody's file; tells whether there is one.
    pub(crate) fn note(&self, id: &str, write: impl FnOnce(&mut File)) -> bool {
        self.files().get_mut(id).map(write).is_some()
    }

    fn files(&self) -> MutexGuard<'_, HashMap<String, File>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File {
    /// What speaks for the person's taste, with how much: a purchase fully, a look half.
    pub(crate) fn theirs(&self) -> BTreeMap<usize, f64> {
        let looks = self.looks.iter().map(|(place, _)| (*place, 0.5));
        let orders = self.orders.iter().map(|(place, _)| (*place, 1.0));
        looks.chain(orders).collect()
    }

    /// What was bought last, and when.
    pub(crate) fn last_order(&self) -> Option<(usize, Date)> {
        self.orders.last().copied()
    }

    pub(crate) fn bought_on(&self, place: usize) -> Option<Date> {
        self.orders.iter().rev().find(|(bought, _)| *bought == place).map(|(_, day)| *day)
    }

    pub(crate) fn looked_on(&self, place: usize) -> Option<Date> {
        self.looks.iter().rev().find(|(seen, _)| *seen == place).map(|(_, day)| *day)
    }
}
