//! Buffers that serve one answer after another.

/// Empties a buffer, and keeps its memory if it is not much.
pub(super) fn empty<T>(buffer: &mut Vec<T>) {
    buffer.clear();
    if buffer.capacity().saturating_mul(size_of::<T>()) > MOST_BYTES {
        *buffer = Vec::new();
    }
}

/// How large a buffer may be of an answer that is kept: there are sixteen, keys of up to nine kinds of 8 KiB
/// each, and the tables of a list, so of a plan it is at most two and a half MiB. Small answers need less, and large ones do not notice.
pub(super) const MOST_BYTES: usize = 4 * 1024;
