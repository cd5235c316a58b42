//! What the layer costs a request in memory: allocations, counted. In a test of its own, so that nothing else is counted.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod house;

use std::{convert::Infallible, sync::Arc};

use axum::{Router, routing::get};
use bytes::Bytes;
use house::{BASE, Calendar, secrets, token};
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::{Layer, Service, ServiceExt};
use tower_rapport::{
    Rapport, RapportLayer,
    consent::{Carriers, Judging, Segment},
    policy::Policy,
    store::Memory,
};

const CUSTOMERS: usize = 1_000;

/// A TC string of April 2020: purposes 1, 5 and 6, for the site alone.
const GIVEN: &str = "COxJn8AOxJn8AAKABBDEAyEgAIwAAAAAAAYgAAAAAAAA.cYAAAAAAAAA";

/// One endpoint whose plan changes nothing. There are events, so that any answer may tell of one.
const ENDPOINT: &str = r#"
[[endpoints]]
name   = "open"
path   = "/open"
fields = [{ path = "$.title", data = "none" }]
"#;

#[test]
fn a_request_that_no_endpoint_covers_adds_no_allocation() {
    let shop = Shop::open();
    for (path, customer) in ["/other", "/a/b/c", "/other?page=2&sort=price&colour=red+blue"]
        .into_iter()
        .flat_map(|path| [(path, None), (path, Some(0))])
    {
        let [bare, wrapped] = shop.allocations(path, customer);
        let whom = if customer.is_some() { "with a token" } else { "unknown" };
        assert_eq!(wrapped, bare, "{path}, of somebody {whom}");
    }
}

/// To read a path in several ways takes memory; to look for what is wrong with the first thousand takes none.
#[test]
fn an_uncovered_path_of_several_readings_costs_the_first_no_more_than_later_ones() {
    for path in ["/a%2Fb/c", "/A/b/C"] {
        let shop = Shop::open();
        let first = shop.allocations(path, None);
        for _ in 0..1_000 {
            shop.allocations("/other", None);
        }
        assert_eq!(first, shop.allocations(path, None), "{path}");
    }
}

#[test]
fn a_warm_decision_adds_eight_allocations_at_most() {
    let shop = Shop::open();
    // They come, their visit is written, and from then on they are known.
    for customer in (0..3).flat_map(|_| 0..CUSTOMERS) {
        shop.allocations("/open", Some(customer));
    }
    let all = (0..CUSTOMERS).map(|customer| shop.allocations("/open", Some(customer)));
    let added: u64 = all.map(|[bare, wrapped]| wrapped - bare).sum();
    let each = added as f64 / CUSTOMERS as f64;
    println!("{each} allocations for a warm decision");
    assert!(each <= 8.0, "{each} allocations for a warm decision");
    shop.allocations("/open", None);
    let [bare, wrapped] = shop.allocations("/open", None);
    println!("{} allocations for a stranger", wrapped - bare);
    assert!(wrapped - bare <= 10, "{} for a stranger, whose request had no headers", wrapped - bare);
}

#[test]
fn consent_strings_are_read_without_an_allocation() {
    let carriers = Carriers {
        cookies: vec!["euconsent-v2".into()],
        query: vec!["gdpr_consent".into()],
        segment: Segment::PublisherOrCore,
        gpp_cookies: vec!["__gpp".into()],
    };
    let now = "2020-05-01T00:00:00Z".parse().unwrap();
    let judging = Judging { valid_for: jiff::SignedDuration::from_hours(24 * 390), now, honours_gpc: true };
    let (tc, gpp) = (GIVEN, "DBACLYA~BVVVVVVVVWA.YA~BVVVVVVVVWA");
    let mut headers = http::HeaderMap::new();
    for cookies in [format!("a=b; euconsent-v2={tc}; __gpp={gpp}"), format!("euconsent-v2=%43{}", &tc[1..])] {
        headers.append(header::COOKIE, HeaderValue::try_from(cookies).unwrap());
    }
    let good = format!("/?gdpr_consent={}", tc.replace('.', "%2E")).parse().unwrap();
    let bad = format!("/?gdpr_consent={}&gdpr_consent={tc}!", "A".repeat(9_000)).parse().unwrap();
    for (uri, is_doubtful) in [(&good, false), (&bad, true)] {
        let mut says = None;
        let counted = allocation_counter::measure(|| says = Some(carriers.read(&headers, uri, judging, |_| {})));
        let says = says.unwrap();
        assert_eq!((says.tcf.is_doubtful, says.tcf.granted.is_empty()), (is_doubtful, is_doubtful), "{says:?}");
        assert!(says.gpp.opted_out && says.gpp.child, "{says:?}");
        assert_eq!(counted.count_total, 0, "{uri}");
    }
}

/// A router, and the same behind a layer.
struct Shop {
    runtime: Runtime,
    bare: Router,
    wrapped: Rapport<Router>,
    tokens: Vec<HeaderValue>,
}

impl Shop {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let policy = Policy::from_toml("rapport.toml", &format!("{BASE}{ENDPOINT}"), secrets).unwrap();
        let layer = runtime.block_on(async { RapportLayer::new(policy, Arc::new(Memory::default())).unwrap() });
        let say = || async { ([(header::CONTENT_TYPE, "application/json")], "{}") };
        let paths = ["/open", "/other", "/a/b/c", "/A/b/C", "/a%2Fb/c"];
        let bare = paths.into_iter().fold(Router::new(), |router, path| router.route(path, get(say)));
        let wrapped = layer.with_clock(Calendar::default()).layer(bare.clone());
        let tokens = (0..CUSTOMERS).map(|customer| {
            let token = token(&format!("customer-{customer}"), "record personalization", Value::Null);
            let token = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
            // A server cuts values out of what it has read, so that a copy takes no memory; so it is with this one, once it
            // was copied.
            drop(token.clone());
            token
        });
        Self { bare, wrapped, tokens: tokens.collect(), runtime }
    }

    /// How many allocations a request costs without the layer, and with it.
    fn allocations(&self, path: &'static str, customer: Option<usize>) -> [u64; 2] {
        let request = || {
            let mut request = Request::get(path).body(Full::<Bytes>::default()).unwrap();
            if let Some(token) = customer.and_then(|customer| self.tokens.get(customer)) {
                request.headers_mut().insert(header::AUTHORIZATION, token.clone());
            }
            request
        };
        [self.count(self.bare.clone(), request()), self.count(self.wrapped.clone(), request())]
    }

    fn count<S, B>(&self, service: S, request: Request<Full<Bytes>>) -> u64
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible>,
        B: http_body::Body<Data = Bytes, Error: std::fmt::Debug>,
    {
        let answer = async { service.oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes() };
        let counted = allocation_counter::measure(|| assert_eq!(self.runtime.block_on(answer), "{}"));
        counted.count_total
    }
}
