//! Promise 8, no names: no raw customer id, no token and no hidden value in logs, metrics, headers, error texts, `Debug`
//! or the bytes of the store.

mod house;

use house::*;
use http::{Method, Request, Response};
use serde_json::json;
use tower::{Service, ServiceExt};
use tower_rapport::store::{Fault, Memory};

const ID: &str = "anna.petersen.4711";
const VALUE: &str = "XyzzyHiddenValue";

fn good() -> String {
    token(ID, "record personalization", json!({"birthdate": "1987-06-05", "registered_at": "2019-08-07T00:00:00Z"}))
}

/// What must not be found anywhere.
fn names() -> Vec<String> {
    let token = good();
    let parts = token.split('.').map(str::to_owned).collect::<Vec<_>>();
    [ID, VALUE, "4711", "1987-06-05", "2019-08-07"].map(str::to_owned).into_iter().chain(parts).collect()
}

#[track_caller]
fn has_no_name(what: &str, text: &str) {
    for name in names() {
        assert!(!text.contains(&name), "`{name}` stands in {what}:\n{text}");
    }
}

/// Everything that can go well or wrong, once.
async fn a_busy_day(house: &House) -> Vec<Answer> {
    let mut answers = Vec::new();
    let body = PERSONAL.replace("Because", VALUE);
    let broken = format!("{}{VALUE}", &body[..body.len() - 2]);
    let mut say = async |status: u16, content_type: &'static str, event: &'static str, body: &str, end: Vec<Piece>| {
        let pieces: Vec<_> = [data(body)].into_iter().chain(end).collect();
        house.answers(move |_| {
            let response = Response::builder().status(status).header("content-type", content_type);
            let response = response.header("etag", VALUE).header("content-digest", VALUE);
            response.header("personalization-event", event).body(Pieces::streamed(pieces.clone()))
        });
        for path in ["/recommendations", "/strict", "/narrow"] {
            answers.push(house.ask(with_token(path, &good())).await);
        }
    };
    let json = "application/json";
    say(200, json, "purchase", &body, vec![]).await;
    say(200, json, VALUE, &body, vec![]).await;
    say(500, json, VALUE, &body, vec![]).await;
    say(200, "text/html", "", &body, vec![]).await;
    say(200, json, "", &broken, vec![]).await;
    say(200, json, "", &body, vec![Piece::Fails]).await;
    say(200, json, "", &body[..120], vec![rests(50), data(VALUE)]).await;
    say(200, json, "", &format!(r#"{{"items":[{{"reason":{{"{}":1}}}}]}}"#, VALUE.repeat(9)), vec![]).await;
    house.answers(|_| Response::builder().status(204).body(Pieces::whole("")));
    for bad in [format!("{}A", good()), ID.to_owned(), VALUE.to_owned(), good().replacen('.', "..", 1)] {
        answers.push(house.ask(with_token("/recommendations", &bad)).await);
    }
    let forged = with_token("/recommendations", &good()).header("personalization", VALUE).header("prefer", VALUE);
    answers.push(house.ask(forged).await);
    answers.push(house.ask(with_token("/checkout", &good()).method(Method::POST)).await);
    for (method, path, body) in [
        ("GET", "/me", ""),
        ("GET", "/me/export", ""),
        ("GET", &*format!("/me?done={VALUE}&stage={VALUE}"), ""),
        ("PUT", "/me/limit", &*format!(r#"{{"stage": "{VALUE}"}}"#)),
        ("PUT", "/me/limit", r#"{"stage": "familiar"}"#),
        ("PUT", "/me/pause", &*format!(r#"{{"until": "{VALUE}"}}"#)),
        ("PUT", &*format!("/me/purposes/{VALUE}"), r#"{"granted": true}"#),
        ("PUT", "/me/purposes/cross_context", r#"{"granted": true}"#),
        ("PUT", "/me/purposes/cross_context", r#"{"granted": false}"#),
        ("GET", &*format!("/{VALUE}"), ""),
        ("GET", "/policy", ""),
    ] {
        for accept in ["application/json", "text/html"] {
            let request = with_token(&format!("/rapport{path}"), &good()).method(method).header("accept", accept);
            answers.push(house.ask_with(request.header("content-type", "application/json"), body).await);
        }
    }
    answers
}

#[tokio::test(start_paused = true)]
async fn neither_logs_nor_metrics_nor_answers_name_anybody() {
    for fault in [Fault::None, Fault::Down, Fault::Deaf, Fault::ReadOnly, Fault::Held] {
        let (house, operator) = (House::new(), Operator::watch());
        house.store.set(fault);
        for answer in a_busy_day(&house).await {
            has_no_name("an answer", &format!("{answer:?}"));
        }
        house.store.set(Fault::None);
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        house.layer.flush().await;
        assert!(operator.log().lines().count() > 10 && operator.counters().lines().count() > 10, "much was told");
        has_no_name("the log", &operator.log());
        has_no_name("a counter", &operator.counters());
    }
}

#[tokio::test(start_paused = true)]
async fn debug_of_what_is_public_names_nobody() {
    let house = House::new();
    house.says("{}");
    let request = with_token("/recommendations", &good()).body(String::new()).unwrap();
    let mut service = house.service();
    let future = ServiceExt::<Request<String>>::ready(&mut service).await.unwrap().call(request);
    has_no_name("the future", &format!("{future:?}"));
    let response = future.await.unwrap();
    has_no_name("an answer", &format!("{response:?}"));
    has_no_name("the layer", &format!("{:?}", house.layer));
    has_no_name("the service", &format!("{service:?}"));
    has_no_name("the relationships", &format!("{:?}", house.layer.relationships()));
    has_no_name("the policy", &format!("{:?}", house.layer.policy()));
    let policy = format!("{:?}", house.layer.policy());
    assert!(!policy.contains("secret of the tests") && !policy.contains("house's own secret"), "{policy}");
}

#[tokio::test(start_paused = true)]
async fn the_bytes_of_the_store_name_nobody() {
    let house = House::of(POLICY, Memory::new());
    a_busy_day(&house).await;
    house.layer.flush().await;
    let stored = house.store.inner().load(pseudonym(ID)).await.unwrap().unwrap();
    assert!(stored.record(pseudonym(ID)).unwrap().history.unwrap().count("purchase") > 0, "something is kept");
    has_no_name("a record", &String::from_utf8_lossy(stored.as_bytes()));
    has_no_name("a stored record", &format!("{stored:?}"));
}

#[cfg(feature = "embedded")]
#[tokio::test]
async fn the_stores_file_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    let house = House::of(POLICY, tower_rapport::store::Embedded::open(&path).unwrap());
    a_busy_day(&house).await;
    house.layer.flush().await;
    assert!(house.happened(ID, "purchase").await > 0, "something is kept");
    drop(house);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(bytes.windows(16).any(|bytes| bytes == pseudonym(ID).as_bytes()), "the file is the store's");
        has_no_name("the file", &String::from_utf8_lossy(&bytes));
    }
}
