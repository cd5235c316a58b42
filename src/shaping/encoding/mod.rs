//! Content codings (RFC 9110 section 8.4): which a body has, which may be asked for, taking them off and putting one on
//! again.
//!
//! What is not known here, or is left over when a coding has ended, makes a body unreadable. With the feature `encoding`
//! gzip, deflate (in its zlib format, as section 8.4.1.2 says), br and zstd can be read; without it none can.

#[cfg(feature = "encoding")]
mod decode;
#[cfg(not(feature = "encoding"))]
mod none;

#[cfg(feature = "encoding")]
mod encode;

use http::{
    HeaderMap, HeaderValue,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING},
};

#[cfg(not(feature = "encoding"))]
pub use self::none::{Decoder, Encoder, Progress};
#[cfg(feature = "encoding")]
pub use self::{
    decode::{Decoder, Progress},
    encode::Encoder,
};
use crate::lookup;

/// A content coding.
///
/// See the example of [`Decoder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// `gzip`, and its other name `x-gzip` (RFC 1952).
    Gzip,
    /// `deflate` (RFC 1950).
    Deflate,
    /// `br` (RFC 7932).
    Brotli,
    /// `zstd` (RFC 8878), with the window of RFC 9659.
    Zstd,
}

/// The codings that a client takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted(u8);

impl Coding {
    /// All of them, those first that are asked for first.
    pub const ALL: [Self; 4] = [Self::Gzip, Self::Brotli, Self::Zstd, Self::Deflate];

    /// The name in a header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    fn of(name: &[u8]) -> Option<Self> {
        let is_it = |coding: &Self| name.eq_ignore_ascii_case(coding.name().as_bytes());
        Self::ALL.into_iter().find(is_it).or_else(|| name.eq_ignore_ascii_case(b"x-gzip").then_some(Self::Gzip))
    }

    fn bit(self) -> u8 {
        match self {
            Self::Gzip => 1,
            Self::Brotli => 2,
            Self::Zstd => 4,
            Self::Deflate => 8,
        }
    }
}

impl Accepted {
    /// What `Accept-Encoding` names, with a weight above 0 (RFC 9110 section 12.5.3); `*` stands for all that it does not
    /// name.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let (mut named, mut taken, mut others) = (0, 0, false);
        for element in elements(headers, &ACCEPT_ENCODING) {
            let mut parts = element.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
            let name = parts.next().unwrap_or_default();
            let is_refused = parts.any(|part| {
                let weight = part.strip_prefix(b"q=").or(part.strip_prefix(b"Q=")).unwrap_or(b"1");
                weight.trim_ascii().iter().all(|byte| matches!(byte, b'0' | b'.'))
            });
            match Coding::of(name) {
                Some(coding) => {
                    named |= coding.bit();
                    taken |= if is_refused { 0 } else { coding.bit() };
                }
                None if name == b"*" => others = !is_refused,
                None => {}
            }
        }
        let rest = if others { Coding::ALL.into_iter().map(Coding::bit).sum::<u8>() & !named } else { 0 };
        Self(taken | rest)
    }

    /// Whether one of them is this.
    pub(crate) fn contains(self, coding: Coding) -> bool {
        self.0 & coding.bit() != 0
    }

    /// What is asked of the service instead: the codings among them that can be read here, in one way of writing, so that
    /// clients that take the same ask the same. `deflate` is not asked for, because some services give another format that
    /// name.
    fn as_asked(self) -> HeaderValue {
        let readable = if cfg!(feature = "encoding") { self.0 & !Coding::Deflate.bit() } else { 0 };
        HeaderValue::from_static(match readable {
            1 => "gzip",
            2 => "br",
            3 => "gzip, br",
            4 => "zstd",
            5 => "gzip, zstd",
            6 => "br, zstd",
            7 => "gzip, br, zstd",
            _ => "identity",
        })
    }
}

/// Asks the service for codings that both the client takes and can be read here.
pub(crate) fn narrow(headers: &mut HeaderMap) {
    let asked = Accepted::of(headers).as_asked();
    headers.insert(ACCEPT_ENCODING, asked);
}

/// The codings of a body in the order in which they were put on, without `identity`; `None` where one of them is not known
/// or there are more than four.
pub(crate) fn codings(headers: &HeaderMap) -> Option<Vec<Coding>> {
    let mut codings = Vec::new();
    for name in elements(headers, &CONTENT_ENCODING) {
        if !name.eq_ignore_ascii_case(b"identity") {
            codings.push(Coding::of(name)?);
        }
    }
    (codings.len() <= MOST).then_some(codings)
}

/// Whether a body is in any coding, known or not.
pub(crate) fn is_encoded(headers: &HeaderMap) -> bool {
    codings(headers).is_none_or(|codings| !codings.is_empty())
}

/// The elements of a list field, over all its lines, but for the empty ones.
fn elements<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> impl Iterator<Item = &'a [u8]> {
    let lines = lookup::lines(headers, name).map(HeaderValue::as_bytes);
    lines.flat_map(|line| line.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii).filter(|word| !word.is_empty())
}

const MOST: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: http::HeaderName, lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(&name, HeaderValue::from_static(line));
        }
        headers
    }

    #[test]
    fn codings_are_a_list_without_regard_to_case() {
        use Coding::{Brotli, Deflate, Gzip, Zstd};
        for (lines, is) in [
            (&[][..], Some(&[][..])),
            (&[""], Some(&[])),
            (&["identity"], Some(&[])),
            (&["gzip"], Some(&[Gzip])),
            (&["GZIP"], Some(&[Gzip])),
            (&["X-Gzip"], Some(&[Gzip])),
            (&["gzip, gzip"], Some(&[Gzip, Gzip])),
            (&["br,Identity , zstd"], Some(&[Brotli, Zstd])),
            (&["deflate", "br"], Some(&[Deflate, Brotli])),
            (&[", gzip,,"], Some(&[Gzip])),
            (&["gzip, aes128gcm"], None),
            (&["compress"], None),
            (&["gzip;q=1"], None),
            (&["gzip gzip"], None),
            (&["gzip,gzip,gzip,gzip,gzip"], None),
        ] {
            assert_eq!(codings(&headers(CONTENT_ENCODING, lines)).as_deref(), is, "{lines:?}");
        }
        let bytes = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_bytes(b"gz\xffip").unwrap())]);
        assert_eq!(codings(&bytes), None);
    }

    #[test]
    fn only_what_the_client_takes_and_can_be_read_is_asked_for_in_one_way_of_writing() {
        for (lines, asked) in [
            (&[][..], "identity"),
            (&["identity"], "identity"),
            (&["gzip"], "gzip"),
            (&["gzip, deflate, br, zstd"], "gzip, br, zstd"),
            (&["br;q=1.0, gzip;q=0.8, *;q=0.1"], "gzip, br, zstd"),
            (&["zstd", "GZIP"], "gzip, zstd"),
            (&["deflate"], "identity"),
            (&["gzip;q=0, br"], "br"),
            (&["gzip; q=0.000, *"], "br, zstd"),
            (&["*"], "gzip, br, zstd"),
            (&["*;q=0"], "identity"),
            (&["x-gzip;q=0.001"], "gzip"),
            (&["compress, dcz, exi"], "identity"),
        ] {
            let mut headers = headers(ACCEPT_ENCODING, lines);
            narrow(&mut headers);
            let asked = if cfg!(feature = "encoding") { asked } else { "identity" };
            assert_eq!(headers.get_all(ACCEPT_ENCODING).iter().collect::<Vec<_>>(), [asked], "{lines:?}");
        }
    }
}
