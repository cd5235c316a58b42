//! Reads the items of a generic answer, which take the places that no personal item takes.

use std::slice;

use bytes::Bytes;

use super::{limits::Limits, shaper::JsonShaper, state::arriving::Found};
use crate::shaping::{
    Doubt,
    items::{Basis, Choice, Filling, Item, Known},
};

impl Filling {
    /// Reads the items of one JSON document. One that is larger than `limits.item` is none, and of those of one
    /// kind with the same id the first one counts. Which stage and purposes `choice` is for makes no difference.
    ///
    /// See the example of [`Items`](crate::shaping::items::Items).
    ///
    /// # Errors
    /// The answer is no complete JSON document.
    pub fn read(choice: &Choice, limits: Limits, answer: &Bytes) -> Result<Self, Doubt> {
        Self::read_all(choice, limits, slice::from_ref(answer))
    }

    /// Reads the items of several documents, as if they were of one.
    ///
    /// # Errors
    /// One of them is no complete JSON document.
    pub(crate) fn read_all(choice: &Choice, limits: Limits, documents: &[Bytes]) -> Result<Self, Doubt> {
        let plan = JsonShaper::plan_to_find(choice.items());
        let (mut filling, mut known) = (Self::default(), Known::default());
        for answer in documents {
            for Found { kind, prefix, json, id, label } in JsonShaper::find_items(&plan, limits, answer)? {
                if filling.len() == Self::MOST {
                    return Ok(filling);
                }
                let item = Item { prefix: answer.slice(prefix), json: answer.slice(json), basis: Basis::ANYBODYS };
                filling.add(kind, item, id, &mut known);
                filling.tells_of_somebody |= label.is_some_and(|label| choice.items().is_personal(&label));
            }
        }
        Ok(filling)
    }
}
