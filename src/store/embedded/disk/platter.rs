//! What a loss of power may leave.

use std::mem;

use super::{Chances, Files, Step};

/// What of a disk outlasts its power.
pub(crate) struct Platter {
    certain: Files,
    uncertain: Vec<(usize, Step)>,
    steps: usize,
}

impl Platter {
    pub(crate) fn new(certain: Files) -> Self {
        Self { certain, uncertain: Vec::new(), steps: 0 }
    }

    pub(crate) fn follow(&mut self, step: &Step) {
        let becomes_certain = |index: usize, earlier: &Step| match (step, earlier) {
            (Step::Synced { file, before }, Step::Wrote { file: of, .. } | Step::Sized { file: of, .. }) => {
                of == file && index < *before
            }
            (Step::NamesKept, earlier) => earlier.is_of_names(),
            _ => false,
        };
        for (index, earlier) in mem::take(&mut self.uncertain) {
            if becomes_certain(index, &earlier) {
                self.certain.apply(&earlier);
            } else {
                self.uncertain.push((index, earlier));
            }
        }
        if step.is_of_names() || matches!(step, Step::Wrote { .. } | Step::Sized { .. }) {
            self.uncertain.push((self.steps, step.clone()));
        }
        self.steps += 1;
    }

    /// What a loss of power may leave.
    pub(crate) fn crash(&self, chances: &mut Chances) -> Files {
        // Of all that is uncertain little, or half, or most is there, or everything or nothing.
        let of_four = chances.below(5);
        let mut left = Files { bytes: Vec::new(), names: self.certain.names.clone() };
        for (_, step) in self.uncertain.iter().filter(|(_, step)| step.is_of_names()) {
            if chances.below(4) >= of_four {
                break;
            }
            left.apply(step);
        }
        // Nobody finds what has no name.
        for file in left.names.values().copied().collect::<Vec<_>>() {
            *left.file(file) = self.certain.bytes.get(file).cloned().unwrap_or_default();
        }
        for (_, step) in &self.uncertain {
            match step {
                Step::Wrote { file, .. } | Step::Sized { file, .. } if !left.names.values().any(|it| it == file) => {}
                Step::Wrote { file, at, bytes } if (1..4).contains(&of_four) && chances.below(3) == 0 => {
                    let mut from = 0;
                    while from < bytes.len() {
                        let to = bytes.len().min(from + SECTOR - (at + from) % SECTOR);
                        if chances.below(2) == 0 {
                            left.write(*file, at + from, &bytes[from..to]);
                        }
                        from = to;
                    }
                }
                Step::Wrote { .. } | Step::Sized { .. } if chances.below(4) < of_four => left.apply(step),
                _ => {}
            }
        }
        left
    }
}

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
