//! Strings of the public reference implementations and of the specification.

use super::*;

/// A string of the public reference implementations' own tests, or of the specification, and what it contains.
pub(super) struct Vector {
    pub(super) text: &'static str,
    policy_version: u8,
    is_service_specific: bool,
    consent: &'static [u8],
    interest: &'static [u8],
    /// Consent and interest of the PublisherTC segment; then those in purposes of the publisher's own.
    publisher: Option<[&'static [u8]; 4]>,
}

pub(super) const VECTORS: &[Vector] = &[
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
