//! One errand at the desk: who comes, what is known of them, and what is done about what they want.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, header::SET_COOKIE, request};
use http_body::Body;
use tokio::time::timeout;

use crate::{
    asked::{Asked, Known, Visiting},
    consent::PurposeSet,
    decision::Preference,
    identity::{Identity, Visitor, is_in_header},
    portal::{
        Choosing, Done, LONGEST_BODY, Manner, PATIENCE, Problem, Profile, Reply, Route, Seen, Site, Whose, Wish, site,
        stages, write,
    },
    relationship::Record,
    replay::keep,
    report,
    setting::Setting,
};

/// One request, and who makes it.
pub(super) struct Errand<'a> {
    setting: &'a Setting,
    head: &'a request::Parts,
    manner: Manner<'a>,
    asked: Asked,
}

impl<'a> Errand<'a> {
    pub(super) fn of(setting: &'a Setting, head: &'a request::Parts, manner: Manner<'a>) -> Self {
        let Setting { policy, verifier, clock, .. } = setting;
        let mut asked = Asked::of(&head.method, &head.uri, &head.headers, policy, verifier, clock.now());
        setting.tokens.look_at(asked.token(), &head.uri, &head.headers, policy);
        // Looking after oneself is no visit.
        asked.visit = false;
        if let Some(stage) = query(head, "stage") {
            asked.prefer = Preference::of(&stage, &policy.rules().ladder);
        }
        Self { setting, head, manner, asked }
    }

    pub(super) async fn me(self) -> Reply {
        let word = query(self.head, "done");
        match self.known().await {
            Ok((_, record)) => {
                let mut reply = self.seen(record.as_deref(), |seen| {
                    let mut reply = self.manner.me(seen, word.as_deref());
                    let cookie = self.asked.cookie(&self.setting.policy, seen.decision, record.as_deref());
                    reply.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
                    reply
                });
                if let Some(applied) = self.asked.preference_applied(&self.setting.policy) {
                    reply.headers_mut().append("preference-applied", applied);
                }
                reply
            }
            Err(problem) => self.refused(problem),
        }
    }

    pub(super) async fn export(self) -> Reply {
        match self.known().await {
            Ok((identity, record)) => self.seen(record.as_deref(), |seen| self.manner.export(seen, identity.customer)),
            Err(problem) => self.refused(problem),
        }
    }

    /// How it all works, for everybody; whoever is known gets the switch, too.
    pub(super) async fn policy(self) -> Reply {
        self.manner.policy(match self.known().await {
            Ok((_, record)) => self.seen(record.as_deref(), |seen| match seen.pause() {
                Some(_) => Profile::Off,
                None => Profile::On,
            }),
            Err(Problem::Unavailable) => Profile::Unknown,
            Err(_) => Profile::Strangers,
        })
    }

    pub(super) async fn change<Q>(mut self, route: Route<'_>, body: Q) -> Reply
    where
        Q: Body<Data = Bytes>,
    {
        let wish = match self.wish(route, body).await {
            Ok(wish) => wish,
            Err(problem) => return self.refused(problem),
        };
        match (self.identity(), self.visitors(&wish)) {
            (Ok(identity), _) => self.fulfil(&identity, wish).await,
            (Err(_), Some(Answers::Agrees(visitor))) => {
                let set = self.setting.policy.identity().visitors.as_ref().map(|all| all.set(&visitor, self.asked.now));
                let identity = Arc::new(visitor.identity());
                self.asked.identity = Some(Arc::clone(&identity));
                self.asked.visitor = Visiting::Alone(Arc::new(visitor));
                let mut reply = self.fulfil(&identity, wish).await;
                if reply.status().is_success() || reply.status().is_redirection() {
                    reply.headers_mut().extend(set.map(|cookie| (SET_COOKIE, cookie)));
                }
                reply
            }
            // Nothing is kept of somebody whom nobody knows, and nothing will be.
            (Err(_), Some(Answers::Refuses)) => self.seen(None, |seen| self.manner.me(seen, None)),
            (Err(problem), None) => self.refused(problem),
        }
    }

    /// What is wished for.
    async fn wish<Q>(&self, route: Route<'_>, body: Q) -> Result<Wish, Problem>
    where
        Q: Body<Data = Bytes>,
    {
        if !self.asked.may_begin() {
            self.identity()?;
        }
        if self.may_be_foreign() {
            return Err(Problem::Foreign);
        }
        let bytes = match timeout(PATIENCE, keep(body, LONGEST_BODY)).await {
            Ok((_, Some(bytes))) => bytes,
            Ok((_, None)) => return Err(Problem::TooLong),
            Err(_) => return Err(Problem::TooSlow),
        };
        let Self { head, asked, setting, .. } = self;
        Wish::read(route, &head.method, &head.headers, &bytes, setting.policy.terms(), asked.now)
    }

    /// What somebody whom nobody knows answers to the question whether they want to be remembered: whoever agrees is a
    /// visitor from here on.
    fn visitors(&self, wish: &Wish) -> Option<Answers> {
        let policy = &self.setting.policy;
        let visitors = policy.identity().visitors.as_ref().filter(|_| self.asked.may_begin())?;
        match wish {
            Wish::Purpose(name, granted) if self.is_record(policy.rules().purposes.set_of(name.as_str())) => {
                if *granted { visitors.begin(self.asked.now).map(Answers::Agrees) } else { Some(Answers::Refuses) }
            }
            _ => None,
        }
    }

    async fn fulfil(&self, identity: &Identity, wish: Wish) -> Reply {
        let Setting { policy, relationships, .. } = self.setting;
        let (asked, own) = (self.asked.without_preference(), Arc::clone(policy));
        let purpose = match &wish {
            Wish::Purpose(name, _) => policy.rules().purposes.set_of(name.as_str()),
            Wish::Limit(_) | Wish::Pause(_) | Wish::Forget => PurposeSet::EMPTY,
        };
        let choosing = Choosing {
            at: asked.now,
            gpc: asked.gpc,
            is_record: self.is_record(purpose),
            stages: stages(&policy.rules().ladder),
            stands: Arc::new(move |record| {
                asked.decide(own.rules(), Known::Record(record)).consent.granted.contains(purpose)
            }),
            wish,
        };
        let whose = Whose { customer: identity.customer, former: &identity.former };
        let done = write(relationships, whose, &choosing).await;
        report::chosen(&self.setting.told, choosing.wish.word(), done.word());
        match done {
            Done::Durable(_) if self.head.method == Method::POST => self.manner.done(choosing.wish.done()),
            Done::Durable(record) => {
                self.seen(record.as_deref(), |seen| self.manner.me(seen, Some(choosing.wish.done())))
            }
            Done::InForce => {
                let known = relationships.peek(identity.customer).flatten();
                self.seen(known.as_deref(), |seen| self.manner.unsaved(seen))
            }
            Done::Gone => self.refused(Problem::Unknown),
            Done::Conflict => self.refused(Problem::Conflict),
            Done::Failed => self.refused(Problem::Unavailable),
            Done::Busy => self.refused(Problem::Busy),
        }
    }

    fn is_record(&self, purpose: PurposeSet) -> bool {
        !purpose.is_empty() && purpose == self.setting.policy.rules().purposes.record()
    }

    fn identity(&self) -> Result<Arc<Identity>, Problem> {
        let is_gone = |identity: &Arc<Identity>| {
            let record = self.setting.relationships.peek(identity.customer).flatten();
            self.asked.is_nobody(record.as_deref())
        };
        match &self.asked.identity {
            Some(identity) if is_gone(identity) => Err(Problem::Unknown),
            Some(identity) => Ok(Arc::clone(identity)),
            None if self.asked.has_bad_token() => Err(Problem::BadToken),
            None => Err(Problem::Unknown),
        }
    }

    /// Who asks, and what is kept of them. A customer who wants to see it is not told that there is nothing while the store
    /// is slow.
    async fn known(&self) -> Result<(Arc<Identity>, Option<Arc<Record>>), Problem> {
        let identity = self.identity()?;
        let loading = self.setting.relationships.load_moved(identity.customer, &identity.former);
        let loaded = timeout(PATIENCE, loading).await.map_err(|_| "late");
        match loaded.and_then(|loaded| loaded.map_err(|error| error.kind().word())) {
            Ok(record) if self.asked.is_nobody(record.as_deref()) => Err(Problem::Unknown),
            Ok(record) => {
                self.leave_unclear(record.as_deref());
                Ok((identity, record))
            }
            Err(cause) => {
                report::store_trouble(&self.setting.told, cause);
                Err(Problem::Unavailable)
            }
        }
    }

    /// Who signed in on a visitor's device without agreeing to be remembered may not be that visitor: nobody else gets what is known
    /// of it from now on. (Whoever agrees is joined at an endpoint.)
    fn leave_unclear(&self, record: Option<&Record>) {
        let Setting { policy, relationships, .. } = self.setting;
        if let Visiting::SignsIn(visitor) = &self.asked.visitor
            && !self.asked.without_preference().decide(policy.rules(), Known::Record(record)).may_record
        {
            relationships.leave_unclear(visitor.pseudonym);
        }
    }

    /// What is seen of a record in this request.
    fn seen<T>(&self, record: Option<&Record>, show: impl FnOnce(&Seen<'_>) -> T) -> T {
        let (policy, asked) = (&self.setting.policy, &self.asked);
        let decision = asked.decide(policy.rules(), Known::Record(record));
        let own = asked.without_preference().decide(policy.rules(), Known::Record(record)).stage;
        let vouched = asked.identity.as_ref().and_then(|identity| identity.known_since);
        show(&Seen { terms: policy.terms(), record, decision: &decision, own, vouched, now: asked.now })
    }

    /// What could not be done. Whoever is nobody any more loses the visitor's cookie.
    fn refused(&self, problem: Problem) -> Reply {
        let mut reply = self.manner.problem(problem);
        if problem == Problem::Unknown && self.asked.visitor.visitor().is_some() {
            let visitors = self.setting.policy.identity().visitors.as_ref();
            reply.headers_mut().extend(visitors.map(|visitors| (SET_COOKIE, visitors.remove())));
        }
        reply
    }

    /// Whether the request may have been made by another site's page without the customer's doing.
    ///
    /// A page can make a browser send cookies, but no header that says who asks. Forms are the portal's own: some gateways
    /// make such a header of a cookie, so a form must not be foreign whatever says who asks.
    fn may_be_foreign(&self) -> bool {
        let by_header = is_in_header(&self.setting.policy.identity().sources, &self.head.headers);
        match site(&self.head.uri, &self.head.headers) {
            Site::Own => false,
            Site::Foreign => !by_header || self.head.method == Method::POST,
            Site::Silent => !by_header,
        }
    }
}

/// What somebody whom nobody knows answers.
enum Answers {
    Agrees(Visitor),
    Refuses,
}

/// The first value of a query parameter.
fn query(head: &request::Parts, name: &str) -> Option<String> {
    let query = head.uri.query()?.as_bytes();
    form_urlencoded::parse(query).find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}
