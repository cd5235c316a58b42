//! What tells that the layer, or something beside it, stands in the wrong place. Each is said once, with the remedy.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use http::{HeaderMap, Method, header::AGE};

use crate::{policy::Policy, report::PERSONALIZATION, shaping::caching};

/// What was said so far.
#[derive(Debug, Default)]
pub(crate) struct Placement {
    is_for_all: AtomicBool,
    is_cached: AtomicBool,
    is_twice: AtomicBool,
    /// Whether any request belonged to an endpoint, or it was said that none does.
    is_reached: AtomicBool,
    missed: AtomicU32,
}

impl Placement {
    /// Looks at an answer that the wrapped service gave, to one customer or to anybody.
    pub(crate) fn look_at(&self, endpoint: &str, answer: &HeaderMap, is_one_customers: bool) {
        if answer.contains_key(PERSONALIZATION) && first(&self.is_twice) {
            let remedy = "keep the outer one: two layers count each visit twice, and the inner one hides what the outer one may show";
            tracing::error!(endpoint, remedy, "the wrapped service has a layer of this kind of its own");
        }
        if !is_one_customers {
            return;
        }
        if caching::is_for_all(answer) && first(&self.is_for_all) {
            let remedy = "let the service say `cache-control: private`: in front of this layer that is said for it, behind it is not";
            tracing::error!(
                endpoint,
                remedy,
                "the wrapped service offers to shared caches what it said to one customer"
            );
        }
        if answer.contains_key(AGE) && first(&self.is_cached) {
            let remedy = "put the cache in front of this layer, or let its key contain what says who asks";
            tracing::error!(endpoint, remedy, "a cache behind this layer answered what one customer asked");
        }
    }

    /// Notes whether a request belongs to an endpoint. As long as none does, it is looked whether the path of one would be that of
    /// an endpoint but for its beginning, as it is on the wrong side of a router that is nested in another.
    pub(crate) fn note(&self, policy: &Policy, method: &Method, path: &str, is_covered: bool) {
        if self.is_reached.load(Ordering::Relaxed) {
            return;
        }
        if is_covered || self.missed.fetch_add(1, Ordering::Relaxed) >= ENOUGH {
            self.is_reached.store(true, Ordering::Relaxed);
            return;
        }
        let longer = path
            .char_indices()
            .skip(1)
            .filter(|(_, letter)| *letter == '/')
            .take(MOST_SEGMENTS)
            .find_map(|(at, _)| Some(policy.endpoint(method, path.get(at..)?)?.endpoint.name.as_str()));
        let is_end = |pattern: &str| path.len() > 1 && pattern.len() > path.len() && pattern.ends_with(path);
        let shorter = || {
            let mut endpoints = policy.endpoints().iter();
            endpoints
                .find(|endpoint| endpoint.paths.iter().any(|pattern| is_end(pattern)))
                .map(|endpoint| endpoint.name.as_str())
        };
        if let Some(endpoint) = longer.or_else(shorter)
            && first(&self.is_reached)
        {
            let remedy =
                "write the paths as this layer sees them: around a nested router with its prefix, within it without";
            tracing::error!(
                endpoint,
                remedy,
                "no request belongs to an endpoint so far, and one would if its path began otherwise"
            );
        }
    }
}

fn first(said: &AtomicBool) -> bool {
    !said.load(Ordering::Relaxed) && !said.swap(true, Ordering::Relaxed)
}

/// After so many requests nothing more is looked for: other pages are asked for, too.
const ENOUGH: u32 = 1_000;

const MOST_SEGMENTS: usize = 8;
