//! Members that have been read and leave, except for what became of some.

use super::{
    deed::coarsened,
    event::Event,
    state::Destination,
    usual::{Members, Terms},
    walk::Walk,
};

/// What leaves of members.
struct Shown {
    /// Whether the bytes before the present member leave, up to its comma.
    leaves: bool,
    /// How many members were shown.
    count: u64,
}

impl Walk<'_> {
    /// Lets members leave that were read from the present byte on, as far as they are shown, and goes behind them.
    pub(super) fn let_members_leave(&mut self, members: &Members, terms: &Terms) {
        match self.state.frames.last().map(|frame| frame.shown) {
            Some(count) if terms.is_ruled => {
                let count = self.ruled_members_leave(members, count);
                self.state.frames.last_mut().into_iter().for_each(|frame| frame.shown = count);
            }
            _ => {
                self.state.events.clear();
                self.piece.at = members.end;
            }
        }
    }

    /// The same where rules hold and so many members of the object have been shown. Returns how many have been then.
    pub(super) fn ruled_members_leave(&mut self, members: &Members, count: u64) -> u64 {
        let at = std::mem::replace(&mut self.piece.at, members.end);
        if let (Destination::Waiting(mark), 0, b',') = (self.state.destination, count, self.piece.text.byte(at)) {
            // The next member will be the first one shown, without a comma.
            self.hand_on(mark);
            self.piece.run = at + 1;
        }
        let mut shown = Shown { leaves: self.state.destination == Destination::Out, count };
        let mut events = std::mem::take(&mut self.state.events);
        self.pass_events(&events, members.passed, &mut shown);
        events.clear();
        self.state.events = events;
        if shown.leaves {
            self.state.destination = Destination::Out;
        }
        shown.count
    }

    /// Lets members leave, so many of them, except for what became of some.
    fn pass_events(&mut self, events: &[Event], members: u64, shown: &mut Shown) {
        let (mut run, mut passed) = (self.piece.run, 0);
        for event in events {
            shown.leave(event.before - passed);
            passed = event.before + 1;
            self.state.met.count_known(event.to);
            if let Some(rule) = event.rule
                && self.coarsened_at(rule, event, run)
            {
                run = event.end;
                shown.leave(1);
                continue;
            }
            let to = match self.state.destination {
                // Before the first one: its white space is its own.
                Destination::Waiting(mark) if self.piece.text.byte(event.at) != b',' => mark,
                _ => event.at,
            };
            if run < to {
                self.out.extend_from_slice(self.piece.bytes(run, to));
            }
            // The comma behind it leaves with the next member, unless that is the first one shown.
            let is_first = shown.count == 0 && self.piece.text.byte(event.end) == b',';
            run = event.end + usize::from(is_first);
            self.state.destination = Destination::Waiting(event.end);
            shown.leaves = false;
        }
        self.piece.run = run;
        shown.leave(members - passed);
    }

    /// Coarsens a value, before which bytes leave from `run` on. Returns whether it is shown; else nothing has left.
    // Apart, so that what those need that are left out stays in registers.
    #[inline(never)]
    fn coarsened_at(&mut self, rule: u32, event: &Event, run: usize) -> bool {
        let Some(treatment) = self.plan.treatment(rule) else { return false };
        let before = self.out.len();
        self.out.extend_from_slice(self.piece.bytes(run, event.start));
        let is_shown = coarsened(treatment, self.piece.bytes(event.start, event.end), self.out);
        if !is_shown {
            self.out.truncate(before);
        }
        is_shown
    }
}

impl Shown {
    /// So many more members are shown.
    #[inline]
    fn leave(&mut self, members: u64) {
        self.count += members;
        self.leaves |= members > 0;
    }
}
