//! How events move a history on a ladder: up, down, or not at all.

use super::{Ladder, Stage};
use crate::{
    name::Name,
    relationship::{Change, Day, Event, History, Why},
};

impl Ladder {
    /// The history after one more event on a day.
    pub fn after(&self, history: Option<&History>, event: &Name, day: Day, vouched: Option<Day>) -> History {
        let mut next = history.cloned().unwrap_or_else(|| History::beginning(day));
        self.add(&mut next, event, day, vouched);
        next
    }

    /// Adds one more event on a day to a history, in its place: for who replays many.
    pub fn add(&self, history: &mut History, event: &Name, day: Day, vouched: Option<Day>) {
        if history.is_ahead_of(day) {
            let since = history.doubted_since.map_or(day, |since| since.min(day));
            if day.days_since(since) < self.pace {
                return self.add_in_doubt(history, event, day, since);
            }
            history.turn_back(since);
        }
        history.doubted_since = None;
        let before = self.earned(history);
        let mut stage = before;
        let silences = self.silences(history, day);
        if silences > 0 {
            stage = stage.down(silences);
            history.changed = Some(history.after_loss(day, Why::Cooled, stage < before));
        }
        history.add(event, day);
        let takes = self.takes(event);
        if takes > 0 {
            let left = stage.down(takes);
            history.changed = Some(history.after_loss(day, Why::Taken, left < stage));
            stage = left;
        } else if self.needs_met(history, day, vouched) > stage && !self.is_paced(history, day) {
            stage = stage.up();
            history.changed = Some(Change { on: day, why: Why::Gained });
        }
        // A name that the ladder no longer has goes, too.
        if stage != before || stage == Stage::LOWEST {
            history.stage = self.kept(stage);
        }
    }

    /// Adds an event of a day from which the last one of the history lies ahead. Only what takes stages does so at once.
    fn add_in_doubt(&self, history: &mut History, event: &Name, day: Day, since: Day) {
        history.doubted_since = Some(since);
        history.count_event(event, day);
        let takes = self.takes(event);
        if takes > 0 {
            let before = self.earned(history);
            let left = before.down(takes);
            history.stage = self.kept(left);
            history.changed = Some(history.after_loss(history.last_seen, Why::Taken, left < before));
            // The pace begins again, on whichever of the two days it is.
            history.doubted_since = Some(day);
        }
    }

    /// The history after an event that may have been told of before; none where it was.
    pub(crate) fn after_once(
        &self,
        history: Option<&History>,
        event: &Event,
        day: Day,
        vouched: Option<Day>,
    ) -> Option<History> {
        if history.is_some_and(|known| known.has_counted(event)) {
            return None;
        }
        let mut next = self.after(history, &event.name, day, vouched);
        next.note(event);
        Some(next)
    }

    /// The history after a visit; none where it changes nothing.
    pub(crate) fn after_visit(&self, history: Option<&History>, day: Day, vouched: Option<Day>) -> Option<History> {
        let counts = self.visit_counts(history, day, vouched);
        counts.then(|| self.after(history, &self.visit, day, vouched))
    }

    /// Whether a visit changes anything, as the first one of a day does.
    pub(crate) fn visit_counts(&self, history: Option<&History>, day: Day, vouched: Option<Day>) -> bool {
        if let Some(ahead) = history.filter(|history| history.is_ahead_of(day)) {
            let begins_or_ends = |since| day < since || day.days_since(since) >= self.pace;
            return ahead.doubted_since.is_none_or(begins_or_ends);
        }
        let is_counted = |known: &&History| {
            known.last_visit.is_some_and(|last| last >= day) && known.last_seen >= day && known.doubted_since.is_none()
        };
        let counted = history.filter(is_counted);
        let gains =
            |known: &History| self.needs_met(known, day, vouched) > self.earned(known) && !self.is_paced(known, day);
        counted.is_none_or(gains)
    }

    /// How many stages an event takes.
    fn takes(&self, event: &Name) -> u64 {
        self.takes.get(event).copied().unwrap_or(0).into()
    }

    /// A stage as a history keeps it.
    pub(super) fn kept(&self, stage: Stage) -> Option<Name> {
        (stage != Stage::LOWEST).then(|| self.name(stage).clone())
    }
}
