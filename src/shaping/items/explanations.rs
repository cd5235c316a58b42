//! Why an item is shown: on which data that rests, and what the item says of it.

use crate::shaping::class::DataClass;

/// On what it rests that an item is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Basis {
    /// The class of data that chose it; `none` where anybody sees it.
    pub(crate) class: DataClass,
    /// What its topic needs besides; `none` where it is not a quiet one.
    pub(crate) topic: DataClass,
}

/// What items say of why they are shown.
#[derive(Debug)]
pub(crate) struct Explanations(Vec<(Basis, Box<[u8]>)>);

impl Basis {
    /// Anybody sees it.
    pub(crate) const ANYBODYS: Self = Self { class: DataClass::None, topic: DataClass::None };

    /// The classes of data, without `none`.
    pub(crate) fn classes(self) -> impl Iterator<Item = DataClass> {
        let topic = Some(self.topic).filter(|topic| *topic != self.class);
        [Some(self.class), topic].into_iter().flatten().filter(|class| *class != DataClass::None)
    }
}

impl Default for Basis {
    fn default() -> Self {
        Self::ANYBODYS
    }
}

impl Explanations {
    /// Each item carries a member of this name. Of each basis `says` gives JSON.
    pub(crate) fn new(name: &str, bases: impl IntoIterator<Item = Basis>, says: impl Fn(Basis) -> String) -> Self {
        let name = serde_json::Value::from(name);
        let member = |basis: Basis| (basis, format!("{name}:{}", says(basis)).into_bytes().into());
        Self(bases.into_iter().map(member).collect())
    }

    /// The member of an item, with its name.
    pub(in crate::shaping) fn member(&self, basis: Basis) -> Option<&[u8]> {
        self.0.iter().find(|(of, _)| *of == basis).map(|(_, member)| &**member)
    }
}
