//! What is left out has the default that the reference tells, and of what is said twice the last holds.

use super::*;
use crate::{consent::Segment, policy::Unreadable};

/// What the reference says of every key that it leaves at its default.
pub(super) fn defaults() -> PolicyBuilder {
    let identity = identity().tokens([TokenSource::Header(header::AUTHORIZATION)]).leeway(Duration::from_secs(30));
    let tcf = Tcf::default()
        .cookies(["euconsent-v2"])
        .query(["gdpr_consent"])
        .segment(Segment::Publisher)
        .gpp_cookies([""; 0]);
    let limits = Limits::default().item(1 << 20).depth(128).hold(64 << 10).request(1 << 20).generic(8 << 20);
    let endpoint = Endpoint::new("recommendations")
        .path(["/recommendations"])
        .mode(Mode::Enforce)
        .unreadable(Unreadable::Generic)
        .empty("{}")
        .limits(limits)
        .encode(Encode::Identity)
        .generic(Generic::default().keep_for(Duration::from_secs(60)))
        .hide_in_request([Hide::header("authorization"), Hide::header("cookie")])
        .hide_in_response([""; 0]);
    Policy::builder()
        .mode(Mode::Enforce)
        .identity(identity)
        .consent(
            Consent::default()
                .record(PurposeName::RECORD)
                .valid_for(days(390))
                .re_ask_after(days(365))
                .tcf(tcf)
                .gpc(Gpc::default().honour(true).remember(true)),
        )
        .relationship(Relationship::default().pace(days(7)).retention(days(730)).cools(days(90), 3.0))
        .stages(stages())
        .holdout(Holdout::default().share(0.0).stage(NEW))
        .data(openings())
        .endpoints([endpoint])
        .store(
            Store::memory()
                .max_staleness(Duration::from_secs(2))
                .decide_within(Duration::from_millis(25))
                .cache(Cache::default().relationships(1_000_000).tokens(100_000).generic(1_000)),
        )
        .portal(Portal::default().path("/rapport"))
        .report(Report::default().header(true).sample(1.0).decisions(Decisions::Off))
}

#[test]
fn what_is_left_out_has_the_default_that_is_told() {
    let said = Endpoint::new("recommendations").path(["/recommendations"]);
    let tcf = Consent::default().tcf(Tcf::default());
    let short = Policy::builder().identity(identity()).consent(tcf).holdout(Holdout::default()).endpoints([said]);
    assert_eq!(in_memory(defaults()).fingerprint(), in_memory(short.clone()).fingerprint());
    let (defaults, short) = (defaults().build_with(env).unwrap(), short.build_with(env).unwrap());
    assert_eq!(defaults.store(), short.store());
    assert_eq!(defaults.report(), short.report());
}

#[test]
fn what_is_said_twice_holds_as_said_last() {
    let built = minimal().mode(Mode::Observe).endpoints([Endpoint::new("a").path(["/a"]).path(["/b"])]);
    let policy = in_memory(built.mode(Mode::Enforce));
    assert_eq!((policy.mode(), policy.endpoints().len()), (Mode::Enforce, 1));
    assert_eq!(policy.endpoints()[0].paths, ["/b"]);
}
