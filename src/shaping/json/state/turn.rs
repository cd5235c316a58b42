//! What stands between two scalars of a value that no rule looks into: learned where it comes, to be passed at once with all its
//! brackets where it comes again.

use super::{
    expect::Expect,
    nest::{Change, Nest, Since},
    order::Order,
};
use crate::shaping::json::text::Text;

/// What stands between two scalars, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shaping::json) struct Turn {
    /// What its brackets do.
    pub(in crate::shaping::json) change: Change,
    /// What is expected where it begins, which may be the whole value, and where it ends.
    pub(in crate::shaping::json) from: Expect,
    pub(in crate::shaping::json) to: Expect,
    /// Whether a scalar followed.
    pub(in crate::shaping::json) is_whole: bool,
}

/// What has come since the last scalar, or a part of it, if that was not expected.
#[derive(Default)]
pub(in crate::shaping::json) struct Between(Option<Part>);

struct Part {
    at: usize,
    from: Expect,
    since: Since,
}

impl Default for Turn {
    /// None.
    fn default() -> Self {
        Self { change: Change::default(), from: Expect::CommaOrEnd, to: Expect::CommaOrEnd, is_whole: false }
    }
}

// All of it is inlined into what `dispatch` makes of those who skim.
impl Between {
    /// What was not expected begins here.
    #[inline(always)]
    pub(in crate::shaping::json) fn begin(at: usize, from: Expect, nest: &Nest) -> Self {
        Self(Some(Part { at, from, since: nest.since() }))
    }

    /// A bracket was opened or closed.
    #[inline(always)]
    pub(in crate::shaping::json) fn see(&mut self, nest: &Nest) {
        if let Self(Some(part)) = self {
            part.since.see(nest);
        }
    }

    /// No scalar begins here. If much has come already, what comes now is a part for itself.
    #[inline(always)]
    pub(in crate::shaping::json) fn pause(
        &mut self,
        text: Text<'_>,
        at: usize,
        expect: Expect,
        nest: &Nest,
        turns: &mut Order<Turn>,
    ) {
        if self.0.as_ref().is_some_and(|part| at - part.at >= MUCH) {
            self.learn(text, at, expect, false, nest, turns);
            *self = Self::begin(at, expect, nest);
        }
    }

    /// What came may come again, up to here, where a scalar begins or something else is expected.
    #[inline(always)]
    pub(in crate::shaping::json) fn learn(
        &mut self,
        text: Text<'_>,
        at: usize,
        to: Expect,
        is_whole: bool,
        nest: &Nest,
        turns: &mut Order<Turn>,
    ) {
        if let Some(Part { at: start, from, since }) = self.0.take()
            && start < at
            && !nest.is_empty()
            && let Some(change) = since.change(nest)
        {
            let is_plain = change.is_none_in_object() && from == Expect::CommaOrEnd && is_whole;
            turns.learn(text.between(start, at), Turn { change, from, to, is_whole }, is_plain);
        }
    }
}

/// How many bytes are much between two scalars: so few that the next brackets or key still are at most as long as may be expected.
const MUCH: usize = 12;
