//! From a token to an identity: every check in one place, and a cache of those that passed.

#[cfg(feature = "jwks")]
use std::sync::OnceLock;
use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use quick_cache::{
    UnitWeighter,
    sync::{Cache, DefaultLifecycle},
};
use serde_json::Value;
use siphasher::sip128::SipHasher24;
#[cfg(feature = "jwks")]
use tokio::task::AbortHandle;

use super::{
    claims::{Identity, TokenRules, check_time},
    customer::PseudonymKey,
    keys::{Key, KeySet},
    refusal::TokenError,
    uniform::Uniform,
};
use crate::object::read_object;

/// Turns tokens into identities.
///
/// A token is three parts of unpadded base64url (RFC 7515 section 7.1), of 8 KiB at most, signed by one of the keys with
/// that key's own algorithm. Its header may not have `crit`, `jwk`, `jku`, `x5u`, `x5c` or `b64`: nothing in a token
/// says how it is to be checked. `iss`, `aud`, `exp` and the subject are required, each of its JSON type; `nbf` is
/// checked where it stands; no member stands twice. Other claims and header members are let be.
///
/// What was verified is remembered by a keyed hash of the token until the token expires, at most for a day, until the keys
/// change, and as long as there is room. A failure is not remembered.
///
/// ```
/// use jiff::Timestamp;
/// use jsonwebtoken::{EncodingKey, Header, encode};
/// use serde_json::json;
/// use tower_rapport::identity::{Algorithm, ClaimNames, Key, KeySet, PseudonymKey, TokenError, TokenRules, Verifier};
///
/// let secret = b"a secret of at least 32 bytes ...";
/// let keys = KeySet::new(vec![Key::symmetric(Algorithm::Hs256, None, secret)?])?;
/// let claims = ClaimNames { purposes: Some("consent".into()), ..ClaimNames::default() };
/// let rules = TokenRules { claims, ..TokenRules::new("https://id.shop.example", "shop") };
/// let verifier = Verifier::new(keys, rules, PseudonymKey::new(b"another secret"), 10_000);
///
/// let now = Timestamp::now();
/// let payload = json!({
///     "iss": "https://id.shop.example", "aud": "shop", "sub": "anna", "exp": now.as_second() + 600, "consent": ["record"],
/// });
/// let token = encode(&Header::default(), &payload, &EncodingKey::from_secret(secret))?;
/// let identity = verifier.verify(&token, now)?;
/// assert_eq!(identity.purposes.as_deref(), Some(&["record".to_owned()][..]));
///
/// let later = now + jiff::SignedDuration::from_mins(11);
/// assert_eq!(verifier.verify(&token, later), Err(TokenError::Expired));
/// assert_eq!(verifier.verify("no token", now).unwrap_err().kind(), "shape");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Verifier {
    rules: TokenRules,
    pseudonyms: PseudonymKey,
    former: Box<[PseudonymKey]>,
    keys: RwLock<Generation>,
    /// The generation in force. An entry of an earlier one counts for nothing, even if it is put in late.
    generation: AtomicU64,
    digests: Digests,
    verified: Cache<u128, Verified, UnitWeighter, Uniform>,
    #[cfg(feature = "jwks")]
    refresh: Refresh,
}

impl Verifier {
    /// A verifier with the policy's own keys, which remembers up to `remembered` tokens.
    pub fn new(keys: KeySet, rules: TokenRules, pseudonyms: PseudonymKey, remembered: u64) -> Self {
        let verifier = Self::without_keys(rules, pseudonyms, remembered);
        verifier.replace_keys(keys);
        verifier
    }

    /// A verifier whose keys are still to come: until [`replace_keys`](Self::replace_keys), every token is a stranger's.
    pub fn without_keys(rules: TokenRules, pseudonyms: PseudonymKey, remembered: u64) -> Self {
        Self {
            rules,
            digests: Digests::new(pseudonyms.for_another_use("tower-rapport 2026 remembered token")),
            pseudonyms,
            former: Box::default(),
            keys: RwLock::default(),
            generation: AtomicU64::default(),
            verified: Cache::with(
                usize::try_from(remembered).unwrap_or(usize::MAX),
                remembered,
                UnitWeighter,
                Uniform::default(),
                DefaultLifecycle::default(),
            ),
            #[cfg(feature = "jwks")]
            refresh: Refresh::default(),
        }
    }

    /// Also tells under which pseudonyms a customer was kept with earlier secrets.
    #[must_use]
    pub fn with_former(mut self, former: impl IntoIterator<Item = PseudonymKey>) -> Self {
        self.former = former.into_iter().collect();
        self
    }

    /// Takes other keys from now on, and forgets every token that was verified with the present ones.
    pub fn replace_keys(&self, keys: KeySet) {
        let mut current = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        current.number += 1;
        current.keys = Some(Arc::new(keys));
        self.generation.store(current.number, Ordering::Release);
        drop(current);
        self.verified.clear();
    }

    /// Whose token this is, at this instant.
    ///
    /// A token that was verified before costs its digest and a look-up.
    ///
    /// # Errors
    ///
    /// Any of [`TokenError`]: whoever sent it is a stranger.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Identity>, TokenError> {
        if token.len() > TOKEN_BYTES {
            return Err(TokenError::TooLong);
        }
        let digest = self.digests.of(token);
        if let Some(known) = self.verified.get(&digest)
            && known.generation == self.generation.load(Ordering::Acquire)
            && now < known.until
        {
            check_time(known.identity.not_before, known.identity.expires, self.rules.leeway, now)?;
            return Ok(known.identity);
        }
        let current = self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        let keys = current.keys.ok_or(TokenError::NoKeys)?;
        let payload = signed_payload(token, &keys)?;
        let identity = Arc::new(Identity::read(&payload, &self.rules, &self.pseudonyms, &self.former, now)?);
        let until = now.saturating_add(REMEMBERED_AT_MOST).unwrap_or(now);
        let known = Verified { identity: Arc::clone(&identity), generation: current.number, until };
        self.verified.insert(digest, known);
        Ok(identity)
    }

    /// Starts the task that fetches keys, unless there is one already. It ends with the verifier.
    #[cfg(feature = "jwks")]
    pub(super) fn refresh_with(&self, start: impl FnOnce() -> AbortHandle) {
        self.refresh.0.get_or_init(start);
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// The task that fetches keys for a verifier.
#[cfg(feature = "jwks")]
#[derive(Default)]
struct Refresh(OnceLock<AbortHandle>);

#[cfg(feature = "jwks")]
impl Drop for Refresh {
    fn drop(&mut self) {
        if let Some(task) = self.0.get() {
            task.abort();
        }
    }
}

/// The keys in force, and how many times they have been replaced.
#[derive(Clone, Default)]
struct Generation {
    number: u64,
    keys: Option<Arc<KeySet>>,
}

/// A token that passed.
#[derive(Clone)]
struct Verified {
    identity: Arc<Identity>,
    generation: u64,
    /// Until when this is remembered; the token may be over before.
    until: Timestamp,
}

/// Makes of each token the number by which it is remembered.
///
/// By SipHash-2-4 (Aumasson and Bernstein) with 128 bits and a key of its own, which takes half of BLAKE3's time. Without the key
/// nobody can tell what it makes of a token, so who would be taken for somebody else can only send tokens until one of 2¹²⁸
/// numbers is met by chance. Two tokens that were made to meet are both known to whoever made them, and tell of nobody else.
struct Digests(SipHasher24);

impl Digests {
    /// By a key of chance, or where there is none as much of this one as the hash takes.
    fn new(otherwise: [u8; 32]) -> Self {
        let mut key = [0; 16];
        if getrandom::fill(&mut key).is_err() {
            key.iter_mut().zip(otherwise).for_each(|(place, byte)| *place = byte);
        }
        Self(SipHasher24::new_with_key(&key))
    }

    fn of(&self, token: &str) -> u128 {
        self.0.hash(token.as_bytes()).as_u128()
    }
}

/// The payload of a token that one of the keys has signed.
fn signed_payload(token: &str, keys: &KeySet) -> Result<Vec<u8>, TokenError> {
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(TokenError::Shape);
    };
    let key = key_for(header, keys)?;
    let signature = decode(signature)?;
    let message = token.get(..header.len() + 1 + payload.len()).ok_or(TokenError::Shape)?;
    if !key.signed(message.as_bytes(), &signature) {
        return Err(TokenError::Signature);
    }
    decode(payload)
}

/// The key that a token's header names, if the header is one that may stand.
fn key_for<'a>(header: &str, keys: &'a KeySet) -> Result<&'a Key, TokenError> {
    let header = read_object(&decode(header)?)?;
    if FORBIDDEN.iter().any(|name| header.contains_key(*name)) {
        return Err(TokenError::Header);
    }
    let Some(Value::String(algorithm)) = header.get("alg") else { return Err(TokenError::Header) };
    let kid = match header.get("kid") {
        None => None,
        Some(Value::String(kid)) => Some(kid.as_str()),
        Some(_) => return Err(TokenError::Header),
    };
    let key = keys.find(kid).ok_or(TokenError::UnknownKey)?;
    if algorithm != key.algorithm().name() {
        return Err(TokenError::Algorithm);
    }
    Ok(key)
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Shape)
}

const TOKEN_BYTES: usize = 8 * 1024;

/// A token may be made to last for years; the memory of it need not.
const REMEMBERED_AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// Members by which a token would bring its own key, or change what is signed (RFC 7515 section 4.1, RFC 7797).
const FORBIDDEN: [&str; 6] = ["crit", "jwk", "jku", "x5u", "x5c", "b64"];
