//! What is done to a disk, step by step, and what is on it then.

use std::{collections::BTreeMap, ffi::OsString};

/// What happened, in its order.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Wrote {
        file: usize,
        at: usize,
        bytes: Vec<u8>,
    },
    Sized {
        file: usize,
        length: usize,
    },
    /// All that was done to the file before this step.
    Synced {
        file: usize,
        before: usize,
    },
    Named {
        name: OsString,
        file: usize,
    },
    Removed {
        name: OsString,
    },
    Renamed {
        from: OsString,
        to: OsString,
    },
    NamesKept,
    /// A test asked for this to become of a customer.
    Asked {
        customer: u64,
        count: Option<u64>,
    },
    /// The store said that it has become so.
    Acknowledged {
        customer: u64,
        count: Option<u64>,
    },
}

impl Step {
    pub(crate) fn is_of_names(&self) -> bool {
        matches!(self, Self::Named { .. } | Self::Removed { .. } | Self::Renamed { .. })
    }
}

/// What is on a disk: files, and names that lead to them.
#[derive(Clone, Default)]
pub(crate) struct Files {
    pub(crate) bytes: Vec<Vec<u8>>,
    pub(super) names: BTreeMap<OsString, usize>,
}

impl Files {
    /// One file of this name.
    pub(crate) fn one(name: &str, bytes: Vec<u8>) -> Self {
        Self { bytes: vec![bytes], names: [(name.into(), 0)].into() }
    }

    pub(super) fn file(&mut self, file: usize) -> &mut Vec<u8> {
        if self.bytes.len() <= file {
            self.bytes.resize(file + 1, Vec::new());
        }
        &mut self.bytes[file]
    }

    pub(super) fn write(&mut self, file: usize, at: usize, bytes: &[u8]) {
        let file = self.file(file);
        file.resize(file.len().max(at + bytes.len()), 0);
        file[at..at + bytes.len()].copy_from_slice(bytes);
    }

    pub(super) fn apply(&mut self, step: &Step) {
        match step {
            Step::Wrote { file, at, bytes } => self.write(*file, *at, bytes),
            Step::Sized { file, length } => self.file(*file).resize(*length, 0),
            Step::Named { name, file } => {
                self.file(*file);
                self.names.insert(name.clone(), *file);
            }
            Step::Removed { name } => drop(self.names.remove(name)),
            Step::Renamed { from, to } => {
                let file = self.names.remove(from).unwrap();
                self.names.insert(to.clone(), file);
            }
            Step::Synced { .. } | Step::NamesKept | Step::Asked { .. } | Step::Acknowledged { .. } => {}
        }
    }
}
