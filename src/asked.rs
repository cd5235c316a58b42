//! What one request says of its customer: token, signals, wishes. Gathered once, owned, used again for the answer.

mod carried;
mod happened;
mod overriding;
mod preference;
mod visiting;

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use jiff::Timestamp;

use self::preference::preference;
pub(crate) use self::{
    carried::Carried,
    happened::Happened,
    overriding::Named,
    visiting::{SigningIn, Visiting},
};
use crate::{
    consent::{self, Doubtful, Judging, Signals, TcfSays},
    decision::{Decision, Facts, Preference, Rules, decide},
    identity::{Identity, Verifier, find_token, is_in_header},
    lookup,
    policy::Policy,
    relationship::{Day, Record, Stage},
    report,
    tokens::Token,
};

/// What one request says of its customer.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Whoever is known: by a token, or else by a visitor's cookie.
    pub(crate) identity: Option<Arc<Identity>>,
    pub(crate) carries_identity: bool,
    pub(crate) visitor: Visiting,
    pub(crate) prefer: Option<Preference>,
    pub(crate) visit: bool,
    /// Whether a Global Privacy Control signal is to be remembered.
    pub(crate) remembers_gpc: bool,
    /// When the request came.
    pub(crate) now: Timestamp,
    pub(crate) gpc: bool,
    token: Token,
    signals: Signals,
    channel: Option<Stage>,
    holdout: Option<Stage>,
}

impl Asked {
    /// Reads the head of a request. A token that proves nothing makes a stranger and is counted.
    pub(crate) fn of(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        policy: &Policy,
        verifier: &Verifier,
        now: Timestamp,
    ) -> Self {
        let identity = match find_token(&policy.identity().sources, headers) {
            Ok(None) => Ok(None),
            Ok(Some(token)) => verifier.verify(token, now).map(Some),
            Err(error) => Err(error),
        };
        let token = match &identity {
            Ok(None) => Token::Nothing,
            Ok(Some(_)) => Token::Good,
            Err(error) => {
                report::bad_token(error.kind());
                Token::Bad(*error)
            }
        };
        let bad_token = identity.is_err();
        let customer = identity.ok().flatten();
        // A doubtful token is not passed over for a cookie.
        let visitor = if bad_token { Visiting::Off } else { Visiting::of(headers, policy, customer.is_some(), now) };
        let identity = customer.or_else(|| visitor.alone().map(|visitor| Arc::new(visitor.identity())));
        // Whoever is not known, and cannot become so, has nothing to agree to.
        let may_agree = identity.is_some() || matches!(visitor, Visiting::None | Visiting::Bad);
        let signals = if may_agree { signals(uri, headers, policy, now) } else { Signals::default() };
        let gpc = policy.consent().gpc && consent::opts_out(headers);
        let holdout = identity.as_ref().and_then(|identity| policy.held_out(identity.customer));
        Self {
            carries_identity: bad_token || identity.is_some() || visitor.has_cookie(),
            identity,
            visitor,
            token,
            now,
            signals,
            gpc,
            remembers_gpc: gpc && policy.consent().gpc_remember,
            channel: policy.channel_cap(headers),
            holdout,
            prefer: preference(headers, policy.rules()),
            visit: !method.as_str().eq_ignore_ascii_case(Method::HEAD.as_str()) && !is_prefetch(headers),
        }
    }

    /// Somebody whom the business names itself: no request says anything of them.
    pub(crate) fn named(identity: Identity, now: Timestamp) -> Self {
        Self {
            identity: Some(Arc::new(identity)),
            carries_identity: true,
            visitor: Visiting::Off,
            prefer: None,
            visit: false,
            remembers_gpc: false,
            now,
            gpc: false,
            token: Token::Nothing,
            signals: Signals::default(),
            channel: None,
            holdout: None,
        }
    }

    /// Whether a token came that proves nothing.
    pub(crate) fn has_bad_token(&self) -> bool {
        matches!(self.token, Token::Bad(_))
    }

    /// What stood in the places where tokens may stand.
    pub(crate) fn token(&self) -> Token {
        self.token
    }

    /// The decision for this request, given what the store knows of its customer.
    pub(crate) fn decide(&self, rules: &Rules, known: Known<'_>) -> Decision {
        let (facts, record) = self.given(known);
        decide(rules, record, &facts)
    }

    /// The same without what the client prefers for this answer.
    pub(crate) fn without_preference(&self) -> Self {
        Self { prefer: None, ..self.clone() }
    }

    /// What the client prefers and gets, for `Preference-Applied` (RFC 7240 section 3).
    pub(crate) fn preference_applied(&self, policy: &Policy) -> Option<HeaderValue> {
        let word = match self.prefer? {
            Preference::None => "none",
            Preference::AtMost(stage) => policy.rules().ladder.name(stage).as_str(),
        };
        HeaderValue::try_from(format!("personalization={word}")).ok()
    }

    /// What decides, given what the store knows: the facts, and the record.
    pub(crate) fn given<'a>(&'a self, known: Known<'a>) -> (Facts<'a>, Option<&'a Record>) {
        let (record, store_silent) = match known {
            Known::Record(record) => (record, false),
            Known::Silence => (None, true),
        };
        let facts = self.facts(store_silent);
        if self.is_nobody(record) { (Facts { known: false, ..facts }, None) } else { (facts, record) }
    }

    fn facts(&self, store_silent: bool) -> Facts<'_> {
        let identity = self.identity.as_deref();
        Facts {
            now: self.now,
            known: identity.is_some(),
            bad_token: self.has_bad_token(),
            store_silent,
            visit: self.visit,
            known_since: identity.and_then(|identity| identity.known_since),
            age: identity.and_then(|identity| identity.birthdate.age_on(Day::of(self.now))).map(u32::from),
            claim: identity.and_then(|identity| identity.purposes.as_deref()),
            tcf: self.signals.tcf,
            gpp: self.signals.gpp,
            gpc: self.gpc,
            channel: self.channel,
            holdout: self.holdout,
            prefer: self.prefer,
        }
    }
}

/// What the strings of consent frameworks say, where they are read. Those that do not count are counted.
fn signals(uri: &Uri, headers: &HeaderMap, policy: &Policy, now: Timestamp) -> Signals {
    let Some(carriers) = &policy.consent().tcf else { return Signals::default() };
    let valid_for = policy.rules().purposes.valid_for();
    let judging = Judging { valid_for, now, honours_gpc: policy.consent().gpc };
    let said = carriers.read(headers, uri, judging, |doubtful| match doubtful {
        Doubtful::Tcf(error) => report::bad_consent_string("tcf", error.kind()),
        Doubtful::Gpp => report::bad_consent_string("gpp", "unreadable"),
    });
    if uri.query().is_none() || !may_be_made_elsewhere(headers, policy) {
        return said;
    }
    // Whoever wrote the link may have written what stands in it: that refuses, and grants nothing.
    let granted = carriers.read(headers, &Uri::default(), judging, |_| {}).tcf.granted;
    Signals { tcf: TcfSays { granted: said.tcf.granted.intersection(granted), ..said.tcf }, ..said }
}

/// Whether another site's page may have made the address of a request: the browser says so (Fetch Metadata), and no script of
/// that page said in a header who asks.
fn may_be_made_elsewhere(headers: &HeaderMap, policy: &Policy) -> bool {
    let is_said = |name: &HeaderName, word: &str| lookup::lines(headers, name).any(|line| line == word);
    let by_script = || is_said(&SEC_FETCH_MODE, "cors") && is_in_header(&policy.identity().sources, headers);
    is_said(&SEC_FETCH_SITE, "cross-site") && !by_script()
}

/// What the store said of a customer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Known<'a> {
    /// This, or nothing.
    Record(Option<&'a Record>),
    /// It did not answer, or not in time.
    Silence,
}

/// Whether a browser fetches ahead of a click that may never come (Fetch, the `Sec-Purpose` header).
fn is_prefetch(headers: &HeaderMap) -> bool {
    let purposes = lookup::lines(headers, &SEC_PURPOSE).filter_map(|line| line.to_str().ok());
    purposes.flat_map(|line| line.split([',', ';'])).any(|word| word.trim().eq_ignore_ascii_case("prefetch"))
}

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
