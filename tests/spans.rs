//! Spans follow OpenTelemetry's conventions for HTTP servers, and name nobody.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod house;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use house::*;
use http::{Method, Response};
use serde_json::{Value, json};
use tower_rapport::{clock::Clock, store::Memory};
use tracing::{
    Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

type Fields = BTreeMap<String, Value>;

/// The fields of all spans, in the order in which they began.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<(u64, Fields)>>>);

struct Seen<'a>(&'a mut Fields);

impl Visit for Seen<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), json!(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let mut fields = Fields::new();
        attributes.record(&mut Seen(&mut fields));
        self.0.lock().unwrap().push((id.into_u64(), fields));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut spans = self.0.lock().unwrap();
        let fields = spans.iter_mut().rev().find(|(of, _)| *of == id.into_u64()).map(|(_, fields)| fields);
        values.record(&mut Seen(fields.unwrap()));
    }
}

impl Spans {
    /// Hears of spans down to a level.
    fn watch(level: tracing::Level) -> (Self, tracing::subscriber::DefaultGuard) {
        let spans = Self::default();
        let filter = Targets::new().with_target("tower_rapport", level);
        let guard =
            tracing::subscriber::set_default(tracing_subscriber::registry().with(spans.clone().with_filter(filter)));
        (spans, guard)
    }

    fn take(&self) -> Vec<Fields> {
        self.0.lock().unwrap().drain(..).map(|(_, fields)| fields).collect()
    }
}

fn fields(of: Value) -> Fields {
    of.as_object().unwrap().clone().into_iter().collect()
}

#[tokio::test(start_paused = true)]
async fn a_request_is_a_span_named_by_its_method_and_its_route() {
    let (house, (spans, _guard)) = (House::of(POLICY, Memory::new()), Spans::watch(tracing::Level::DEBUG));
    for (method, path, status, name, route) in [
        ("GET", "/recommendations", 200, "GET /recommendations", "/recommendations"),
        ("GET", "/recommendations/anna-17?user_id=17", 404, "GET /recommendations/{*rest}", "/recommendations/{*rest}"),
        ("POST", "/open", 200, "POST /open", "/open"),
        // Read in another way it is that of this endpoint.
        ("GET", "/RECOMMENDATIONS/Anna", 200, "GET /recommendations", "/recommendations"),
        ("ANNA17", "/strict", 200, "HTTP /strict", "/strict"),
        ("GET", "/rapport/me/nothing", 404, "GET", ""),
        ("PUT", "/rapport/me/purposes/anna", 422, "PUT /rapport/me/purposes/{name}", "/rapport/me/purposes/{name}"),
    ] {
        house.answers(move |_| {
            Response::builder().status(status).header("content-type", "application/json").body(Pieces::whole("{}"))
        });
        let request = anna(path).method(Method::from_bytes(method.as_bytes()).unwrap());
        let request = request.header("content-type", "application/json");
        assert_eq!(house.ask_with(request, r#"{"granted": true}"#).await.status, status, "{path}");
        let mut expected = fields(json!({
            "otel.name": name,
            "otel.kind": "server",
            "http.request.method": if method == "ANNA17" { "_OTHER" } else { method },
            "http.response.status_code": status,
            "network.protocol.version": "1.1",
        }));
        if !route.is_empty() {
            expected.insert("http.route".into(), json!(route));
        }
        assert_eq!(spans.take(), [expected], "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_the_service_is_one_of_the_span() {
    let (house, (spans, _guard)) = (House::of(POLICY, Memory::new()), Spans::watch(tracing::Level::DEBUG));
    house.answers(|_| {
        Response::builder().status(503).header("content-type", "application/json").body(Pieces::whole("{}"))
    });
    house.ask(anna("/recommendations")).await;
    let span = spans.take().remove(0);
    let told = ["otel.status_code", "error.type", "http.response.status_code"].map(|field| span.get(field).cloned());
    assert_eq!(told, [Some(json!("ERROR")), Some(json!("503")), Some(json!(503))]);
}

#[tokio::test(start_paused = true)]
async fn there_is_no_span_where_nobody_asks_for_it_or_no_endpoint_covers_the_request() {
    let house = House::of(POLICY, Memory::new());
    let (spans, _guard) = Spans::watch(tracing::Level::DEBUG);
    house.ask(anna("/elsewhere")).await;
    assert_eq!(spans.take(), []);
    drop(_guard);
    let (spans, _guard) = Spans::watch(tracing::Level::INFO);
    house.ask(anna("/recommendations")).await;
    assert_eq!(spans.take(), []);
}

/// Every way in which somebody can say who they are, at every stage and where things go wrong.
#[tokio::test(start_paused = true)]
async fn no_field_of_a_span_says_who_asks() {
    let policy = format!("{POLICY}\n[consent.tcf]\n[identity.visitors]\n");
    let (house, (spans, _guard)) = (House::of(&policy, Memory::new()), Spans::watch(tracing::Level::TRACE));
    let mut asked = 0;
    for stage in ["new", "acquainted", "trusted"] {
        house.know(SUBJECT, stage).await;
        for path in [
            "/recommendations",
            "/recommendations/customer-4711",
            "/rapport/me",
            "/rapport/me/customer-4711",
            "/rapport/me/purposes/customer-4711",
        ] {
            for method in ["GET", "PUT", "CUSTOMER-4711"] {
                let tc = tc_string(house.clock.now(), &[1, 5, 6], &[1]);
                let request = anna(&format!("{path}?user=customer-4711"))
                    .method(Method::from_bytes(method.as_bytes()).unwrap())
                    .header("cookie", format!("euconsent-v2={tc}; __Host-rapport_visitor=customer-4711"))
                    .header("user-agent", "customer-4711")
                    .header("host", "customer-4711.example");
                house.ask_with(request, "{\"customer-4711\":").await;
                house.ask(with_token(path, "customer-4711")).await;
                asked += 2;
            }
        }
    }
    let spans = spans.take();
    assert_eq!(spans.len(), asked);
    let all = spans.iter().map(|fields| json!(fields).to_string()).collect::<Vec<_>>().join("\n").to_lowercase();
    let pseudonym = pseudonym(SUBJECT).to_string().to_lowercase();
    for name in [SUBJECT, "customer-4711", "4711", "eyj", &pseudonym, &pseudonym[..8], "bearer", "anna", "?"] {
        assert!(!all.contains(&name.to_lowercase()), "{name} is in\n{all}");
    }
}

/// What the service does is done within it.
#[tokio::test(start_paused = true)]
async fn the_service_works_within_the_span() {
    let (house, (spans, _guard)) = (House::of(POLICY, Memory::new()), Spans::watch(tracing::Level::DEBUG));
    let within: Arc<Mutex<Vec<Option<u64>>>> = Arc::default();
    let seen = Arc::clone(&within);
    house.answers(move |_| {
        seen.lock().unwrap().push(tracing::Span::current().id().map(|id| id.into_u64()));
        Response::builder().header("content-type", "application/json").body(Pieces::whole("{}"))
    });
    for path in ["/recommendations", "/open", "/elsewhere"] {
        house.ask(anna(path)).await;
    }
    let [first, second] = spans.0.lock().unwrap().iter().map(|(id, _)| Some(*id)).collect::<Vec<_>>()[..] else {
        unreachable!("two spans")
    };
    assert_eq!(*within.lock().unwrap(), [first, second, None]);
}
