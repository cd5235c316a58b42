//! What all who read with the parser share: its bounds, and how it ends.

use std::error::Error;

use lol_html::{HandlerResult, MemorySettings, errors::RewritingError, send::Element};

use crate::shaping::{Doubt, DoubtKind, json::Limits};

/// What the parser may use. By itself it has no limit, and where more is allocated at once than the limit lets, it panics.
pub(super) fn memory(limits: Limits) -> MemorySettings {
    let most = limits.item.saturating_add(ROOM);
    MemorySettings::new().with_preallocated_parsing_buffer_size(0).with_max_allowed_memory_usage(most)
}

/// What the parser needs besides a tag: two pieces, and what it notes of open elements.
const ROOM: usize = 256 * 1024;

/// Whether an attribute is written with character references, which no selector sees through.
pub(super) fn is_referred(element: &Element<'_, '_>, attribute: &str) -> bool {
    element.get_attribute(attribute).is_some_and(|value| value.contains('&'))
}

pub(super) fn doubt(kind: DoubtKind) -> HandlerResult {
    Err(trouble(kind))
}

pub(super) fn trouble(kind: DoubtKind) -> Box<dyn Error + Send + Sync> {
    Box::new(Doubt::new(kind, 0))
}

pub(super) fn kind(error: RewritingError) -> DoubtKind {
    match error {
        RewritingError::MemoryLimitExceeded(_) => DoubtKind::TooLarge,
        RewritingError::ContentHandlerError(error) => {
            error.downcast::<Doubt>().map_or(DoubtKind::Markup, |doubt| doubt.kind())
        }
        _ => DoubtKind::Markup,
    }
}
