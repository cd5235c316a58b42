//! How the wrapped service is asked: as whom, and what it is told.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, header::UPGRADE};

use super::{AskedAs, Course};
use crate::{
    consent::SEC_GPC, cookies, decision::Decision, events::Customer, lookup, policy::Unreadable, report,
    shaping::headers, unknown::Unknown,
};

/// As whom the wrapped service is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// As it came, and the answer leaves as it is.
    Pass,
    /// As it came, once and for all.
    Once,
    /// As it came; and as somebody unknown, if that answer cannot be shaped.
    OnceMoreInDoubt,
    /// As it came and as somebody unknown, side by side.
    Both,
    /// As somebody unknown.
    Unknown,
}

impl Course {
    /// As whom the wrapped service is asked.
    pub(crate) fn way(&self) -> Way {
        let Some(inside) = self.inside() else { return Way::Pass };
        let endpoint = &inside.endpoint;
        // What is taken for another method may be done twice.
        let twice = inside.certain && !inside.named.is_any() && endpoint.methods.may_ask_twice(&inside.method);
        match inside.plan.choice() {
            _ if inside.is_observed() => Way::Pass,
            Some(choice) if twice && !choice.is_open() => Way::Unknown,
            _ if inside.lets_pass(AskedAs::Customer) => Way::Pass,
            // The answer to HEAD has no items.
            Some(choice) if twice && choice.is_filled() && inside.method != Method::HEAD => Way::Both,
            _ if twice && endpoint.unreadable == Unreadable::Generic => Way::OnceMoreInDoubt,
            _ => Way::Once,
        }
    }

    /// Tells the wrapped service what was decided, and asks it for an answer that can be read here.
    pub(crate) fn tell<Q>(&self, request: &mut Request<Q>) {
        let Some(inside) = self.inside() else { return };
        request.extensions_mut().insert(inside.decision.clone());
        if let Some(told) = &inside.told {
            if let (true, Some(visitors)) =
                (inside.asked.visitor.has_cookie(), &self.setting.policy.identity().visitors)
            {
                // Made here for this layer alone; whoever knew it could follow the visitor.
                cookies::take_out(request.headers_mut(), &[visitors.cookie()]);
                // A handler that records an event of the visitor finds nobody in the headers.
                if let Some(customer) = Customer::of(inside.asked.clone()) {
                    request.extensions_mut().insert(customer);
                }
            }
            request.headers_mut().insert(report::PERSONALIZATION, told.clone());
            if self.opts_out(&inside.decision) {
                request.headers_mut().insert(SEC_GPC, HeaderValue::from_static("1"));
            }
            // What follows another protocol's handshake could not be read here.
            lookup::take(request.headers_mut(), &UPGRADE);
            if !inside.lets_pass(AskedAs::Customer) {
                headers::ask_whole(request.headers_mut());
                if inside.only_reads {
                    headers::ask_without_conditions(request.headers_mut());
                }
            }
        }
    }

    /// The same request as somebody unknown makes it; `None` where what is hidden stands in it and cannot be taken out.
    pub(crate) fn unknown(&self, headers: &HeaderMap, body: &Bytes) -> Option<Unknown> {
        let inside = self.inside()?;
        let (told, opts_out) = (&self.setting.stranger_told, self.opts_out(&inside.decision));
        let unknown = Unknown::of(&inside.endpoint, &inside.method, &inside.uri, headers, body, told, opts_out);
        let unknown = unknown.map_err(|_| self.doubt("request")).ok()?;
        Some(Unknown { key: unknown.key.to(inside.service), ..unknown })
    }

    /// The same, of a request whose body is too long to be kept; `None` where something in it is to be hidden.
    pub(crate) fn unknown_but_for_its_body(&self, headers: &HeaderMap) -> Option<Unknown> {
        if self.inside().is_some_and(|inside| inside.endpoint.hide_in_body.is_some()) {
            self.doubt("request");
            return None;
        }
        self.unknown(headers, &Bytes::new())
    }

    /// Whether the service is told to opt the customer out: a purpose that Global Privacy Control refuses is refused, by
    /// whomever.
    fn opts_out(&self, decision: &Decision) -> bool {
        self.setting.policy.rules().purposes.has_denied_by_gpc(decision.consent.refused())
    }
}
