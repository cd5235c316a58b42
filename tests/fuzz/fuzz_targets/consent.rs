//! The readers of consent strings: a TC or GPP string in each line, alone and all in one request.
//!
//! What another reader of these strings reads is read here, or refused; of the opt-outs that it finds none is missed; and one
//! string more in a request takes away or changes nothing.
#![no_main]
#![expect(clippy::unwrap_used, reason = "what goes wrong here is to be told")]

use std::collections::BTreeSet;

use http::{HeaderMap, HeaderValue, Uri, header};
use iab_gpp::sections::{
    tcfeuv2::TcfEuV2,
    us_common::{Consent, OptOut},
    usca::UsCa,
    usco, usct, usde, usfl, usia, usmn, usmt,
    usnat::{Core, UsNat},
    usne, usnh, usnj, usor, ustn, ustx, usut, usva,
};
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use tower_rapport::consent::{Carriers, GppString, Judging, Segment, Signals, TcString, TcfPurposes};

fuzz_target!(|text: &str| {
    let mut headers = HeaderMap::new();
    let mut heard: Option<Signals> = None;
    for line in text.lines().take(8) {
        tc_string(line);
        gpp_string(line);
        let name = if line.contains('~') { "gpp" } else { "tcf" };
        let Ok(cookie) = HeaderValue::try_from(format!("{name}={line}")) else { continue };
        headers.append(header::COOKIE, cookie);
        let now = read(&headers);
        if let Some(before) = heard {
            assert!(before.tcf.granted.contains(now.tcf.granted) || before.tcf == Signals::default().tcf, "{text}");
            assert!(now.tcf.refused.contains(before.tcf.refused) && now.tcf.is_doubtful >= before.tcf.is_doubtful);
            assert!(now.gpp.opted_out >= before.gpp.opted_out && now.gpp.child >= before.gpp.child, "{text}");
        }
        heard = Some(now);
    }
});

/// What both read is the same.
fn tc_string(text: &str) {
    let Ok(own) = TcString::read(text.as_bytes()) else { return };
    // The other counts every vendor of every range.
    if text.len() > 240 {
        return;
    }
    // It knows no `=` at the end of a segment, loses the last bits of one that does not end with a byte, and reads restrictions
    // of publishers as GPP writes other ranges, so that it may refuse what has some.
    let padded: Vec<_> = text.split('.').map(|segment| format!("{}AA", segment.trim_end_matches('='))).collect();
    let Ok(other) = padded.join(".").parse() else { return };
    same(&own, &other, text);
}

fn same(own: &TcString, other: &TcfEuV2, text: &str) {
    let core = &other.core;
    let seconds = |at: Timestamp| u64::try_from(at.as_second()).unwrap();
    assert_eq!((seconds(own.created), seconds(own.last_updated)), (core.created, core.last_updated), "{text}");
    assert_eq!(
        (own.policy_version, own.is_service_specific),
        (core.policy_version, core.is_service_specific),
        "{text}"
    );
    assert_eq!(standard(own.core.consent), core.purpose_consents, "{text}");
    assert_eq!(standard(own.core.legitimate_interest), core.purpose_legitimate_interests, "{text}");
    assert_eq!(own.publisher.is_some(), other.publisher_purposes.is_some(), "{text}");
    if let (Some(own), Some(other)) = (own.publisher, &other.publisher_purposes) {
        assert_eq!(standard(own.consent), other.consents, "{text}");
        assert_eq!(standard(own.legitimate_interest), other.legitimate_interests, "{text}");
        assert_eq!(custom(own.consent), other.custom_consents, "{text}");
        assert_eq!(custom(own.legitimate_interest), other.custom_legitimate_interests, "{text}");
    }
}

/// Another state's section: of the opt-outs there none is missed here.
macro_rules! state {
    ($section:path, $own:expr, $text:expr, $string:expr) => {
        if let Ok(section) = $text.parse::<$section>() {
            let opt_outs = [&section.core.sale_opt_out, &section.core.targeted_advertising_opt_out];
            us(&$own, opt_outs, false, None, $string);
        }
    };
}

/// What takes away there takes away here.
fn gpp_string(text: &str) {
    let own = GppString::read(text.as_bytes());
    // The other misreads headers of many sections.
    let Some((header, sections)) = text.split_once('~') else { return };
    let Some((_, ids)) = HEADERS.iter().find(|(written, _)| *written == header) else { return };
    for (id, section) in ids.iter().zip(sections.split('~')) {
        match id {
            2 => assert_eq!(own.tcf, Some(TcString::read(section.as_bytes())), "{text}"),
            7 => us_national(&own, section, text),
            8 => california(&own, section, text),
            9 => state!(usva::UsVa, own, section, text),
            10 => state!(usco::UsCo, own, section, text),
            11 => state!(usut::UsUt, own, section, text),
            12 => state!(usct::UsCt, own, section, text),
            13 => state!(usfl::UsFl, own, section, text),
            14 => state!(usmt::UsMt, own, section, text),
            15 => state!(usor::UsOr, own, section, text),
            16 => state!(ustx::UsTx, own, section, text),
            17 => state!(usde::UsDe, own, section, text),
            18 => state!(usia::UsIa, own, section, text),
            19 => state!(usne::UsNe, own, section, text),
            20 => state!(usnh::UsNh, own, section, text),
            21 => state!(usnj::UsNj, own, section, text),
            22 => state!(ustn::UsTn, own, section, text),
            _ => state!(usmn::UsMn, own, section, text),
        }
    }
    assert!(own.is_doubtful || ids.len() == sections.split('~').count(), "{text}");
}

fn us_national(own: &GppString, section: &str, text: &str) {
    let Ok(UsNat { core, gpc, .. }) = section.parse() else { return };
    let (children, opt_outs) = match &core {
        Core::V1(core) => {
            let children = &core.known_child_sensitive_data_consents;
            // What is as long as version 2 is read as that here, whichever version it says.
            let is_longer = section.split('.').next().unwrap().len() >= 12;
            let child = !is_longer && is_told([&children.from_13_to_16, &children.under_13]);
            (child, [&core.sale_opt_out, &core.sharing_opt_out, &core.targeted_advertising_opt_out])
        }
        Core::V2(core) => {
            let children = &core.known_child_sensitive_data_consents;
            let child = is_told([
                &children.process_sensitive_data_from_13_to_16,
                &children.process_sensitive_data_under_13,
                &children.process_personal_data_from_16_to_17,
            ]);
            (child, [&core.sale_opt_out, &core.sharing_opt_out, &core.targeted_advertising_opt_out])
        }
        _ => return,
    };
    us(own, opt_outs, children, gpc, text);
}

fn california(own: &GppString, section: &str, text: &str) {
    let Ok(UsCa { core, gpc, .. }) = section.parse() else { return };
    let children = &core.known_child_sensitive_data_consents;
    let child = is_told([&children.sell_personal_information, &children.share_personal_information]);
    us(own, [&core.sale_opt_out, &core.sharing_opt_out], child, gpc, text);
}

fn us<const N: usize>(own: &GppString, opt_outs: [&OptOut; N], child: bool, gpc: Option<bool>, text: &str) {
    assert!(own.opted_out || opt_outs.into_iter().all(|field| *field != OptOut::OptedOut), "{text}");
    assert!(own.child || !child, "{text}");
    assert!(own.gpc || gpc != Some(true), "{text}");
}

fn is_told<const N: usize>(children: [&Consent; N]) -> bool {
    children.into_iter().any(|field| *field != Consent::NotApplicable)
}

fn standard(purposes: TcfPurposes) -> BTreeSet<u16> {
    purposes.standard().map(u16::from).collect()
}

fn custom(purposes: TcfPurposes) -> BTreeSet<u16> {
    purposes.custom().map(u16::from).collect()
}

fn read(headers: &HeaderMap) -> Signals {
    let carriers = Carriers {
        cookies: vec!["tcf".into()],
        query: Vec::new(),
        segment: Segment::PublisherOrCore,
        gpp_cookies: vec!["gpp".into()],
    };
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let judging = Judging { valid_for: SignedDuration::from_hours(24 * 365 * 5), now, honours_gpc: true };
    carriers.read(headers, &Uri::from_static("/"), judging, |_| {})
}

/// Headers, and the sections that they name.
const HEADERS: [(&str, &[u8]); 21] = [
    ("DBABMA", &[2]),
    ("DBABLA", &[7]),
    ("DBABBg", &[8]),
    ("DBACLYA", &[7, 8]),
    ("DBADMNg", &[2, 7, 8]),
    ("DBABRg", &[9]),
    ("DBABJg", &[10]),
    ("DBABFg", &[11]),
    ("DBABVg", &[12]),
    ("DBABAw", &[13]),
    ("DBABQw", &[14]),
    ("DBABIw", &[15]),
    ("DBABEw", &[16]),
    ("DBABUw", &[17]),
    ("DBABCw", &[18]),
    ("DBABSw", &[19]),
    ("DBABKw", &[20]),
    ("DBABAY", &[21]),
    ("DBABQY", &[22]),
    ("DBABIY", &[23]),
    ("DBADRllg", &[9, 16, 23]),
];
