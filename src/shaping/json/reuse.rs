//! What answers that have passed leave to those to come by the same plan: what was learned of the [order](super::state::order) of their
//! keys, and the memory that they worked in. Of what a customer was answered no byte can be read there any more: all that is kept is
//! emptied first, but for keys and what stands around them. Where members stood may still be there, and is not asked for.

use std::{
    fmt::{self, Debug, Formatter},
    sync::Mutex,
};

use super::state::State;

/// States of answers that have passed.
#[derive(Default)]
#[expect(clippy::vec_box, reason = "a state is large, and is lent as it is")]
pub(super) struct Reuse(Mutex<Vec<Box<State>>>);

// A key may be a customer's id, and a plan outlives the answer.
impl Debug for Reuse {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reuse").finish_non_exhaustive()
    }
}

impl Reuse {
    /// What an answer may begin with. Nobody waits for it.
    pub(super) fn take(&self) -> Box<State> {
        self.0.try_lock().ok().and_then(|mut states| states.pop()).unwrap_or_default()
    }

    /// Takes back what an answer worked with.
    pub(super) fn give_back(&self, mut state: Box<State>) {
        state.forget();
        if let Ok(mut states) = self.0.try_lock()
            && states.len() < MOST_ANSWERS
        {
            states.push(state);
        }
    }
}

/// Of how many answers at once it is kept.
const MOST_ANSWERS: usize = 16;
