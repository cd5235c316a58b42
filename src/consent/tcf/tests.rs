use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;
use crate::consent::{bits::counted, mutations};

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

fn numbers(purposes: TcfPurposes) -> (Vec<u8>, Vec<u8>) {
    (purposes.standard().collect(), purposes.custom().collect())
}

/// A string of the public reference implementations' own tests, or of the specification, and what it contains.
struct Vector {
    text: &'static str,
    policy_version: u8,
    is_service_specific: bool,
    consent: &'static [u8],
    interest: &'static [u8],
    /// Consent and interest of the PublisherTC segment; then those in purposes of the publisher's own.
    publisher: Option<[&'static [u8]; 4]>,
}

const VECTORS: &[Vector] = &[
    Vector {
        text: "COtybn4PA_zT4KjACBENAPCIAEBAAECAAIAAAAAAAAAA",
        policy_version: 2,
        is_service_specific: false,
        consent: &[2, 10],
        interest: &[2, 9],
        publisher: None,
    },
    Vector {
        text: "COrEAV4OrXx94ACABBENAHCIAD-AAAAAAACAAxAAAAgAIAwgAgAAAAEAgQAAAAAEAYQAQAAAACAAAABAAA",
        policy_version: 2,
        is_service_specific: false,
        consent: &[3, 4, 5, 6, 7, 8, 9],
        interest: &[],
        publisher: None,
    },
    // All four segments, the last of them padded.
    Vector {
        text: "COrEAV4OrXx94ACABBENAHCIAD-AAAAAAACAAxAAAAgAIAwgAgAAAAEAgQAAAAAEAYQAQAAAACAAAABAAA.IBAgAAAgAIAwgAgAAAAEAAAACA.QAagAQAgAIAwgA.cAAAAAAAITg=",
        policy_version: 2,
        is_service_specific: false,
        consent: &[3, 4, 5, 6, 7, 8, 9],
        interest: &[],
        publisher: Some([&[1], &[24], &[2], &[1, 2]]),
    },
    Vector {
        text: "COtybn4PA_zT4KjACBENAPCIAEBAAECAAIAAAAAAAAAA.IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEAAAAAgAQBAAAAAAAGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEAAAQmAgBC3ZAYzUw",
        policy_version: 2,
        is_service_specific: false,
        consent: &[2, 10],
        interest: &[2, 9],
        publisher: None,
    },
    Vector {
        text: "COv__-wOv__-wC2AAAENAPCgAAAAAAAAAAAAA_wAQA_gEBABAEAAAA",
        policy_version: 2,
        is_service_specific: true,
        consent: &[],
        interest: &[],
        publisher: None,
    },
    Vector {
        text: "COwBOpCOwBOpCLqAAAENAPCAAAAAAAAAAAAAFfwAYFfAV-BVkAGBVYFWAAA.IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEAAAAAgAQBAAAAAAAGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEAAAQmAgBC3ZAYzUw",
        policy_version: 2,
        is_service_specific: false,
        consent: &[],
        interest: &[],
        publisher: None,
    },
    Vector {
        text: "COwxsONOwxsONKpAAAENAdCAAMAAAAAAAAAAAAAAAAAA",
        policy_version: 2,
        is_service_specific: false,
        consent: &[1, 2],
        interest: &[],
        publisher: None,
    },
    Vector {
        text: "CPSG_8APSG_8AAAAAAENAACgAAAAAAAAAAAAAAAAAAAA.YAAAAAAAAAAA",
        policy_version: 2,
        is_service_specific: true,
        consent: &[],
        interest: &[],
        publisher: Some([&[], &[], &[], &[]]),
    },
    // Allowed and disclosed vendors after the publisher's segment.
    Vector {
        text: "CPcqBNJPcqBNJNwAAAENAwCAAAAAAAAAAAAAAAAAAAAA.YAAAAAAAAAA.QGLtV_T9fb2vj-_Z99_tkeYwf95y3p-wzhheMs-8NyZeH_B4Wv2MyvBX4JiQKGRgksjLBAQdtHGlcTQgBwIlViTLMYk2MjzNKJrJEilsbO2dYGD9Pn8HT3ZCY70-vv__7v3ff_3g.IGLtV_T9fb2vj-_Z99_tkeYwf95y3p-wzhheMs-8NyZeH_B4Wv2MyvBX4JiQKGRgksjLBAQdtHGlcTQgBwIlViTLMYk2MjzNKJrJEilsbO2dYGD9Pn8HT3ZCY70-vv__7v3ff_3g",
        policy_version: 2,
        is_service_specific: false,
        consent: &[],
        interest: &[],
        publisher: Some([&[], &[], &[], &[]]),
    },
    // As a platform wrote them for somebody.
    Vector {
        text: "CPi8wgAPi8wgAAOACBENCuCoAP_AAEfAACiQJHNd_H__bX9n-f7_6ft0eY1f9_r37uQzDhfNk-8F3L_W_LwX_2E7NF36tq4KmR4ku1LBIUNtHMnUDUmxaokVrzHsak2cpzNKJ_BkknsZe2dYGF9vm5tj-QKZ7_5_d3f52T_9_9v-39z33913v3d93-_13LjdV5_9H_v9fR_b8_Kf9_5-_4v8_____3_e______8AEEggCTDVuIAuxLHAm0DCKBECMKwkKoFABBQDC0QGADg4KdlYBPrCBAAgFAEYEQIcAUYEAgAAAgCQiACQIsEAAAIgEAAIAEQiEABAwCCgAsDAIAAQDQMUQoABAkIMiAiKUwICIEggJbKhBKC6Q0wgCrLACgkRsFAAiAAAUgACAsHAMESAlYsECTFG-QAjBCgFEqFaAGGgAwABBI4RABgACCRwqADAAEEjgA",
        policy_version: 2,
        is_service_specific: true,
        consent: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        interest: &[2, 6, 7, 8, 9, 10],
        publisher: None,
    },
    Vector {
        text: "CO4VGswO4VGswAfZCBDEAzCsAP_AAH_AAAigGUNf_X9fb2vj-_599_t0eY1f9_63t-wzjheMs-8NyZ-X_J4Wv2MyvB34JqQKGRgkunLBAQdtHGncTQgBwIlViTLMY02MjzNKJrJEilsbe2dYGH9vn8XT_ZKZ70-_v__7v3___33_5Ayhr_6_r7e18f3_Pvv9ujzGr_v_W9v2GccLxln3huTPy_5PC1-xmV4O_BNSBQyMEl05YICDto407iaEAOBEqsSZZjGmxkeZpRNZIkUtjb2zrAw_t8_i6f7JTPen39___d-___--__ICgKAOAAcAA4AFAAjgB6AEYALcGACAW0AtoJAHAAOAAcACgARwA9ACMAFuFABALaAW0GgDgAHAAOABQAI4AegBGAC3DgAgFtALaEQBwADgAHAAoAEcAPQAjABbiQAQC2gFtCoA4ABwADgAUACOAHoARgAtxYAIBbQC2hkAcAA4ABwAKABHAD0AIwAW40AEAtoBbQ6AOAAcAA4AFAAjgB6AEYALceACAW0AtohAHAAOAAcACgARwA9ACMAFuRABALaAW0SgDgAHAAOABQAI4AegBGAC3JgAgFtALaKQBwADgAHAAoAEcAPQAjABblQAQC2gFtA",
        policy_version: 2,
        is_service_specific: true,
        consent: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        interest: &[2, 3, 4, 5, 6, 7, 8, 9, 10],
        publisher: None,
    },
    // Those of the specification.
    Vector {
        text: "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA.IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEAAAAAgAQBAAAAAAAGBAAgAAAAAAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEAAAQmAgBC3ZAYzUw",
        policy_version: 2,
        is_service_specific: false,
        consent: &[1, 2, 3],
        interest: &[],
        publisher: None,
    },
    Vector {
        text: "COw4XqLOw4XqLAAAAAENAXCAAAAAAAAAAAAAAAAAAAAA.IFukWSQgAIQwgI0QEByFAAAAeIAACAIgSAAQAIAgEQACEABAAAgAQFAEAIAAAGBAAgAAAAQAIFAAMCQAAgAAQiRAEQAAAAANAAIAAggAIYQFAAARmggBC3ZCYzU2yIA.QFukWSQgAIQwgI0QEByFAAAAeIAACAIgSAAQAIAgEQACEABAAAgAQFAEAIAAAGBAAgAAAAQAIFAAMCQAAgAAQiRAEQAAAAANAAIAAggAIYQFAAARmggBC3ZCYzU2yIA.YAAAAAAAAAAAAAAAAAA",
        policy_version: 2,
        is_service_specific: false,
        consent: &[],
        interest: &[],
        publisher: Some([&[], &[], &[], &[]]),
    },
    Vector {
        text: "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA",
        policy_version: 2,
        is_service_specific: true,
        consent: &[],
        interest: &[],
        publisher: None,
    },
];

#[test]
fn published_strings_are_read_as_their_authors_read_them() {
    for Vector { text, policy_version, is_service_specific, consent, interest, publisher } in VECTORS {
        let read = TcString::read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((read.policy_version, read.is_service_specific), (*policy_version, *is_service_specific), "{text}");
        assert_eq!(numbers(read.core.consent), (consent.to_vec(), vec![]), "{text}");
        assert_eq!(numbers(read.core.legitimate_interest), (interest.to_vec(), vec![]), "{text}");
        let own = read.publisher.map(|own| (numbers(own.consent), numbers(own.legitimate_interest)));
        let expected = publisher.map(|[consent, interest, own_consent, own_interest]| {
            ((consent.to_vec(), own_consent.to_vec()), (interest.to_vec(), own_interest.to_vec()))
        });
        assert_eq!(own, expected, "{text}");
    }
    let read = TcString::read(VECTORS[0].text.as_bytes()).unwrap();
    assert_eq!((read.created, read.last_updated), (at("2020-01-26T17:01:00Z"), at("2021-02-02T17:01:00Z")));
}

#[test]
fn published_strings_that_are_refused_elsewhere_are_refused_here() {
    for (text, error) in [
        // Version 1, version 3, seven bits in all.
        (
            "BOhwdphOxFC7tAHABBFRC--AAAAuhr_7__7-_9_-_f__9uj3Or_v_f__32ccL59v_h_7v-_7fi_20nV4u_1vft9yfk1-5ctDztp507iakivXmqdeb9v_nz3_5pxP78k89r7337Ew_v8_v-b7BCON_YxEiA",
            TcError::Version,
        ),
        ("DQ==", TcError::Version),
        ("Bg", TcError::Version),
        // A list of vendors that is not as long as it says.
        (
            "CLSYjTaOngnCIAOABBENAXCMAGOAABBAAA7IA5n-m7fP6_3fbqVv6E__PoA5Aqff3aJx8tv_1967rfnQEQoAIAAQCrwkAEABAcACABIMACAAuApEVABABUSABgBCAVSAtIoACACIArYQAHACgAFgAVwBJgDcAI7AWgMAAgBiKgAgBMgFfKQAQBRkQAQA4AFiBAAoA-AEVAJlAVgAtYcACAJcAr4eABAK8OgBgFzAOmAqwgABAWyA.IFukWSQh",
            TcError::Shape,
        ),
    ] {
        assert_eq!(TcString::read(text.as_bytes()), Err(error), "{text}");
    }
}

/// A list of vendors as it is written: the highest, and a bit for each or ranges.
#[derive(Clone, Debug)]
enum Vendors {
    Bits(Vec<bool>),
    Ranges(Ranges),
}

type Ranges = Vec<(u16, Option<u16>)>;

/// All fields of a string.
#[derive(Clone, Debug)]
pub(in crate::consent) struct Fields {
    version: u64,
    created: u64,
    last_updated: u64,
    policy_version: u64,
    is_service_specific: bool,
    consent: u64,
    interest: u64,
    vendors: [Vendors; 2],
    restrictions: Vec<(u64, u64, Ranges)>,
    publisher: Option<(u64, u64, Vec<bool>, Vec<bool>)>,
    disclosed: Option<Vendors>,
    allowed: Option<Vendors>,
}

/// Bits as the tables of the specification order them.
#[derive(Default)]
struct Writer(Vec<bool>);

impl Writer {
    fn number(&mut self, number: u64, width: usize) -> &mut Self {
        self.0.extend((0..width).rev().map(|at| number >> at & 1 == 1));
        self
    }

    fn bits(&mut self, bits: &[bool]) -> &mut Self {
        self.0.extend(bits);
        self
    }

    fn vendors(&mut self, vendors: &Vendors) -> &mut Self {
        match vendors {
            Vendors::Bits(bits) => self.number(bits.len() as u64, 16).number(0, 1).bits(bits),
            Vendors::Ranges(ranges) => self.number(u64::from(u16::MAX), 16).number(1, 1).ranges(ranges),
        }
    }

    fn ranges(&mut self, ranges: &[(u16, Option<u16>)]) -> &mut Self {
        self.number(ranges.len() as u64, 12);
        for (first, last) in ranges {
            self.number(last.is_some().into(), 1).number((*first).into(), 16);
            if let Some(last) = last {
                self.number((*last).into(), 16);
            }
        }
        self
    }

    fn written(&self) -> String {
        let bytes: Vec<u8> = self
            .0
            .chunks(8)
            .map(|bits| bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | u8::from(*bit) << (7 - at)))
            .collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl Fields {
    fn core(&self) -> String {
        let mut core = Writer::default();
        core.number(self.version, 6).number(self.created, 36).number(self.last_updated, 36);
        core.number(300, 12).number(7, 12).number(1, 6).number(4 << 6 | 13, 12).number(100, 12);
        core.number(self.policy_version, 6).number(self.is_service_specific.into(), 1).number(0, 1).number(0xfff, 12);
        core.number(self.consent, 24).number(self.interest, 24).number(1, 1).number(3 << 6 | 4, 12);
        core.vendors(&self.vendors[0]).vendors(&self.vendors[1]);
        core.number(self.restrictions.len() as u64, 12);
        for (purpose, kind, ranges) in &self.restrictions {
            core.number(*purpose, 6).number(*kind, 2).ranges(ranges);
        }
        core.written()
    }

    fn segments(&self) -> Vec<String> {
        let vendors = |kind, vendors: &Vendors| Writer::default().number(kind, 3).vendors(vendors).written();
        let disclosed = self.disclosed.as_ref().map(|list| vendors(1, list));
        let allowed = self.allowed.as_ref().map(|list| vendors(2, list));
        let publisher = self.publisher.as_ref().map(|(consent, interest, own_consent, own_interest)| {
            let mut segment = Writer::default();
            segment.number(3, 3).number(*consent, 24).number(*interest, 24).number(own_consent.len() as u64, 6);
            segment.bits(own_consent).bits(own_interest).written()
        });
        [disclosed, allowed, publisher].into_iter().flatten().collect()
    }

    pub(in crate::consent) fn written(&self) -> String {
        [vec![self.core()], self.segments()].concat().join(".")
    }
}

/// The standard purposes of a string's 24 bits.
fn standard(bits: u64) -> TcfPurposes {
    TcfPurposes::of(&(1..=24).filter(|number| bits >> (24 - number) & 1 == 1).collect::<Vec<_>>(), &[])
}

fn own(bits: &[bool]) -> TcfPurposes {
    TcfPurposes::of(&[], &(1..=63).zip(bits).filter(|(_, set)| **set).map(|(number, _)| number).collect::<Vec<_>>())
}

fn any_ranges() -> impl Strategy<Value = Ranges> {
    let range = (any::<u16>(), prop::option::of(any::<u16>()));
    prop::collection::vec(range.prop_map(|(first, last)| (first, last.map(|last| first.max(last)))), 0..12)
}

fn any_vendors() -> impl Strategy<Value = Vendors> {
    prop_oneof![
        prop::collection::vec(any::<bool>(), 0..300).prop_map(Vendors::Bits),
        any_ranges().prop_map(Vendors::Ranges),
    ]
}

fn any_fields() -> impl Strategy<Value = Fields> {
    let times = (0_u64..1 << 36, 0_u64..1 << 36);
    let purposes = (0_u64..1 << 24, 0_u64..1 << 24);
    let own = (0_usize..64).prop_flat_map(|count| {
        (prop::collection::vec(any::<bool>(), count), prop::collection::vec(any::<bool>(), count))
    });
    let publisher = prop::option::of((0_u64..1 << 24, 0_u64..1 << 24, own));
    let restrictions = prop::collection::vec((0_u64..64, 0_u64..4, any_ranges()), 0..4);
    let lists = ([any_vendors(), any_vendors()], prop::option::of(any_vendors()), prop::option::of(any_vendors()));
    (times, 0_u64..64, any::<bool>(), purposes, lists, restrictions, publisher).prop_map(
        |(
            times,
            policy_version,
            is_service_specific,
            purposes,
            (vendors, disclosed, allowed),
            restrictions,
            publisher,
        )| {
            Fields {
                version: 2,
                created: times.0,
                last_updated: times.1,
                policy_version,
                is_service_specific,
                consent: purposes.0,
                interest: purposes.1,
                vendors,
                restrictions,
                publisher: publisher.map(|(consent, interest, (own_consent, own_interest))| {
                    (consent, interest, own_consent, own_interest)
                }),
                disclosed,
                allowed,
            }
        },
    )
}

/// A string of today that grants purposes 1, 5 and 6, and of the publisher's own two the first.
fn good() -> Fields {
    granting(NOW, &[1, 5, 6])
}

/// A string that was made at this instant and grants these purposes, and of the publisher's own two the first.
pub(in crate::consent) fn granting(made: &str, purposes: &[u64]) -> Fields {
    let bits = |numbers: &[u64]| numbers.iter().fold(0, |bits, number| bits | 1 << (24 - number));
    Fields {
        version: 2,
        created: deciseconds(made),
        last_updated: deciseconds(made),
        policy_version: 5,
        is_service_specific: true,
        consent: bits(&[2]),
        interest: 0,
        vendors: [Vendors::Bits(vec![true; 10]), Vendors::Ranges(vec![(3, Some(9)), (12, None)])],
        restrictions: vec![(2, 1, vec![(7, None)])],
        publisher: Some((bits(purposes), 0, vec![true, false], vec![false, false])),
        disclosed: Some(Vendors::Bits(vec![true; 20])),
        allowed: None,
    }
}

fn deciseconds(instant: &str) -> u64 {
    u64::try_from(at(instant).as_millisecond() / 100).unwrap()
}

const NOW: &str = "2026-11-22T12:00:00Z";
const VALID_FOR: SignedDuration = SignedDuration::from_hours(24 * 390);

fn says(fields: &Fields, segment: Segment) -> Result<TcfSays, TcError> {
    TcString::read(fields.written().as_bytes())?.says(segment, VALID_FOR, at(NOW))
}

#[test]
fn a_string_counts_only_if_all_is_right_with_it() {
    let granted = TcfPurposes::of(&[1, 5, 6], &[1]);
    let good_says = TcfSays { granted, refused: TcfPurposes::first(24, 2).without(granted), ..TcfSays::default() };
    assert_eq!(says(&good(), Segment::Publisher), Ok(good_says));
    let with = |change: fn(&mut Fields)| {
        let mut fields = good();
        change(&mut fields);
        says(&fields, Segment::Publisher)
    };
    assert_eq!(with(|fields| fields.policy_version = 4), Ok(good_says), "TCF 2.2");
    assert_eq!(with(|fields| fields.policy_version = 63), Ok(good_says), "and whatever comes");
    for policy_version in 0..4 {
        assert_eq!(says(&Fields { policy_version, ..good() }, Segment::Publisher), Err(TcError::Policy));
    }
    for version in [0, 1, 3, 63] {
        assert_eq!(says(&Fields { version, ..good() }, Segment::Publisher), Err(TcError::Version));
    }
    assert_eq!(with(|fields| fields.is_service_specific = false), Err(TcError::Scope));
    assert_eq!(with(|fields| fields.publisher = None), Err(TcError::Publisher));
    // The clock: to the tenth of a second.
    let tomorrow = deciseconds(NOW) + 24 * 36_000;
    for (created, last_updated, expected) in [
        (tomorrow, tomorrow, Ok(good_says)),
        (tomorrow + 1, 0, Err(TcError::Future)),
        (0, tomorrow + 1, Err(TcError::Future)),
    ] {
        assert_eq!(says(&Fields { created, last_updated, ..good() }, Segment::Publisher), expected);
    }
    let long_ago = deciseconds(NOW) - 390 * 24 * 36_000;
    let expired = TcfSays { expired: granted, ..TcfSays::default() };
    for (last_updated, expected) in [(long_ago, good_says), (long_ago - 1, expired), (0, expired)] {
        assert_eq!(says(&Fields { created: 0, last_updated, ..good() }, Segment::Publisher), Ok(expected));
    }
}

#[test]
fn the_core_counts_only_where_there_is_no_segment_of_the_publishers_and_the_policy_says_so() {
    let of_the_core = TcfPurposes::of(&[2], &[]);
    let without = Fields { publisher: None, ..good() };
    assert_eq!(says(&without, Segment::PublisherOrCore).unwrap().granted, of_the_core);
    assert_eq!(
        says(&without, Segment::PublisherOrCore).unwrap().refused,
        TcfPurposes::first(24, 0).without(of_the_core)
    );
    assert_eq!(says(&without, Segment::Publisher), Err(TcError::Publisher));
    assert_eq!(says(&good(), Segment::PublisherOrCore), says(&good(), Segment::Publisher));
}

#[test]
fn a_legitimate_interest_counts_where_the_framework_allows_one() {
    let all = (1 << 24) - 1;
    let fields = Fields { publisher: Some((0, all, vec![false; 3], vec![true, false, true])), ..good() };
    let allowed: Vec<u8> = (1..=24).filter(|number| ![1, 3, 4, 5, 6].contains(number)).collect();
    let says = says(&fields, Segment::Publisher).unwrap();
    assert_eq!(numbers(says.granted), (allowed, vec![1, 3]));
    assert_eq!(numbers(says.refused), (vec![1, 3, 4, 5, 6], vec![2]));
}

#[test]
fn segments_stand_in_any_order_once() {
    let fields = Fields { allowed: Some(Vendors::Ranges(vec![(1, None)])), ..good() };
    let (core, segments) = (fields.core(), fields.segments());
    let whole = TcString::read(fields.written().as_bytes()).unwrap();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let text = format!("{core}.{}", order.map(|place| &*segments[place]).join("."));
        assert_eq!(TcString::read(text.as_bytes()), Ok(whole), "{order:?}");
    }
    let other = |kind| Writer::default().number(kind, 3).number(0, 40).written();
    for (text, error) in [
        (format!("{core}.{core}"), TcError::Segments),
        (format!("{core}.{}.{}", segments[2], segments[2]), TcError::Segments),
        (format!("{core}.{}.{}", segments[0], segments[0]), TcError::Segments),
        (format!("{core}.{}", other(0)), TcError::Segments),
        (format!("{core}.{}", other(4)), TcError::Segments),
        (format!("{core}.{}", other(7)), TcError::Segments),
        (format!("{core}."), TcError::Shape),
        (format!(".{core}"), TcError::Shape),
        (format!("{}.{core}", segments[2]), TcError::Version),
        (String::new(), TcError::Shape),
        (format!("{core} "), TcError::Shape),
        (format!("{core}.{}Z", segments[2]), TcError::Shape),
        ("C".repeat(4096), TcError::Shape),
        ("C".repeat(4097), TcError::TooLong),
    ] {
        assert_eq!(TcString::read(text.as_bytes()), Err(error), "{text}");
    }
}

#[test]
fn a_string_that_was_cut_does_not_count() {
    let text = good().written();
    let whole = TcString::read(text.as_bytes()).unwrap();
    for end in 0..text.len() {
        let cut = TcString::read(&text.as_bytes()[..end]);
        let at_a_dot = text.as_bytes()[end] == b'.';
        // Where a whole segment is lost, what is left is a string, but says nothing for the site.
        let publisher = cut.is_ok_and(|cut| cut.publisher.is_some());
        assert!(cut.is_err() || at_a_dot || cut == Ok(whole), "{end}");
        assert!(!publisher || cut == Ok(whole), "{end}");
    }
}

#[test]
fn reversed_ranges_are_no_list_of_vendors() {
    let reversed = Vendors::Ranges(vec![(9, Some(3))]);
    for fields in [
        Fields { vendors: [reversed.clone(), Vendors::Bits(vec![])], ..good() },
        Fields { disclosed: Some(reversed.clone()), ..good() },
        Fields { restrictions: vec![(1, 0, vec![(9, Some(3))])], ..good() },
    ] {
        assert_eq!(TcString::read(fields.written().as_bytes()), Err(TcError::Shape));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Vectors made from the tables of the specification.
    #[test]
    fn whatever_the_tables_allow_is_read(fields in any_fields()) {
        let text = fields.written();
        let read = TcString::read(text.as_bytes());
        if text.len() > LONGEST {
            prop_assert_eq!(read, Err(TcError::TooLong));
            return Ok(());
        }
        let instant = |deciseconds: u64| Timestamp::from_millisecond(deciseconds as i64 * 100).unwrap();
        let publisher = fields.publisher.as_ref().map(|(consent, interest, own_consent, own_interest)| Permissions {
            consent: standard(*consent).union(own(own_consent)),
            legitimate_interest: standard(*interest).union(own(own_interest)),
            custom: own_consent.len() as u8,
        });
        let core = Permissions {
            consent: standard(fields.consent),
            legitimate_interest: standard(fields.interest),
            custom: 0,
        };
        prop_assert_eq!(read, Ok(TcString {
            created: instant(fields.created),
            last_updated: instant(fields.last_updated),
            policy_version: fields.policy_version as u8,
            is_service_specific: fields.is_service_specific,
            core,
            publisher,
        }));
    }
}

/// Strings changed at random: no panic, and steps in the length of the string. Ten million of them with
/// `RAPPORT_MUTATIONS=10000000`.
#[test]
fn a_mutated_string_costs_time_in_its_length_and_never_panics() {
    let mut seeds: Vec<Vec<u8>> = VECTORS.iter().map(|vector| vector.text.into()).collect();
    seeds.extend([good().written().into_bytes(), ranges(50).into_bytes(), vec![b'C'; 100]]);
    let (mut readable, mut unnoticed) = (0_u64, 0_u64);
    let count = mutations::each(&seeds, |text| {
        let (read, steps) = counted::steps(|| TcString::read(text));
        assert!(steps <= STEPS_A_CHARACTER * text.len() + 16, "{steps} steps for {} characters", text.len());
        readable += u64::from(read.is_ok());
        if let Ok(read) = read {
            unnoticed += u64::from(read.says(Segment::PublisherOrCore, VALID_FOR, at(NOW)).is_ok());
        }
    });
    assert!(readable > count / 100 && readable < count, "{readable} of {count} can be read: the mutations do nothing");
    println!("{count} mutated strings, {readable} of them readable, {unnoticed} of them counted");
}

/// A core of nothing but ranges: the dearest there is.
fn ranges(count: usize) -> String {
    Fields { vendors: [Vendors::Bits(vec![]), Vendors::Ranges(vec![(1, None); count])], ..good() }.written()
}

#[test]
fn the_dearest_strings_cost_no_more_than_others_of_their_length() {
    for count in [1, 10, 100, 1_000, 1_300] {
        let text = ranges(count);
        let (read, steps) = counted::steps(|| TcString::read(text.as_bytes()));
        assert!(read.is_ok() && text.len() <= LONGEST, "{count}");
        assert!(steps <= STEPS_A_CHARACTER * text.len() + 16, "{steps} steps for {} characters", text.len());
    }
    let (read, steps) = counted::steps(|| TcString::read(ranges(2_000).as_bytes()));
    assert_eq!((read, steps), (Err(TcError::TooLong), 0));
}

const STEPS_A_CHARACTER: usize = 4;
