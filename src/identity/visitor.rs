//! People without a token: known again by a cookie that the layer signs.
//!
//! The cookie holds a random number and the time at which it was made, and a keyed BLAKE3 hash over both. Whoever brings it
//! back is the visitor of that number, and kept under a pseudonym like a customer. It is signed, not encrypted: there is
//! nothing in it to be read.
//!
//! Its name begins with `__Host-` (RFC 6265bis section 4.1.3.2): a browser takes such a cookie only over a secure connection,
//! for this host alone and for all of its paths, so that no neighbouring host can put its own in the place. A browser that
//! counts `http://localhost` as secure takes it there, too; over plain HTTP from elsewhere none does, and nobody is known
//! again. `HttpOnly`, for no script needs it; `SameSite=Lax`, so that it comes along when a link leads here, and not with what
//! other sites embed or send.

mod signed;

use std::{fmt, time::Duration};

use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use self::signed::{Keys, Said};
use super::{
    claims::Identity,
    customer::{Pseudonym, PseudonymKey},
};
use crate::cookies;

/// How visitors are known again.
///
/// ```
/// use std::time::Duration;
/// use http::{HeaderMap, header::COOKIE};
/// use jiff::{SignedDuration, Timestamp};
/// use tower_rapport::identity::{PseudonymKey, VisitorError, Visitors};
///
/// let (month, now) = (Duration::from_secs(30 * 86_400), Timestamp::now());
/// let visitors = Visitors::new("known", month, "https://shop.example", &PseudonymKey::new(b"a secret"), []);
/// let visitor = visitors.begin(now).ok_or("the operating system has no random numbers")?;
/// let line = visitors.set(&visitor, now); // of `Set-Cookie`
/// assert!(line.to_str()?.starts_with("__Host-known="));
///
/// let cookie = line.to_str()?.split(';').next().unwrap_or_default().parse()?;
/// let headers = HeaderMap::from_iter([(COOKIE, cookie)]);
/// assert_eq!(visitors.find(&headers, now)?.map(|known| known.pseudonym), Some(visitor.pseudonym));
/// let late = now + SignedDuration::from_hours(24 * 31);
/// assert_eq!(visitors.find(&headers, late), Err(VisitorError::Expired));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Visitors {
    cookie: String,
    max_age: Duration,
    keys: Keys,
    former: Box<[Keys]>,
    issuer: String,
}

/// Somebody whose cookie is right.
///
/// See the example of [`Visitors`].
#[derive(Clone, PartialEq, Eq)]
pub struct Visitor {
    id: [u8; 16],
    made: Timestamp,
    /// Under which the visitor is kept.
    pub pseudonym: Pseudonym,
    /// Under which the visitor was kept with earlier secrets, in the order of those.
    pub former: Box<[Pseudonym]>,
    /// Whether the cookie was signed with an earlier secret.
    is_former: bool,
}

impl Visitors {
    /// Visitors of one issuer's site, known by a cookie that lives as long as `max_age` after each day on which it came.
    ///
    /// `cookie` is its name. `__Host-` is put before it, unless it begins with that or with `__Secure-`.
    pub fn new(
        cookie: &str,
        max_age: Duration,
        issuer: &str,
        secret: &PseudonymKey,
        former: impl IntoIterator<Item = PseudonymKey>,
    ) -> Self {
        let has_prefix = ["__host-", "__secure-"]
            .iter()
            .any(|prefix| cookie.get(..prefix.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(prefix)));
        Self {
            cookie: if has_prefix { cookie.to_owned() } else { format!("__Host-{cookie}") },
            max_age,
            keys: Keys::of(secret),
            former: former.into_iter().map(|secret| Keys::of(&secret)).collect(),
            issuer: issuer.to_owned(),
        }
    }

    /// The whole name of the cookie.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// How long the cookie lives.
    pub fn max_age(&self) -> Duration {
        self.max_age
    }

    /// The visitor of a request, if it has the cookie.
    ///
    /// # Errors
    ///
    /// A cookie that proves nothing: whoever sent it is nobody.
    pub fn find(&self, headers: &HeaderMap, now: Timestamp) -> Result<Option<Visitor>, VisitorError> {
        let mut values = cookies::all(headers).filter(|(name, _)| *name == self.cookie.as_bytes());
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some((_, value)), None) => self.read(value, now).map(Some),
            (Some(_), Some(_)) => Err(VisitorError::Ambiguous),
        }
    }

    /// A visitor who was not here before. None where the operating system has no random number, which a sound one always has.
    pub fn begin(&self, now: Timestamp) -> Option<Visitor> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).ok()?;
        Some(self.visitor(id, now, false))
    }

    /// The `Set-Cookie` line that makes a client known again, from now on for the whole of `max_age`.
    pub fn set(&self, visitor: &Visitor, now: Timestamp) -> HeaderValue {
        let written = self.keys.written(&self.issuer, visitor.id, now);
        self.line(&written, self.max_age.as_secs())
    }

    /// The `Set-Cookie` line that makes a client forget the cookie.
    pub fn remove(&self) -> HeaderValue {
        self.line("", 0)
    }

    /// Whether a cookie is to be set anew: a day old, or half of its life, or signed with an earlier secret.
    pub(crate) fn is_to_be_renewed(&self, visitor: &Visitor, now: Timestamp) -> bool {
        let age = Duration::try_from(now.duration_since(visitor.made)).unwrap_or_default();
        visitor.is_former || age >= A_DAY.min(self.max_age / 2)
    }

    fn read(&self, value: &[u8], now: Timestamp) -> Result<Visitor, VisitorError> {
        let said = Said::read(value).ok_or(VisitorError::Shape)?;
        let is_right = |keys: &Keys| said.is_signed_with(keys, &self.issuer);
        let is_former = !is_right(&self.keys);
        if is_former && !self.former.iter().any(is_right) {
            return Err(VisitorError::Signature);
        }
        let age = now.duration_since(said.made);
        match Duration::try_from(age) {
            Ok(age) if age > self.max_age => Err(VisitorError::Expired),
            Err(_) if age.unsigned_abs() > A_DAY => Err(VisitorError::Future),
            _ => Ok(self.visitor(said.id, said.made, is_former)),
        }
    }

    fn visitor(&self, id: [u8; 16], made: Timestamp, is_former: bool) -> Visitor {
        let former = self.former.iter().map(|keys| keys.pseudonym(&self.issuer, id)).collect();
        Visitor { id, made, pseudonym: self.keys.pseudonym(&self.issuer, id), former, is_former }
    }

    fn line(&self, value: &str, seconds: u64) -> HeaderValue {
        let name = &self.cookie;
        let line = format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax");
        // The name is a token, and all else is visible ASCII.
        let mut line = HeaderValue::try_from(line).unwrap_or(HeaderValue::from_static(""));
        line.set_sensitive(true);
        line
    }
}

/// Its name and life; no key.
impl fmt::Debug for Visitors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitors").field("cookie", &self.cookie).field("max_age", &self.max_age).finish_non_exhaustive()
    }
}

impl Visitor {
    /// The visitor as somebody who asks: of age and claims nothing is known, and the cookie has no end but its own.
    pub fn identity(&self) -> Identity {
        Identity::known_as(self.pseudonym, self.former.clone())
    }
}

/// The pseudonym; not the number, with which anybody could sign in as the visitor if the key were known.
impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor").field("pseudonym", &self.pseudonym).finish_non_exhaustive()
    }
}

/// Why a visitor's cookie is nobody's.
///
/// It carries no part of the cookie, so that it can be logged and counted anywhere.
///
/// See the example of [`Visitors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VisitorError {
    /// Several cookies have the name.
    Ambiguous,
    /// It is not what the layer writes.
    Shape,
    /// It was signed by nobody, with another secret, or for another issuer's site.
    Signature,
    /// Its time is over.
    Expired,
    /// It bears a date to come.
    Future,
}

impl VisitorError {
    /// One stable word for a counter.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::Shape => "shape",
            Self::Signature => "signature",
            Self::Expired => "expired",
            Self::Future => "future",
        }
    }
}

impl fmt::Display for VisitorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ambiguous => "several cookies have the name of the visitor's",
            Self::Shape => "the visitor's cookie is not what the layer writes",
            Self::Signature => "the visitor's cookie was not signed here",
            Self::Expired => "the visitor's cookie is too old",
            Self::Future => "the visitor's cookie bears a date to come",
        })
    }
}

impl std::error::Error for VisitorError {}

/// How often a cookie is set anew at most, and by how much a clock may be ahead.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests;
