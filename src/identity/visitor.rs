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

use std::{fmt, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

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
        // Room for one byte more than there may be: what is longer does not fit.
        let mut bytes = [0; WRITTEN + 1];
        let length = URL_SAFE_NO_PAD.decode_slice(value, &mut bytes).map_err(|_| VisitorError::Shape)?;
        let (signed, signature) = bytes.get(..length).and_then(parted).ok_or(VisitorError::Shape)?;
        let (id, made) = said(signed).ok_or(VisitorError::Shape)?;
        let is_right = |keys: &Keys| keys.signature(&self.issuer, signed) == blake3::Hash::from_bytes(signature);
        let is_former = !is_right(&self.keys);
        if is_former && !self.former.iter().any(is_right) {
            return Err(VisitorError::Signature);
        }
        let age = now.duration_since(made);
        match Duration::try_from(age) {
            Ok(age) if age > self.max_age => Err(VisitorError::Expired),
            Err(_) if age.unsigned_abs() > A_DAY => Err(VisitorError::Future),
            _ => Ok(self.visitor(id, made, is_former)),
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

/// What one secret gives: two keys that tell nothing of each other, nor of the one for customers.
#[derive(Clone)]
struct Keys {
    signing: [u8; 32],
    naming: [u8; 32],
}

impl Keys {
    fn of(secret: &PseudonymKey) -> Self {
        Self {
            signing: secret.for_another_use("tower-rapport 2026 visitor cookie"),
            naming: secret.for_another_use("tower-rapport 2026 visitor pseudonym"),
        }
    }

    /// Compared in constant time, as BLAKE3's hashes are.
    fn signature(&self, issuer: &str, signed: &[u8]) -> blake3::Hash {
        blake3::Hasher::new_keyed(&self.signing).update(signed).update(issuer.as_bytes()).finalize()
    }

    /// Under a key of its own, so that no customer's id leads to a visitor's pseudonym.
    fn pseudonym(&self, issuer: &str, id: [u8; 16]) -> Pseudonym {
        let mut bytes = [0; 16];
        let mut hash = blake3::Hasher::new_keyed(&self.naming);
        hash.update(&id).update(issuer.as_bytes()).finalize_xof().fill(&mut bytes);
        Pseudonym::from_bytes(bytes)
    }

    fn written(&self, issuer: &str, id: [u8; 16], made: Timestamp) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(id);
        bytes.extend(made.as_second().to_be_bytes());
        let signature = self.signature(issuer, &bytes);
        bytes.extend(signature.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// What is signed, and the signature.
fn parted(bytes: &[u8]) -> Option<(&[u8], [u8; 32])> {
    let (signed, signature) = bytes.split_at_checked(SIGNED)?;
    Some((signed, signature.try_into().ok()?))
}

/// The number, and the time of making.
fn said(signed: &[u8]) -> Option<([u8; 16], Timestamp)> {
    let (version, rest) = signed.split_first()?;
    let (id, made) = rest.split_first_chunk()?;
    let made = Timestamp::from_second(i64::from_be_bytes(made.try_into().ok()?)).ok()?;
    (*version == VERSION).then_some((*id, made))
}

/// The first byte of a cookie, so that another way to write it can be told apart.
const VERSION: u8 = 1;
const SIGNED: usize = 1 + 16 + 8;
const WRITTEN: usize = SIGNED + 32;

/// How often a cookie is set anew at most, and by how much a clock may be ahead.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests {
    use http::header::COOKIE;
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;
    use crate::identity::CustomerId;

    const ISSUER: &str = "https://id.shop.example";

    fn visitors_of(secret: &str, former: &[&str]) -> Visitors {
        let keys = former.iter().map(|secret| PseudonymKey::new(secret.as_bytes()));
        Visitors::new("rapport_visitor", 180 * A_DAY, ISSUER, &PseudonymKey::new(secret.as_bytes()), keys)
    }

    fn visitors() -> Visitors {
        visitors_of("this year's", &["last year's"])
    }

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn days(days: i64) -> Timestamp {
        now() + SignedDuration::from_hours(24 * days)
    }

    /// What a client keeps of a `Set-Cookie` line, and sends back.
    fn kept(line: &HeaderValue) -> String {
        line.to_str().unwrap().split(';').next().unwrap().to_owned()
    }

    fn find(visitors: &Visitors, cookies: &[&str], now: Timestamp) -> Result<Option<Visitor>, VisitorError> {
        let mut headers = HeaderMap::new();
        for line in cookies {
            headers.append(COOKIE, line.parse().unwrap());
        }
        visitors.find(&headers, now)
    }

    #[test]
    fn who_brings_the_cookie_back_is_the_same_visitor() {
        let visitors = visitors();
        let visitor = visitors.begin(now()).unwrap();
        let line = visitors.set(&visitor, now());
        let cookie = kept(&line);
        let attributes = "; Path=/; Max-Age=15552000; Secure; HttpOnly; SameSite=Lax";
        assert_eq!(line.to_str().unwrap(), format!("{cookie}{attributes}"));
        assert!(cookie.starts_with("__Host-rapport_visitor=") && line.is_sensitive());
        assert_eq!(find(&visitors, &[&cookie], now()), Ok(Some(visitor.clone())));
        assert_eq!(find(&visitors, &["a=1", &format!("b=2; {cookie}; c=3")], days(180)).unwrap().unwrap(), visitor);
        assert_ne!(visitors.begin(now()).unwrap().pseudonym, visitor.pseudonym);
        let removal = "__Host-rapport_visitor=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax";
        assert_eq!(visitors.remove().to_str().unwrap(), removal);
        assert_eq!(find(&visitors, &[&kept(&visitors.remove())], now()), Err(VisitorError::Shape));
    }

    #[test]
    fn the_name_has_a_prefix_that_browsers_guard() {
        for (name, whole) in [
            ("rapport_visitor", "__Host-rapport_visitor"),
            ("__Host-v", "__Host-v"),
            ("__host-v", "__host-v"),
            ("__Secure-v", "__Secure-v"),
            ("v", "__Host-v"),
        ] {
            let visitors = Visitors::new(name, A_DAY, ISSUER, &PseudonymKey::new(b"x"), []);
            assert_eq!(visitors.cookie(), whole);
        }
    }

    #[test]
    fn a_cookie_that_proves_nothing_is_nobodys() {
        let visitors = visitors();
        let cookie = kept(&visitors.set(&visitors.begin(now()).unwrap(), now()));
        let name = "__Host-rapport_visitor";
        let other_issuer = Visitors { issuer: "https://id.other.example".into(), ..visitors.clone() };
        let foreign = [&visitors_of("another", &[]), &other_issuer]
            .map(|other| kept(&other.set(&other.begin(now()).unwrap(), now())));
        for (cookies, at, expected) in [
            (vec![&*cookie, &cookie], now(), VisitorError::Ambiguous),
            (vec![&format!("{cookie}; {name}=x")], now(), VisitorError::Ambiguous),
            (vec![&format!("{name}=")], now(), VisitorError::Shape),
            (vec![&format!("{name}=x")], now(), VisitorError::Shape),
            (vec![&format!("{cookie}A")], now(), VisitorError::Shape),
            (vec![&format!("{cookie}=")], now(), VisitorError::Shape),
            (vec![&format!("{cookie}{}", "A".repeat(9_000))], now(), VisitorError::Shape),
            (vec![&cookie[..cookie.len() - 4]], now(), VisitorError::Shape),
            (vec![&*foreign[0]], now(), VisitorError::Signature),
            (vec![&*foreign[1]], now(), VisitorError::Signature),
            (vec![&*cookie], days(181), VisitorError::Expired),
            (vec![&*cookie], days(-2), VisitorError::Future),
        ] {
            assert_eq!(find(&visitors, &cookies, at), Err(expected), "{cookies:?}");
        }
        let unprefixed = cookie.replace("__Host-", "");
        assert_eq!(find(&visitors, &["a=1", &unprefixed], now()), Ok(None), "another cookie is none of ours");
    }

    #[test]
    fn who_was_known_under_an_earlier_secret_is_known_on_and_signed_anew() {
        let before = visitors_of("last year's", &[]);
        let visitor = before.begin(now()).unwrap();
        let cookie = kept(&before.set(&visitor, now()));
        let found = find(&visitors(), &[&cookie], now()).unwrap().unwrap();
        assert_eq!(&*found.former, [visitor.pseudonym]);
        assert_ne!(found.pseudonym, visitor.pseudonym);
        assert!(visitors().is_to_be_renewed(&found, now()) && !before.is_to_be_renewed(&visitor, now()));
        let anew = find(&visitors(), &[&kept(&visitors().set(&found, now()))], now()).unwrap().unwrap();
        assert_eq!((anew.pseudonym, anew.former), (found.pseudonym, found.former));
    }

    #[test]
    fn a_cookie_is_set_anew_once_a_day() {
        let visitors = visitors();
        let visitor = visitors.begin(now()).unwrap();
        let hours = |hours| now() + SignedDuration::from_hours(hours);
        for (at, renewed) in [(hours(0), false), (hours(23), false), (hours(24), true), (hours(400), true)] {
            assert_eq!(visitors.is_to_be_renewed(&visitor, at), renewed, "{at}");
        }
        assert!(!visitors.is_to_be_renewed(&visitor, hours(-5)), "a clock that is behind");
        let short = Visitors { max_age: Duration::from_secs(7_200), ..visitors };
        assert!(short.is_to_be_renewed(&visitor, hours(1)));
    }

    #[test]
    fn a_visitor_and_a_customer_are_never_kept_as_one() {
        let secret = PseudonymKey::new(b"this year's");
        let visitors = visitors();
        let visitor = visitors.begin(now()).unwrap();
        let id = String::from_utf8_lossy(&visitor.id).into_owned();
        let cookie = kept(&visitors.set(&visitor, now()));
        // Whatever somebody may be called elsewhere.
        for name in [id, cookie.clone(), cookie.split('=').nth(1).unwrap().into(), visitor.pseudonym.to_string()] {
            for issuer in [ISSUER, ""] {
                assert_ne!(secret.pseudonym(issuer, &CustomerId::new(name.clone())), visitor.pseudonym);
            }
        }
    }

    #[test]
    fn nothing_of_a_cookie_is_printed() {
        let visitors = visitors();
        let visitor = visitors.begin(now()).unwrap();
        let printed = format!("{visitors:?} {visitor:?} {:?}", visitors.set(&visitor, now()));
        let value = kept(&visitors.set(&visitor, now()));
        assert!(!printed.contains(value.split('=').nth(1).unwrap()), "{printed}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        /// One bit of a cookie changed, and it is nobody's.
        #[test]
        fn a_forged_cookie_is_nobodys(bit in 0_usize..WRITTEN * 8) {
            let visitors = visitors();
            let cookie = kept(&visitors.set(&visitors.begin(now()).unwrap(), now()));
            let (name, value) = cookie.split_once('=').unwrap();
            let mut bytes = URL_SAFE_NO_PAD.decode(value).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let forged = format!("{name}={}", URL_SAFE_NO_PAD.encode(bytes));
            prop_assert!(find(&visitors, &[&forged], now()).is_err());
        }

        #[test]
        fn any_value_is_a_cookie_or_none(value in "[A-Za-z0-9_=-]{0,90}") {
            let line = format!("__Host-rapport_visitor={value}");
            prop_assert!(find(&visitors(), &[&line], now()).is_err());
        }
    }
}
