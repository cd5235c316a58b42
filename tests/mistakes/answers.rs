//! What the wrapped service answers, and what it tells of events.

use http::{Method, Response, StatusCode};
use insta::assert_snapshot;

use tower_rapport::store::Memory;

use super::house::{EMPTY, House, Operator, POLICY, Pieces, SUBJECT, anna, anybody};

/// A house whose service answers so.
fn answering(status: u16, media: &'static str, body: &'static str) -> House {
    let house = House::new();
    house.answers(move |_| Response::builder().status(status).header("content-type", media).body(Pieces::whole(body)));
    house
}

/// What the operator reads when somebody asks and gets nothing.
async fn told_of(house: &House, path: &str) -> String {
    let operator = Operator::watch();
    for _ in 0..3 {
        let answer = house.ask(anna(path)).await;
        assert_eq!(answer.body, EMPTY);
    }
    assert!(!operator.log().contains("Anna"), "{}", operator.log());
    operator.log().trim_end().to_owned()
}

#[tokio::test(start_paused = true)]
async fn it_does_not_say_that_it_is_json() {
    let house = answering(200, "text/plain", r#"{"customer":{"first_name":"Anna"}}"#);
    assert_snapshot!(told_of(&house, "/recommendations").await, @r#" WARN request{otel.name="GET /recommendations" otel.kind="server" http.request.method="GET" http.route="/recommendations" network.protocol.version="1.1"}: tower_rapport::report::told: an answer could not be shaped endpoint="recommendations" cause="content_type" left_out=0 remedy="the service should answer with `content-type: application/json`, or that of lines or events of JSON; with `text/html` where the endpoint has rules for `html`""#);
}

#[tokio::test(start_paused = true)]
async fn it_is_no_json() {
    let house = answering(200, "application/json", "{\"customer\": {\"first_name\": Anna}}");
    assert_snapshot!(told_of(&house, "/recommendations").await, @r#" WARN request{otel.name="GET /recommendations" otel.kind="server" http.request.method="GET" http.route="/recommendations" network.protocol.version="1.1"}: tower_rapport::report::told: an answer could not be shaped endpoint="recommendations" cause="syntax" byte=28 left_out=0 remedy="the service says that this is JSON, and from this byte on it is not: ask the service itself, and see what stands there""#);
}

#[tokio::test(start_paused = true)]
async fn it_is_a_page_and_the_endpoint_has_no_rules_for_pages() {
    let house = answering(200, "text/html", "<p>Hello, Anna</p>");
    assert_snapshot!(told_of(&house, "/recommendations").await, @r#" WARN request{otel.name="GET /recommendations" otel.kind="server" http.request.method="GET" http.route="/recommendations" network.protocol.version="1.1"}: tower_rapport::report::told: an answer could not be shaped endpoint="recommendations" cause="content_type" left_out=0 remedy="the service should answer with `content-type: application/json`, or that of lines or events of JSON; with `text/html` where the endpoint has rules for `html`""#);
}

#[tokio::test(start_paused = true)]
async fn it_is_deeper_than_its_limit() {
    let house = answering(200, "application/json", r#"[[[[[[[[["Anna"]]]]]]]]]"#);
    assert_snapshot!(told_of(&house, "/narrow").await, @r#" WARN request{otel.name="GET /narrow" otel.kind="server" http.request.method="GET" http.route="/narrow" network.protocol.version="1.1"}: tower_rapport::report::told: an answer could not be shaped endpoint="narrow" cause="too_deep" byte=8 left_out=0 remedy="raise `limits.depth` if such answers are meant""#);
}

#[tokio::test(start_paused = true)]
async fn it_is_cut_short_or_empty() {
    let house = answering(200, "application/json", r#"{"customer": {"first_name": "Anna"}, "it"#);
    assert_snapshot!(told_of(&house, "/recommendations").await, @r#" WARN request{otel.name="GET /recommendations" otel.kind="server" http.request.method="GET" http.route="/recommendations" network.protocol.version="1.1"}: tower_rapport::report::told: an answer could not be shaped endpoint="recommendations" cause="cut_short" byte=40 left_out=0 remedy="the service ended its answer before it was complete: see its own log""#);
    let house = answering(200, "application/json", " \n");
    assert_snapshot!(told_of(&house, "/recommendations").await, @r#" WARN request{otel.name="GET /recommendations" otel.kind="server" http.request.method="GET" http.route="/recommendations" network.protocol.version="1.1"}: tower_rapport::report::told: an answer could not be shaped endpoint="recommendations" cause="empty" byte=2 left_out=0 remedy="the service answered 2xx with nothing where a document should be; see why, or let it answer 204""#);
}

#[tokio::test(start_paused = true)]
async fn it_is_an_error_that_is_no_json() {
    let (house, operator) = (answering(500, "text/plain", "Anna's list is broken"), Operator::watch());
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::INTERNAL_SERVER_ERROR, EMPTY));
    assert_snapshot!(operator.log().trim_end(), @r#" WARN request{otel.name="GET /recommendations" otel.kind="server" http.request.method="GET" http.route="/recommendations" network.protocol.version="1.1"}: tower_rapport::report::told: an answer could not be shaped endpoint="recommendations" cause="status" left_out=0 remedy="the service answered with an error that is no JSON; in axum, put the layer around the whole router if handlers read path parameters, and inside of it what they read of extensions, as `ConnectInfo`""#);
}

#[tokio::test(start_paused = true)]
async fn it_forbids_to_be_changed() {
    let house = House::new();
    house.answers(|_| {
        let answer = Response::builder().header("content-type", "application/json");
        answer.header("cache-control", "no-transform").body(Pieces::whole(r#"{"customer":{"first_name":"Anna"}}"#))
    });
    let operator = Operator::watch();
    house.ask(anna("/recommendations")).await;
    assert_snapshot!(operator.log().trim_end(), @r#" WARN request{otel.name="GET /recommendations" otel.kind="server" http.request.method="GET" http.route="/recommendations" network.protocol.version="1.1"}: tower_rapport::report::told: an answer could not be shaped endpoint="recommendations" cause="no_transform" left_out=0 remedy="the service forbids to change what must not be shown as it is: leave `no-transform` out of its `cache-control` here""#);
}

#[tokio::test(start_paused = true)]
async fn a_request_is_longer_than_its_limit() {
    let endpoint = "\n[[endpoints]]\nname = \"search\"\npath = \"/search\"\nmethods = [\"POST\"]\nlimits = { request = \"32B\" }\n\
                    request = { hide = [\"json:$.userId\"] }\nitems = { path = \"$.items[*]\", data = \"observed\" }\n";
    let house = House::of(&format!("{POLICY}{endpoint}"), Memory::new());
    let operator = Operator::watch();
    let asks = anna("/search").method(Method::POST).header("content-type", "application/json");
    let answer = house.ask_with(asks, r#"{"userId": "anna-4711", "query": "hats and shoes"}"#).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, EMPTY));
    assert!(!operator.log().contains("anna"), "{}", operator.log());
    assert_snapshot!(operator.log().trim_end(), @r#" WARN request{otel.name="POST /search" otel.kind="server" http.request.method="POST" http.route="/search" network.protocol.version="1.1"}: tower_rapport::report::told: an answer could not be shaped endpoint="search" cause="request" left_out=0 remedy="what `request.hide` names cannot be taken out of a body that is longer than `limits.request`, or no JSON: raise the limit, or see what clients send""#);
}

#[tokio::test(start_paused = true)]
async fn a_rule_meets_nothing() {
    let (house, operator) =
        (answering(200, "application/json", r#"{"user": {"firstName": "Anna"}}"#), Operator::watch());
    for _ in 0..100 {
        house.ask(anybody("/strict")).await;
    }
    assert_snapshot!(operator.log().trim_end(), @r#" WARN request{otel.name="GET /strict" otel.kind="server" http.request.method="GET" http.route="/strict" network.protocol.version="1.1"}: tower_rapport::report::told: this rule met nothing in a hundred answers: has the service's answer changed its shape? endpoint="strict" path=$.items[*].reason remedy="compare it with an answer of the service; of JSON, `rapport check --answer` says what was likely meant""#);
}

async fn telling(event: &'static str) -> String {
    let (house, operator) = (House::new(), Operator::watch());
    house.answers(move |_| Response::builder().header("personalization-event", event).body(Pieces::whole("")));
    for _ in 0..3 {
        house.ask(anna("/elsewhere")).await;
    }
    house.layer.flush().await;
    assert_eq!(house.happened(SUBJECT, "purchase").await, 0);
    operator.log().trim_end().to_owned()
}

#[tokio::test(start_paused = true)]
async fn an_event_is_told_that_the_policy_does_not_have() {
    assert_snapshot!(telling("order").await, @r#" WARN tower_rapport::report::counters: the wrapped service told of an event that the policy does not have known="purchase complaint" left_out=0 remedy="let it tell of one that is known, in small letters, or write the event in `[[relationship.events]]`""#);
}

#[tokio::test(start_paused = true)]
async fn an_event_is_told_as_json() {
    assert_snapshot!(telling("{\"event\": \"purchase\"}").await, @r#" WARN tower_rapport::report::counters: the wrapped service told of an event in a way that cannot be read left_out=0 remedy="let it send `Personalization-Event: purchase` or `purchase;id=\"order-17\"`, and `,` between several""#);
}

#[tokio::test(start_paused = true)]
async fn a_choice_in_the_portal_is_malformed_or_unknown() {
    let house = House::new();
    let choose = async |path: &str, body: &str| {
        let asks = anna(path).method(Method::PUT).header("content-type", "application/json");
        let answer = house.ask_with(asks.header("accept", "application/json"), body).await;
        format!("{} {}", answer.status.as_u16(), answer.body)
    };
    assert_snapshot!(choose("/rapport/me/limit", "{\"stage\": \"friend\"}").await, @r#"422 {"code":"no_such_stage","detail":"There is no such stage. There are: `new`, `acquainted`, `familiar`, `trusted`.","stages":["new","acquainted","familiar","trusted"],"status":422,"title":"Unprocessable Entity"}"#);
    assert_snapshot!(choose("/rapport/me/limit", "acquainted").await, @r#"400 {"code":"malformed","detail":"This cannot be read. Send a JSON object or a form in which `stage` stands once, and nothing that does not belong there.","status":400,"title":"Bad Request"}"#);
    assert_snapshot!(choose("/rapport/me/purposes/adverts", "{\"granted\": false}").await, @r#"422 {"code":"no_such_purpose","detail":"There is no such purpose. There are: `record`, `personalization`, `cross_context`, `special_category`.","purposes":["record","personalization","cross_context","special_category"],"status":422,"title":"Unprocessable Entity"}"#);
    assert_snapshot!(choose("/rapport/me/pause", "{\"until\": \"tomorrow\"}").await, @r#"422 {"code":"no_date","detail":"This is no date. Write one such as `2027-01-31`, or an instant such as `2027-01-31T18:00:00Z`.","status":422,"title":"Unprocessable Entity"}"#);
}
