//! Promise 2, non-interference, through the whole layer: two answers of the service that differ only in what the plan
//! hides, and in what tells of their bytes, leave as the same status, headers and bytes, however they come.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod house;

use house::*;
use http::Response;
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::TestRunner,
};

/// What differs between two answers of the service.
#[derive(Clone, Debug)]
struct Hidden {
    name: String,
    reasons: [String; 2],
    scores: [String; 2],
    headers: Vec<(&'static str, String)>,
    has_length: bool,
    cuts: Vec<Index>,
    trailer: Option<String>,
    knows_its_end: bool,
}

impl Hidden {
    fn body(&self, stage: &str) -> String {
        // What a stage lets through stays the same.
        let (name, [first, second]) = match stage {
            "familiar" => (r#""Anna""#, [r#""shoes""#, r#""hats""#]),
            _ => (self.name.as_str(), [self.reasons[0].as_str(), self.reasons[1].as_str()]),
        };
        let [one, two] = if stage == "new" { [&*self.scores[0], &*self.scores[1]] } else { ["0.8", "0.4"] };
        format!(
            r#"{{"customer": {{"first_name":{name}, "since": 2019}}, "items": [{{"id": 1, "reason":{first},"score":{one}}}, {{"reason":{second}, "id": 2,"score":{two}}}], "n": 1.50}}"#
        )
    }

    fn say(self, house: &House, stage: &str) {
        let body = self.body(stage);
        house.answers(move |_| {
            let response = Response::builder().status(203).header("content-type", "application/json");
            let response = response.header("x-request", "1").header("cache-control", "max-age=60");
            let response = self.headers.iter().fold(response, |all, (name, value)| all.header(*name, value));
            let response = if self.has_length { response.header("content-length", body.len()) } else { response };
            let mut cuts: Vec<_> = self.cuts.iter().map(|cut| cut.index(body.len())).collect();
            cuts.extend([0, body.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|cut| Piece::Data(body.as_bytes()[cut[0]..cut[1]].to_vec().into()));
            let trailers = self.trailer.iter().map(|etag| {
                let fields = [("etag", etag.as_str()), ("content-digest", etag), ("x-timing", "7")];
                Piece::Trailers(
                    fields.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect(),
                )
            });
            let pieces = pieces.chain(trailers);
            response.body(if self.knows_its_end { Pieces::new(pieces) } else { Pieces::streamed(pieces) })
        });
    }
}

/// Valid JSON of any kind, short and long.
fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        select(["null", "true", "0", "-1.5e-7", "\"\"", "[]", "{}"].as_slice()).prop_map(str::to_owned),
        "[a-zA-Z0-9 ,:{}]{0,300}".prop_map(|text| format!("{text:?}")),
        "\\PC{0,20}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        vec("[a-z]{1,9}", 0..40).prop_map(|words| serde_json::to_string(&words).unwrap()),
        vec(("[a-z]{1,3}", any::<i64>()), 0..9).prop_map(|all| {
            let members: Vec<_> = all.into_iter().map(|(name, value)| format!("{name:?}: [{value}, {{}}]")).collect();
            format!("{{{}}}", members.join(" , "))
        }),
    ]
}

fn hidden(trailer: bool) -> impl Strategy<Value = Hidden> {
    let word = "[a-zA-Z0-9]{1,12}";
    let headers = select(HEADERS).prop_flat_map(move |name| (Just(name), word));
    let trailer = if trailer { word.prop_map(Some).boxed() } else { Just(None).boxed() };
    let rest = (vec(headers, 0..6), any::<bool>(), vec(any::<Index>(), 0..30), trailer, any::<bool>());
    (values(), [values(), values()], [values(), values()], rest).prop_map(|(name, reasons, scores, rest)| {
        let (headers, has_length, cuts, trailer, knows_its_end) = rest;
        Hidden { name, reasons, scores, headers, has_length, cuts, trailer, knows_its_end }
    })
}

#[test]
fn what_is_hidden_changes_neither_status_nor_headers_nor_bytes() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    for stage in ["new", "acquainted", "familiar"] {
        let house = House::new();
        runtime.block_on(house.know(SUBJECT, stage));
        // From here on today's visit is written.
        assert_eq!(runtime.block_on(house.ask(anna("/recommendations"))).stage(), stage);
        let pairs = any::<bool>().prop_flat_map(|trailer| (hidden(trailer), hidden(trailer)));
        let config = ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() };
        let run = TestRunner::new(config).run(&pairs, |(one, other)| {
            let [one, other] = [one, other].map(|hidden| {
                hidden.say(&house, stage);
                let answer = runtime.block_on(house.ask(anna("/recommendations")));
                (answer.status, answer.headers, answer.body, answer.trailers, answer.broke)
            });
            prop_assert_eq!(&one, &other);
            prop_assert!(one.2.ends_with(r#""n": 1.50}"#), "nothing else was lost: {}", one.2);
            Ok(())
        });
        run.unwrap_or_else(|failure| panic!("{stage}: {failure}"));
    }
}

/// Headers that tell of the service's own bytes.
const HEADERS: &[&str] = &[
    "etag",
    "last-modified",
    "digest",
    "content-digest",
    "repr-digest",
    "content-md5",
    "signature",
    "signature-input",
    "accept-ranges",
    "content-range",
];
