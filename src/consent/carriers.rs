//! Where the strings of consent frameworks stand in a request, and what they say there together.

use http::{HeaderMap, Uri};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode;

use super::{
    gpp::GppString,
    signals::{GppSays, TcfSays},
    tcf::{Segment, TcError, TcString},
};
use crate::cookies;

/// Where strings may stand, and what of them counts. Names are compared exactly.
///
/// ```
/// use http::{HeaderMap, Uri, header::COOKIE};
/// use jiff::{SignedDuration, Timestamp};
/// use tower_rapport::consent::{Carriers, Doubtful, Judging};
///
/// let carriers = Carriers { cookies: vec!["euconsent-v2".into()], gpp_cookies: vec!["gpp".into()], ..Carriers::default() };
/// let headers = HeaderMap::from_iter([(COOKIE, "theme=dark; euconsent-v2=CO".parse()?)]);
/// let judging = Judging { valid_for: SignedDuration::from_hours(24 * 390), now: Timestamp::now(), honours_gpc: true };
/// let mut doubts = Vec::new();
/// let signals = carriers.read(&headers, &Uri::from_static("/home"), judging, |doubt| doubts.push(doubt));
/// assert!(signals.tcf.is_doubtful && signals.tcf.granted.is_empty() && !signals.gpp.opted_out);
/// assert!(matches!(doubts[..], [Doubtful::Tcf(_)]));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carriers {
    /// The cookies that may hold a TC string.
    pub cookies: Vec<String>,
    /// The query parameters that may hold one.
    pub query: Vec<String>,
    /// Which segment of a TC string counts.
    pub segment: Segment,
    /// The cookies that may hold a GPP string.
    pub gpp_cookies: Vec<String>,
}

/// What the strings of one request say.
///
/// See the example of [`Carriers`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// What its TC strings say, those in GPP strings among them.
    pub tcf: TcfSays,
    /// What its GPP strings say beside them.
    pub gpp: GppSays,
}

/// What is wrong with a string.
///
/// See the example of [`Carriers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubtful {
    /// A TC string does not count.
    Tcf(TcError),
    /// Something in a GPP string cannot be read.
    Gpp,
}

/// By what a string is judged.
///
/// See the example of [`Carriers`].
#[derive(Clone, Copy, Debug)]
pub struct Judging {
    /// How long a grant holds.
    pub valid_for: SignedDuration,
    /// The present instant.
    pub now: Timestamp,
    /// Whether Global Privacy Control is honoured, also where a GPP string repeats it.
    pub honours_gpc: bool,
}

impl Carriers {
    /// Reads all strings of a request, percent-decoded, and calls back with what is wrong with any of them. Takes no memory.
    ///
    /// Where several strings disagree, the stricter counts: each purpose is granted by all of them or not at all.
    pub fn read(&self, headers: &HeaderMap, uri: &Uri, judging: Judging, mut note: impl FnMut(Doubtful)) -> Signals {
        let is = |name: &[u8], names: &[String]| names.iter().any(|own| own.as_bytes() == name);
        let mut heard = Heard { tcf: None, gpp: GppSays::default() };
        for (name, value) in cookies::all(headers) {
            if is(name, &self.cookies) {
                decoded(value, |text| heard.tcf(TcString::read(text), self.segment, judging, &mut note));
            }
            if is(name, &self.gpp_cookies) {
                decoded(value, |text| heard.gpp(&GppString::read(text), self.segment, judging, &mut note));
            }
        }
        for pair in uri.query().into_iter().flat_map(|query| query.split('&')) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if self.query.iter().any(|own| percent_decode(name.as_bytes()).eq(own.bytes())) {
                decoded(value.as_bytes(), |text| heard.tcf(TcString::read(text), self.segment, judging, &mut note));
            }
        }
        Signals { tcf: heard.tcf.unwrap_or_default(), gpp: heard.gpp }
    }
}

/// What has been heard of the strings of a request so far.
struct Heard {
    tcf: Option<TcfSays>,
    gpp: GppSays,
}

impl Heard {
    fn tcf(
        &mut self,
        read: Result<TcString, TcError>,
        segment: Segment,
        Judging { valid_for, now, .. }: Judging,
        note: &mut impl FnMut(Doubtful),
    ) {
        let says = read.and_then(|string| string.says(segment, valid_for, now)).unwrap_or_else(|error| {
            note(Doubtful::Tcf(error));
            TcfSays::DOUBTFUL
        });
        self.tcf = Some(self.tcf.map_or(says, |heard| heard.and(says)));
    }

    fn gpp(&mut self, string: &GppString, segment: Segment, judging: Judging, note: &mut impl FnMut(Doubtful)) {
        let opted_out = string.opted_out || string.gpc && judging.honours_gpc;
        self.gpp = self.gpp.and(GppSays { opted_out, child: string.child });
        if let Some(read) = string.tcf {
            self.tcf(read, segment, judging, note);
            // A TC string in a doubtful one refuses, and grants nothing.
            self.tcf = self.tcf.map(|heard| if string.is_doubtful { heard.and(TcfSays::DOUBTFUL) } else { heard });
        }
        if string.is_doubtful {
            note(Doubtful::Gpp);
        }
    }
}

/// Calls back with a value without its percent-encoding. What is too long to be read is passed as it is.
fn decoded(value: &[u8], read: impl FnOnce(&[u8])) {
    if value.len() > LONGEST || !value.contains(&b'%') {
        return read(value);
    }
    let mut buffer = [0; LONGEST];
    let mut length = 0;
    for (to, byte) in buffer.iter_mut().zip(percent_decode(value)) {
        *to = byte;
        length += 1;
    }
    read(buffer.get(..length).unwrap_or_default());
}

/// Of a string of either framework.
const LONGEST: usize = 4 * 1024;

#[cfg(test)]
mod tests;
