//! What tells that the layer, or something beside it, stands in the wrong place. Each is said once, with the remedy.

use std::{
    ptr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use http::{
    HeaderMap, HeaderName, Method,
    header::{AGE, COOKIE},
};

use crate::{
    identity::TokenSource,
    lookup::has,
    policy::{Endpoint, Methods, Policy},
    report::PERSONALIZATION,
    shaping::caching,
};

/// What was said so far.
#[derive(Debug)]
pub(crate) struct Placement {
    /// Of answers, under this policy and those before it.
    said: Arc<Said>,
    /// The headers that say who asks.
    told_by: Box<[HeaderName]>,
    /// Whether so many requests came that nothing more is looked for in their paths.
    is_settled: AtomicBool,
    came: AtomicU32,
    /// Of each endpoint, whether a request belonged to it.
    met: Box<[AtomicBool]>,
    /// Of each, whether a request was told of that nearly did.
    missed: Box<[AtomicBool]>,
}

#[derive(Debug, Default)]
struct Said {
    is_for_all: AtomicBool,
    is_cached: AtomicBool,
    is_twice: AtomicBool,
    is_uncompressed: AtomicBool,
    knows_strangers: AtomicBool,
}

impl Placement {
    /// Nothing was said so far.
    pub(crate) fn of(policy: &Policy) -> Self {
        Self::under(policy, Arc::default())
    }

    /// The same under another policy: what was said of answers still holds, and its endpoints are others.
    pub(crate) fn reloaded(&self, policy: &Policy) -> Self {
        Self::under(policy, Arc::clone(&self.said))
    }

    fn under(policy: &Policy, said: Arc<Said>) -> Self {
        let each = || policy.endpoints().iter().map(|_| AtomicBool::default()).collect();
        let identity = policy.identity();
        let visitors = identity.visitors.is_some().then_some(COOKIE);
        let told_by = identity.sources.iter().map(TokenSource::header).chain(visitors).collect();
        let (is_settled, came) = (AtomicBool::default(), AtomicU32::default());
        Self { said, told_by, is_settled, came, met: each(), missed: each() }
    }

    /// Looks at an answer that the wrapped service gave, to one customer or to anybody.
    pub(crate) fn look_at(&self, endpoint: &str, answer: &HeaderMap, is_one_customers: bool) {
        if has(answer, &PERSONALIZATION) && first(&self.said.is_twice) {
            let remedy = "keep the outer one: two layers count each visit twice, and the inner one hides what the outer one may show";
            tracing::error!(endpoint, remedy, "the wrapped service has a layer of this kind of its own");
        }
        if !is_one_customers {
            return;
        }
        if caching::is_for_all(answer, &self.told_by) && first(&self.said.is_for_all) {
            let remedy = "let the service say `cache-control: private`: in front of this layer that is said for it, behind it is not";
            tracing::error!(
                endpoint,
                remedy,
                "the wrapped service offers to shared caches what it said to one customer"
            );
        }
        if has(answer, &AGE) && first(&self.said.is_cached) {
            let remedy = "put the cache in front of this layer, or let its key contain what says who asks";
            tracing::error!(endpoint, remedy, "a cache behind this layer answered what one customer asked");
        }
    }

    /// An answer came compressed, the client would have taken it so, and it leaves in no coding.
    pub(crate) fn unpacks(&self, endpoint: &str) {
        if first(&self.said.is_uncompressed) {
            let remedy =
                "put this layer inside of what compresses, or write `encode = \"as-received\"` on the endpoint";
            tracing::warn!(endpoint, remedy, "an answer came compressed, and leaves uncompressed once it is shaped");
        }
    }

    /// The wrapped service says to somebody unknown that somebody's data chose an item.
    pub(crate) fn knows_strangers(&self, endpoint: &str) {
        if first(&self.said.knows_strangers) {
            let remedy = "name in `request.hide` all by which the service knows who asks; or, where nobody's data chose such items, \
                          let it say so (`none`)";
            tracing::error!(
                endpoint,
                remedy,
                "the wrapped service was asked as somebody unknown, and says that somebody's data chose an item"
            );
        }
    }

    /// Notes to which endpoint a request belongs. Of an endpoint to which none does it is looked whether one nearly would; and
    /// after enough requests it is named.
    pub(crate) fn note(&self, policy: &Policy, method: &Method, path: &str, covered: Option<&Endpoint>) {
        if self.is_settled.load(Ordering::Relaxed) {
            return;
        }
        match covered {
            Some(endpoint) => flag(&self.met, policy, endpoint).into_iter().for_each(|met| {
                let _is_first = first(met);
            }),
            // Another path would be read anew, in all its ways, at each look.
            None if Policy::has_one_form(path) => self.look_for_near(policy, method, path),
            None => {}
        }
        let came = self.came.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if came == SOME && !self.is_any_met() {
            let remedy = "compare the `path` of your endpoints with the requests that this layer sees; an answer without the \
                          header `Personalization` is one that no endpoint covers";
            tracing::warn!(remedy, "none of a hundred requests belonged to an endpoint: all passed as they came");
        }
        if came >= ENOUGH && first(&self.is_settled) {
            let unmet = policy.endpoints().iter().zip(&self.met).filter(|(_, met)| !met.load(Ordering::Relaxed));
            for (endpoint, _) in unmet {
                let (endpoint, path) = (endpoint.name.as_str(), endpoint.paths.join(" "));
                let remedy = "compare its `path` and `methods` with the requests that this layer sees; if it is seldom \
                              asked for, this means nothing";
                tracing::warn!(endpoint, path, remedy, "none of a thousand requests belonged to this endpoint");
            }
        }
    }

    /// Says of a request that belongs to no endpoint what kept it from one to which none belonged so far.
    fn look_for_near(&self, policy: &Policy, method: &Method, path: &str) {
        let by_beginning = || otherwise_begun(policy, method, path).filter(|_| !self.is_any_met());
        let near = by_beginning().map(|endpoint| (endpoint, Near::Beginning)).or_else(|| near(policy, method, path));
        let Some((endpoint, near)) = near else { return };
        let is = |flags| flag(flags, policy, endpoint).is_some_and(|flag: &AtomicBool| flag.load(Ordering::Relaxed));
        if is(&self.met) || is(&self.missed) {
            return;
        }
        if flag(&self.missed, policy, endpoint).is_some_and(first) {
            let (endpoint, remedy) = (endpoint.name.as_str(), near.remedy());
            // No error, whatever it is: anybody can send such a request.
            let if_what = near.if_what();
            tracing::warn!(endpoint, remedy, "no request belongs to this endpoint so far, and one would {if_what}");
        }
    }

    fn is_any_met(&self) -> bool {
        self.met.iter().any(|met| met.load(Ordering::Relaxed))
    }
}

/// What keeps a request from belonging to an endpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Near {
    /// Its path begins otherwise, as on the wrong side of a router that is nested in another.
    Beginning,
    /// Its path goes on.
    End,
    /// Its method is another one.
    Method,
    /// One letter of its path is another one, or too many, or missing.
    Spelling,
}

impl Near {
    fn if_what(self) -> &'static str {
        match self {
            Self::Beginning => "if its path began otherwise",
            Self::End => "if its path ended earlier",
            Self::Method => "if its method were another",
            Self::Spelling => "if one letter of its path were another",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Beginning => {
                "write the paths as this layer sees them: around a nested router with its prefix, within it without"
            }
            Self::End => "if what is below belongs to it too, write its path a second time, with `/{*rest}` at its end",
            Self::Method => "write it into `methods`, or leave `methods` out",
            Self::Spelling => "compare the endpoint's `path` with the one that is asked for",
        }
    }
}

/// The endpoint to which a request would belong if its path were a little otherwise, but for its beginning.
fn near<'a>(policy: &'a Policy, method: &Method, path: &str) -> Option<(&'a Endpoint, Near)> {
    let of = |path: &str| Some(&**policy.endpoint(method, path)?.endpoint);
    let shorter = || cuts(path).filter_map(|at| path.get(..at)).find_map(of);
    let otherwise = || {
        policy.endpoints().iter().find_map(|endpoint| {
            let Methods::Only(methods) = &endpoint.methods else { return None };
            let covered = policy.endpoint(methods.first()?, path)?.endpoint;
            ptr::eq(&**covered, &**endpoint).then_some(&**endpoint)
        })
    };
    let misspelt = || {
        let has_such = |endpoint: &&Endpoint| endpoint.paths.iter().any(|pattern| is_a_slip(path, pattern));
        policy.endpoints().iter().map(|endpoint| &**endpoint).find(has_such)
    };
    shorter()
        .map(|endpoint| (endpoint, Near::End))
        .or_else(|| otherwise().map(|endpoint| (endpoint, Near::Method)))
        .or_else(|| misspelt().map(|endpoint| (endpoint, Near::Spelling)))
}

/// Whether two paths differ by one letter that is another, too many or missing, or by two that changed places.
fn is_a_slip(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let (one, other) = (one.get(same..).unwrap_or_default(), other.get(same..).unwrap_or_default());
    let same = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
    match (one.len() - same, other.len() - same) {
        (0 | 1, 1) | (1, 0) => true,
        (2, 2) => matches!((one, other), ([a, b, ..], [c, d, ..]) if a == d && b == c),
        _ => false,
    }
}

/// The endpoint to which a request would belong but for the beginning of its path.
fn otherwise_begun<'a>(policy: &'a Policy, method: &Method, path: &str) -> Option<&'a Endpoint> {
    let longer = cuts(path).find_map(|at| Some(&**policy.endpoint(method, path.get(at..)?)?.endpoint));
    let is_end = |pattern: &str| path.len() > 1 && pattern.len() > path.len() && pattern.ends_with(path);
    let has_such = |endpoint: &&Endpoint| endpoint.paths.iter().any(|pattern| is_end(pattern));
    longer.or_else(|| policy.endpoints().iter().map(|endpoint| &**endpoint).find(has_such))
}

/// Where a path could begin or end but for its first letter.
fn cuts(path: &str) -> impl Iterator<Item = usize> {
    path.char_indices().skip(1).filter(|(_, letter)| *letter == '/').take(MOST_SEGMENTS).map(|(at, _)| at)
}

fn flag<'a>(flags: &'a [AtomicBool], policy: &Policy, endpoint: &Endpoint) -> Option<&'a AtomicBool> {
    let place = policy.endpoints().iter().position(|other| ptr::eq(&**other, endpoint))?;
    flags.get(place)
}

fn first(said: &AtomicBool) -> bool {
    !said.load(Ordering::Relaxed) && !said.swap(true, Ordering::Relaxed)
}

/// After so many requests one should have belonged to some endpoint.
const SOME: u32 = 100;

/// After so many requests nothing more is looked for: other pages are asked for, too.
const ENOUGH: u32 = 1_000;

const MOST_SEGMENTS: usize = 8;
