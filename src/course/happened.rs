//! What a request and its answer add to the relationship.

use std::iter;

use http::{StatusCode, Uri, response};

use super::{AskedAs, Course, Inside, Kind, Outside};
use crate::{
    asked::{Asked, Happened},
    name::Name,
    recording::{Recording, Writing},
    relationship::Event,
    report,
    setting::Setting,
    shaping::headers,
};

impl Course {
    /// Takes the events of an answer out of its head and begins to write them, and the visit.
    ///
    /// What the wrapped service tells somebody unknown is never an event of the customer.
    pub(crate) fn record(&self, answer: &mut response::Parts, asked_as: AskedAs) -> Option<Writing> {
        if let Some(Inside { endpoint, asked, .. }) = self.inside() {
            let is_one_customers = asked_as == AskedAs::Customer && asked.identity.is_some();
            self.setting.placement.look_at(&endpoint.name, &answer.headers, is_one_customers);
        }
        let told = report::take_told(&mut answer.headers).filter(|_| asked_as == AskedAs::Customer);
        headers::forget_announced(&mut answer.headers, report::is_gone_from_trailers);
        if told.is_none() && matches!(self.kind, Kind::Nobodys) {
            // As with most that no endpoint covers; what follows would come to the same.
            return None;
        }
        let events = self.events(answer.status, told.as_deref());
        // Who has the answer already, and asked whether it is another one by now, was answered as well.
        let has_already = || self.wishes().is_some_and(|wishes| wishes.is_conditional);
        let is_answered = answer.status.is_success() || answer.status == StatusCode::NOT_MODIFIED && has_already();
        let happened = self.happened(is_answered, events);
        self.write(happened)
    }

    /// Begins to write the visit of a customer who is answered without the wrapped service's help: else whom a service does
    /// not answer before it may know who asks would never become better known.
    pub(crate) fn record_visit(&self) {
        // It is lost without harm, so nobody waits for it.
        let _nothing = self.write(self.happened(true, Vec::new()));
    }

    /// What the request adds to the relationship, with the events of its answer.
    fn happened(&self, is_answered: bool, events: Vec<Event>) -> Happened {
        match self.inside() {
            Some(Inside { happened, .. }) => {
                Happened { visit: happened.visit && is_answered, events, gpc: happened.gpc }
            }
            None => Happened { events, ..Happened::default() },
        }
    }

    fn write(&self, mut happened: Happened) -> Option<Writing> {
        if happened.is_nothing() {
            return None;
        }
        let asked = match &self.kind {
            Kind::Inside(inside) => inside.asked.clone(),
            Kind::Outside(Outside { method, target, carried, now, .. }) => {
                let Setting { policy, verifier, .. } = &*self.setting;
                let (uri, headers) = (Uri::from(target.clone()), carried.headers(&self.setting.carried));
                let asked = Asked::of(method, &uri, &headers, policy, verifier, *now);
                happened.gpc = asked.remembers_gpc;
                asked
            }
            Kind::Nobodys => return None,
        };
        Recording::of(&self.setting, asked, happened)?.begin()
    }

    /// The events that an answer tells of: in its header, which never leaves, and by the rules that the request fits.
    fn events(&self, status: StatusCode, told: Option<&[u8]>) -> Vec<Event> {
        let Setting { policy, marks, .. } = &*self.setting;
        let mut events: Vec<Event> = Vec::new();
        for told in told.into_iter().flat_map(report::events_told) {
            // One that may have been counted is not counted again.
            let Some((name, id)) = told else {
                report::unreadable_event(&self.setting.told);
                continue;
            };
            match (policy.event(&name).map(|event| event.name.clone()), id) {
                (Some(name), Some(id)) => events.push(marks.once(name, &id)),
                (Some(name), None) if events.contains(&Event::new(name.clone())) => {}
                (Some(name), None) => events.push(Event::new(name)),
                (None, _) => report::unknown_event(&self.setting.told, policy.events().iter().map(|event| &event.name)),
            }
        }
        let (method, named, path) = match &self.kind {
            Kind::Nobodys => return events,
            Kind::Outside(Outside { method, named, target, .. }) => (method, named, target.path()),
            Kind::Inside(inside) => (&inside.method, &inside.named, inside.uri.path()),
        };
        // Where it may have been taken for a request of another method, it helps to raise nothing.
        let counts =
            |event: &Name| !named.is_any() || policy.event(event.as_str()).is_some_and(|event| event.takes_stages > 0);
        let methods = iter::once(method).chain(named.methods());
        let seen = methods.flat_map(|method| policy.events_seen(method, path, status));
        for event in seen.filter(|event| counts(event)) {
            if !events.iter().any(|told| told.name == *event) {
                events.push(Event::new(event.clone()));
            }
        }
        events
    }
}
