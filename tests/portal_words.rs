//! What the portal's pages say is true of the policy and of the customer before whom they stand.

mod house;

use house::*;
use http::Response;
use serde_json::json;
use tower_rapport::store::{Fault, Memory};

const LIST: &str = r#"
[[endpoints]]
name  = "list"
path  = "/list"
items = { path = "$.items[*]", data = "observed" }
"#;

/// A page of the portal as a customer sees it who is trusted, with more in the policy.
async fn page(path: &str, more: &str) -> String {
    let house = House::of(&format!("{BASE}{more}"), Memory::new());
    house.know(SUBJECT, "trusted").await;
    house.ask(anna(path).header("accept", "text/html")).await.body
}

/// An account may be older than the visits.
#[tokio::test(start_paused = true)]
async fn whom_an_account_has_known_for_years_was_not_met_just_now() {
    let house = House::of(&format!("{BASE}{LIST}"), Memory::new());
    let token = token(SUBJECT, "record personalization", json!({ "registered_at": "2020-05-05" }));
    for (language, heading, vouched) in [
        ("en", "We hardly know each other yet.", "Your account says that we have known you since 5 May 2020."),
        ("de", "Wir kennen uns noch kaum.", "Ihr Konto sagt, dass wir Sie seit dem 5. Mai 2020 kennen."),
    ] {
        let request = with_token("/rapport/me", &token).header("accept", "text/html");
        let page = house.ask(request.header("accept-language", language)).await.body;
        assert!(page.contains(&format!(">{heading}</h1>")) && page.contains(vouched), "{page}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_list_is_chosen_what_its_own_data_allows() {
    for (data, says) in [
        ("data = \"observed\"", "All places in “lists” may be chosen for you."),
        ("data_at = \"$.basis\"", "All places in “lists” may be chosen for you."),
        ("data = \"third_party\"", "No place in “lists” is chosen for you; you see what anybody sees."),
        ("data = \"none\"", "No place in “lists” is chosen for you; you see what anybody sees."),
        (
            "data = \"observed\", topic = \"$.topic\", per_topic = { new = 0 }",
            "No place in “lists” is chosen for you; you see what anybody sees.",
        ),
    ] {
        let items = format!("items = {{ path = \"$.items[*]\", {data}, share = {{ new = 1.0 }} }}");
        let page = page("/rapport/me", &format!("[[endpoints]]\nname = \"lists\"\npath = \"/lists\"\n{items}\n")).await;
        assert!(page.contains(says), "{data}: {page}");
    }
}

/// That data may be used is not that it is: where no place is chosen, none of it is.
#[tokio::test(start_paused = true)]
async fn of_data_is_said_that_it_may_be_used() {
    let data = "[data]\nobserved = { from = \"new\" }\n";
    let items = "items = { path = \"$.items[*]\", data = \"observed\", share = { new = 0.0 } }";
    let page =
        page("/rapport/me", &format!("{data}[[endpoints]]\nname = \"lists\"\npath = \"/lists\"\n{items}\n")).await;
    assert!(page.contains("No place in “lists” is chosen for you"), "{page}");
    assert!(page.contains("<span class=\"pill yes\">may be used</span>"), "{page}");
}

/// What anybody sees may be about a quiet topic: the generic answer is not judged.
#[tokio::test(start_paused = true)]
async fn of_a_quiet_topic_is_said_what_consent_to_it_changes() {
    let lists = "[[endpoints]]\nname = \"lists\"\npath = \"/lists\"\nitems = { path = \"$.items[*]\", id = \"$.id\", \
                 data = \"observed\", topic = \"$.topic\", quiet = { topics = [\"loss\"] }, share = { new = 1.0 } }\n";
    let says = "Items on these topics are chosen for you only with your consent to “Sensitive data”: loss. What everybody sees \
                may be about them.";
    let policy = page("/rapport/policy", lists).await;
    assert!(policy.contains(says), "{policy}");

    let house = House::of(&format!("{BASE}{lists}"), Memory::new());
    house.know(SUBJECT, "trusted").await;
    house.answers(|asked| {
        let body = match is_known(asked) {
            true => r#"{"items":[{"id":1,"topic":"loss"},{"id":2,"topic":"shoes"}]}"#,
            false => r#"{"items":[{"id":3,"topic":"loss"},{"id":4,"topic":"loss"}]}"#,
        };
        Response::builder().header("content-type", "application/json").body(Pieces::whole(body))
    });
    let shown = r#"{"items":[{"id":3,"topic":"loss"},{"id":2,"topic":"shoes"}]}"#;
    assert_eq!(house.ask(anna("/lists")).await.body, shown);
}

#[tokio::test(start_paused = true)]
async fn everybody_begins_at_the_lowest_stage_alone() {
    let stages = "[[stages]]\nname = \"new\"\n[[stages]]\nname = \"acquainted\"\n[[stages]]\nname = \"familiar\"\n\
                  needs = { active_days = 5 }\n[[stages]]\nname = \"trusted\"\n";
    let policy = page("/rapport/policy", &format!("{stages}{LIST}")).await;
    for (stage, needs) in [
        ("new", "nothing: everybody begins here"),
        ("acquainted", "nothing more: it is the next step"),
        ("familiar", "visits on 5 days"),
        ("trusted", "nothing more: it is the next step"),
    ] {
        let row = policy.lines().find(|line| line.contains(&format!("<tr><th scope=\"row\">{stage}</th>")));
        assert!(row.is_some_and(|row| row.contains(&format!(">{needs}</td>"))), "{stage}: {policy}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_has_to_be_longer_than_both_of_what_the_policy_names() {
    let policy = page("/rapport/policy", LIST).await;
    let says = "Whoever stays away for more than 90 days, and for more than 3 times as long as usual, goes down a step, and one \
                more for each further such time.";
    assert!(policy.contains(says), "{policy}");
}

/// A refusal and a limit are kept for good.
#[tokio::test(start_paused = true)]
async fn what_stays_is_not_said_to_be_deleted() {
    let says = "What you refused, a limit, a pause and the wish to be forgotten stay. All else is deleted when we have not met for \
                730 days.";
    for path in ["/rapport/me", "/rapport/policy"] {
        let page = page(path, LIST).await;
        assert!(page.contains(says), "{path}: {page}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_is_remembered_is_said_to_have_refused() {
    let house = House::of(&format!("{BASE}{LIST}"), Memory::new());
    house.ask(anna("/list").header("sec-gpc", "1")).await;
    house.layer.flush().await;
    for (language, says) in [("en", "Your browser refused it on "), ("de", "Ihr Browser hat es am ")] {
        let page =
            house.ask(anna("/rapport/me").header("accept", "text/html").header("accept-language", language)).await.body;
        assert!(page.contains(says), "{page}");
    }
}

/// Who never answered has no consent, nor has who refused or took it back: none of them is told to be another.
#[tokio::test(start_paused = true)]
async fn that_there_is_no_consent_is_said_alike_however_that_came() {
    for given in [None, Some(vec![false]), Some(vec![true, false])] {
        let house = House::of(&format!("{BASE}{LIST}"), Memory::new());
        let silent = token(SUBJECT, "", json!({}));
        for granted in given.into_iter().flatten() {
            let request = with_token("/rapport/me/purposes/record", &silent).method("PUT");
            let answer = house.ask_with(request, &json!({ "granted": granted }).to_string()).await;
            assert_eq!(answer.status, 200);
        }
        let page = house.ask(with_token("/rapport/me", &silent).header("accept", "text/html")).await.body;
        for says in [
            "<li>Without consent to being remembered, we stay strangers.</li>",
            "Nothing counts for it without consent to being remembered.",
        ] {
            assert!(page.contains(says), "{says}: {page}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_changed_yet_nobody_is_told_that_it_is() {
    let trial = "mode = \"observe\"\n";
    for (name, policy, stranger, off) in [
        ("enforced", format!("{BASE}{LIST}"), true, true),
        ("in part", format!("{BASE}{LIST}{}{trial}", LIST.replace("list", "more")), false, true),
        ("observed", format!("{BASE}{LIST}{trial}"), false, false),
    ] {
        let house = House::of(&policy, Memory::new());
        let page = house.ask(anybody("/rapport/policy").header("accept", "text/html")).await.body;
        assert!(page.contains("We do not know who you are."), "{name}: {page}");
        assert_eq!(page.contains("You see what anybody sees."), stranger, "{name}: {page}");
        assert_eq!(page.contains("Then you see what anybody sees, here and now"), off, "{name}: {page}");
        assert_eq!(page.contains("does not change yet what you see."), !off, "{name}: {page}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_lowers_and_is_not_stored_yet_is_said_to_be_in_force() {
    for (method, path, body) in [
        ("PUT", "/limit", r#"{"stage": "new"}"#),
        ("PUT", "/pause", r#"{"until": "9999-12-31"}"#),
        ("PUT", "/purposes/personalization", r#"{"granted": false}"#),
        ("DELETE", "", ""),
    ] {
        let house = House::of(&format!("{BASE}{LIST}"), Memory::new());
        house.know(SUBJECT, "trusted").await;
        house.store.set(Fault::Down);
        let request = anna(&format!("/rapport/me{path}")).method(method).header("content-type", "application/json");
        let answer = house.ask_with(request, body).await;
        assert_eq!(answer.status, 503);
        assert!(
            answer.body.contains("What you chose is in force here from now on."),
            "{method} {path}: {}",
            answer.body
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_answered_with_what_the_method_takes() {
    let house = House::of(&format!("{BASE}{LIST}"), Memory::new());
    for (method, media, status) in
        [("POST", "application/json", 415), ("PUT", "text/plain", 415), ("PUT", "application/json", 200)]
    {
        let request = anna("/rapport/me/limit").method(method).header("content-type", media);
        let answer = house.ask_with(request, r#"{"stage": "new"}"#).await;
        assert_eq!(answer.status, status, "{method} {media}");
        let says = answer.body.contains("POST takes a form, PUT takes JSON or a form, neither of them compressed.");
        assert_eq!(says, status == 415, "{}", answer.body);
    }
}

#[tokio::test(start_paused = true)]
async fn of_an_endpoint_is_said_only_what_it_has_rules_for() {
    let policy =
        page("/rapport/policy", &format!("{LIST}\n[[endpoints]]\nname = \"checkout\"\npath = \"/checkout\"\n")).await;
    assert!(policy.contains("nothing is left out here by the stage"), "{policy}");
    let details = "single details are shown, coarsened or left out by stage";
    assert!(!policy.contains(details), "{policy}");
    let fields = "fields = [{ path = \"$.name\", data = \"provided\" }]";
    let policy =
        page("/rapport/policy", &format!("[[endpoints]]\nname = \"checkout\"\npath = \"/checkout\"\n{fields}\n")).await;
    assert!(policy.contains(details), "{policy}");
}
