//! Answers in HTML behind the layer: what a customer sees at each stage, and every row of the README's table that is about
//! pages.

#![cfg(feature = "html")]

mod house;

use house::*;
use http::{Response, StatusCode};
use tower_rapport::store::Memory;

const HTML: &str = r##"
[[endpoints]]
name   = "page"
path   = "/page"
fields = [
    { path = "$.customer.first_name", data = "provided", steps = { new = "null", familiar = "keep" } },
    { path = "$.reason", data = "observed", steps = { acquainted = { replace = "</script>" }, familiar = "keep" } },
]
html = [
    { select = ".greeting .name", data = "provided", steps = { new = { replace = "there" }, familiar = "keep" } },
    { select = ".because", data = "observed", steps = { familiar = "keep" } },
    { select = "a", data = "observed", steps = { new = { attributes = { title = "remove", href = { replace = "/" } } }, acquainted = { attributes = { title = "remove", href = { url_without = ["uid"] } } }, familiar = "keep" } },
    { script = "#state" },
]

[[endpoints]]
name = "firm"
path = "/firm"
unreadable = "refuse"
html = [{ select = ".name", data = "provided", steps = { familiar = "keep" } }]

[[endpoints]]
name = "short"
path = "/short"
limits = { hold = "256B" }
html = [{ select = ".name", data = "provided", steps = { familiar = "keep" } }]
"##;

const PAGE: &str = r##"<!doctype html>
<p class=greeting>Hi <b class='name'>Anna</b>!</p>
<a title="For Anna" href="/shoes?uid=7&amp;size=38">Shoes</a> <i class=because>Because you bought boots</i>
<script id=state type="application/json">{"customer": {"first_name": "Anna"}, "reason": "boots"}</script>
"##;

/// The empty answer in the place of a page.
const NOTHING: &str = r#"<!DOCTYPE html><html><head><meta charset="utf-8"><title></title></head><body></body></html>"#;

fn house() -> House {
    let house = House::of(&format!("{POLICY}{HTML}"), Memory::new());
    house.answers(|_| page(PAGE));
    house
}

fn page(page: &'static str) -> http::Result<Response<Pieces>> {
    Response::builder().header("content-type", "text/html; charset=utf-8").body(Pieces::whole(page))
}

#[tokio::test(start_paused = true)]
async fn a_page_grows_with_the_relationship() {
    let house = house();
    for (stage, shows) in [
        ("new", [r#"<b class='name'>there</b>"#, r#"<a href="/">Shoes</a> "#, r#"{"customer": {"first_name": null}}"#]),
        (
            "acquainted",
            [
                r#"<b class='name'>there</b>"#,
                r#"<a href="/shoes?size=38">Shoes</a> "#,
                r#"{"customer": {"first_name": null}, "reason": "\u003c/script>"}"#,
            ],
        ),
    ] {
        house.know(SUBJECT, stage).await;
        let answer = house.ask(anna("/page")).await;
        assert_eq!((answer.status, answer.stage()), (StatusCode::OK, stage));
        for part in shows {
            assert!(answer.body.contains(part), "{part} in {}", answer.body);
        }
        assert!(!answer.body.contains("Anna") && !answer.body.contains("boots"), "{}", answer.body);
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    }
    house.know(SUBJECT, "familiar").await;
    assert_eq!(house.ask(anna("/page")).await.body, PAGE, "as it came");
    let answer = house.ask(anybody("/page")).await;
    assert!(!answer.body.contains("Anna"), "{}", answer.body);
}

#[tokio::test(start_paused = true)]
async fn a_page_on_an_endpoint_without_rules_for_html_is_not_shown() {
    let (house, operator) = (house(), Operator::watch());
    house.know(SUBJECT, "familiar").await;
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!(answer.body, EMPTY);
    operator.counted(r#"rapport_doubts_total{endpoint="recommendations",cause="content_type"} 2"#);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_of_a_page_is_not_shown() {
    for (content_type, said, cause) in [
        ("text/html; charset=utf-8", "<div class=name><table></div>Anna</table>", "markup"),
        ("text/html; charset=utf-8", "<p class=name title='Anna", "cut_short"),
        ("text/html", "<p class=name>Anna</p>", "charset"),
        ("text/html", "<meta charset=latin1><p class=name>Anna</p>", "charset"),
        ("text/html; charset=latin1", "<p class=name>Anna</p>", "content_type"),
        ("application/xhtml+xml; charset=utf-8", "<p class='name'>Anna</p>", "content_type"),
    ] {
        let (house, operator) = (house(), Operator::watch());
        house.know(SUBJECT, "acquainted").await;
        let answer = move |_: &http::request::Parts| {
            Response::builder().header("content-type", content_type).body(Pieces::whole(said))
        };
        house.answers(answer);
        let shown = house.ask(anna("/short")).await;
        let (empty, kind) = match content_type {
            "application/xhtml+xml; charset=utf-8" => ("{}", "application/json"),
            _ => (NOTHING, "text/html; charset=utf-8"),
        };
        assert_eq!((shown.status, shown.body.as_str()), (StatusCode::OK, empty), "{said}");
        assert_eq!(shown.header("content-type"), kind);
        let refused = house.ask(anna("/firm")).await;
        assert_eq!((refused.status, refused.body.as_str()), (StatusCode::BAD_GATEWAY, ""), "{said}");
        operator.counted(&format!("rapport_doubts_total{{endpoint=\"firm\",cause={cause:?}}} 1"));
        operator.logged("an answer could not be shaped");
    }
}

#[tokio::test(start_paused = true)]
async fn in_doubt_the_generic_page_takes_its_place() {
    let house = house();
    house.know(SUBJECT, "acquainted").await;
    house.answers(|head| {
        let said = if is_known(head) { "<p><b class=name>Anna</p></b>" } else { "<p>Hi <b class=name>you</b></p>" };
        page(said)
    });
    assert_eq!(house.ask(anna("/short")).await.body, "<p>Hi </p>");
}

#[tokio::test(start_paused = true)]
async fn once_something_has_left_doubt_ends_the_page_and_flushes_nothing() {
    let house = house();
    house.know(SUBJECT, "acquainted").await;
    let start = "<p>".to_owned() + &"Hello ".repeat(100);
    let pieces =
        [data(start.clone()), rests(50), data("<span class=name><p></span>Anna"), data("<b class=name>Anna</b>")];
    house.answers(move |_| {
        let pieces = Pieces::streamed(pieces.clone());
        Response::builder().header("content-type", "text/html; charset=utf-8").body(pieces)
    });
    let answer = house.ask(anna("/short")).await;
    assert_eq!(answer.body, start);
    assert_eq!(answer.broke.as_deref(), Some("tags that do not close what was opened last, near byte 603"));
}

#[tokio::test(start_paused = true)]
async fn a_page_leaves_while_it_comes() {
    let house = house();
    house.know(SUBJECT, "acquainted").await;
    house.answers(|_| {
        let pieces = [data("<p>one</p><p cl"), rests(1_000), data("ass=name>Anna</p>two")];
        Response::builder().header("content-type", "text/html; charset=utf-8").body(Pieces::streamed(pieces))
    });
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    let began = tokio::time::Instant::now();
    let response = house.service().oneshot(anna("/short").body(String::new()).unwrap()).await.unwrap();
    let mut body = response.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(&first[..], b"<p>one</p>");
    assert!(began.elapsed().as_millis() <= 50, "{:?}", began.elapsed());
    assert_eq!(&body.collect().await.unwrap().to_bytes()[..], b"two");
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_meets_nothing_in_a_hundred_pages_is_told_of_once() {
    let (house, operator) = (house(), Operator::watch());
    house.know(SUBJECT, "acquainted").await;
    house.answers(|_| page("<p class=greeting>Hi <b class=nom>Anna</b></p><i class=because>x</i><a>y</a>"));
    for _ in 0..100 {
        house.ask(anna("/page")).await;
    }
    operator.logged("this rule met nothing in a hundred answers");
    operator.logged(".greeting .name");
}
