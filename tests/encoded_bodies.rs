//! Bodies that come compressed are read, shaped and sent on; what cannot be read to its very end is doubt.
#![cfg(feature = "encoding")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod codings;
mod house;

use bytes::Bytes;
use codings::{beginning, put_on, take_off};
use house::*;
use http::{Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use proptest::prelude::*;
use tower::ServiceExt;
use tower_rapport::shaping::{
    DoubtKind,
    encoding::{Coding, Decoder, Progress},
};

const CODINGS: [&str; 6] = ["gzip", "GZIP", "X-gzip", "deflate", "br", "zstd"];

/// Answers from now on with these bytes under this `Content-Encoding`, in pieces of a size.
fn sends(house: &House, coding: &'static str, bytes: Vec<u8>, size: usize) {
    house.answers(move |_| {
        let pieces = bytes.chunks(size).map(|bytes| Piece::Data(bytes.to_vec().into()));
        Response::builder()
            .header("content-type", "application/json")
            .header("content-encoding", coding)
            .header("content-length", bytes.len())
            .header("content-digest", "sha-256=:x:")
            .body(Pieces::streamed(pieces))
    });
}

fn all_of(codings: &str) -> Vec<u8> {
    codings.split(',').map(str::trim).fold(PERSONAL.as_bytes().to_vec(), |bytes, coding| put_on(coding, &bytes))
}

// ── What can be read ─────────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn every_known_coding_is_taken_off_at_every_chunk_size() {
    let house = House::new();
    let lists = ["gzip, gzip", "br, gzip", "deflate,identity, zstd , br", "gzip, gzip, gzip, gzip"];
    for coding in CODINGS.into_iter().chain(lists) {
        let bytes = all_of(coding);
        for size in (1..=bytes.len()).filter(|size| *size < 12 || size % 83 == 0 || *size == bytes.len()) {
            sends(&house, coding, bytes.clone(), size);
            let answer = house.ask(anna("/recommendations")).await;
            assert_eq!(
                (answer.status, answer.body.as_str(), &answer.broke),
                (StatusCode::OK, AT_NEW, &None),
                "{coding} {size}"
            );
            assert_eq!(answer.header("content-length"), AT_NEW.len().to_string());
            let gone = ["content-encoding", "content-digest"].map(|name| answer.header(name).to_owned());
            assert_eq!(gone, ["", ""], "{coding}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_member_is_read_and_what_follows_the_end_is_doubt() {
    let (begin, end) = PERSONAL.as_bytes().split_at(100);
    for (coding, is_series) in [("gzip", true), ("zstd", true), ("br", false), ("deflate", false)] {
        let members = [put_on(coding, begin), put_on(coding, end)].concat();
        let empty_member = [put_on(coding, b""), all_of(coding), put_on(coding, b"")].concat();
        let trailing = |more: &[u8]| [all_of(coding), more.to_vec()].concat();
        let mut cases = vec![
            (members, is_series),
            (empty_member, is_series),
            (trailing(b"\0"), false),
            (trailing(b"Anna"), false),
            (trailing(&[0x1f, 0x8b]), false),
            (trailing(&[0; 512]), false),
        ];
        let whole = all_of(coding);
        cases.extend((1..whole.len()).map(|length| (whole[..length].to_vec(), false)));
        let mut wrong = whole.clone();
        *wrong.last_mut().unwrap() ^= 1;
        // Only these tell by a sum that a bit is wrong.
        cases.extend((coding == "gzip" || coding == "deflate").then_some((wrong, false)));
        for (bytes, can_be_read) in cases {
            for size in [1, 7, 10_000] {
                let house = House::new();
                sends(&house, coding, bytes.clone(), size);
                let answer = house.ask(anna("/recommendations")).await;
                let body = if can_be_read { AT_NEW } else { EMPTY };
                assert_eq!(answer.body, body, "{coding} {} bytes in pieces of {size}", bytes.len());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_no_coding_is_is_doubt_and_counted() {
    for (coding, bytes, cause) in [
        ("compress", all_of("gzip"), "encoding"),
        ("gzip, aes128gcm", all_of("gzip"), "encoding"),
        ("gzip", PERSONAL.as_bytes().to_vec(), "encoding"),
        ("br", PERSONAL.as_bytes().to_vec(), "encoding"),
        ("zstd", all_of("gzip"), "encoding"),
        ("gzip, gzip", all_of("gzip"), "encoding"),
        ("gzip,gzip,gzip,gzip,gzip", all_of("gzip,gzip,gzip,gzip,gzip"), "encoding"),
    ] {
        let (house, operator) = (House::new(), Operator::watch());
        sends(&house, coding, bytes, 100);
        let answer = house.ask(anna("/recommendations")).await;
        assert_eq!(
            (answer.status, answer.body.as_str(), answer.header("content-encoding")),
            (StatusCode::OK, EMPTY, ""),
            "{coding}"
        );
        let counted = format!("rapport_doubts_total{{endpoint=\"recommendations\",cause={cause:?}}} ");
        assert!(operator.counters().contains(&counted), "{coding}: {}", operator.counters());
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_ends_where_its_coding_has_begun_is_empty_only_if_nothing_came() {
    let house = House::new();
    for method in ["GET", "HEAD"] {
        house.answers(|_| {
            let answer = Response::builder().header("content-type", "application/json");
            answer.header("content-encoding", "gzip").body(Pieces::streamed([]))
        });
        let answer = house.ask(anna("/recommendations").method(method)).await;
        assert_eq!(
            (answer.body.as_str(), answer.header("content-encoding"), &answer.broke),
            ("", "", &None),
            "{method}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn trailers_follow_a_body_that_was_encoded() {
    for coding in ["gzip", "br", "zstd", "deflate"] {
        let house = House::new();
        house.answers(move |_| {
            let trailers = [("grpc-status", "0"), ("content-digest", "x")];
            let trailers = trailers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            let pieces = [all_of(coding), Vec::new()].map(|bytes| Piece::Data(bytes.into()));
            let trailers = Piece::Trailers(trailers.into_iter().collect());
            let answer = Response::builder().header("content-type", "application/json");
            answer.header("content-encoding", coding).body(Pieces::streamed(pieces.into_iter().chain([trailers])))
        });
        let answer = house.ask(anna("/recommendations")).await;
        assert_eq!((answer.body.as_str(), answer.broke), (AT_NEW, None), "{coding}");
        let left: Vec<_> = answer.trailers.as_ref().unwrap().keys().map(http::HeaderName::as_str).collect();
        assert_eq!(left, ["grpc-status"], "{coding}");
    }
}

// ── Bombs ────────────────────────────────────────────────────────────────────────────────────

/// JSON that unfolds to `length` bytes of one letter.
fn bomb(coding: &str, length: usize) -> Vec<u8> {
    put_on(coding, format!(r#"{{"customer":{{"first_name":"{}"}}}}"#, "a".repeat(length)).as_bytes())
}

#[tokio::test(start_paused = true)]
async fn a_bomb_is_doubt_however_it_is_packed() {
    for (coding, is_bomb) in [("gzip", true), ("br", true), ("zstd", true), ("deflate", true), ("gzip, gzip", true)] {
        let (house, operator) = (House::new(), Operator::watch());
        let bytes = coding
            .split(", ")
            .skip(1)
            .fold(bomb(&coding[..coding.find(',').unwrap_or(coding.len())], 8 << 20), |bytes, coding| {
                put_on(coding, &bytes)
            });
        assert!(bytes.len() < 40_000, "{coding}: {}", bytes.len());
        sends(&house, coding, bytes, 1000);
        let answer = house.ask(anna("/recommendations")).await;
        assert_eq!(answer.body == EMPTY, is_bomb, "{coding}");
        operator.counted(r#"rapport_doubts_total{endpoint="recommendations",cause="bomb"} 1"#);
    }
    // What is only well packed is none.
    let house = House::new();
    sends(&house, "gzip", bomb("gzip", 1_000_000), 1000);
    assert_eq!(house.ask(anna("/recommendations")).await.body, r#"{"customer":{"first_name":null}}"#);
}

#[test]
fn no_step_unfolds_to_more_than_a_block() {
    for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
        let mut decoder = Decoder::new(&[coding, coding]).unwrap();
        let mut input = Bytes::from(put_on(coding.name(), &bomb(coding.name(), 8 << 20)));
        let doubt = loop {
            let mut out = Vec::new();
            match decoder.step(&mut input, &mut out) {
                Ok(progress) => {
                    assert!(progress == Progress::Some && out.len() <= 32 * 1024, "{coding:?}: {}", out.len())
                }
                Err(doubt) => break doubt,
            }
        };
        assert_eq!(doubt.kind(), DoubtKind::Bomb, "{coding:?}");
    }
}

#[test]
fn a_window_larger_than_anybody_needs_is_refused() {
    let mut writer = zstd::Encoder::new(Vec::new(), 3).unwrap();
    writer.long_distance_matching(true).unwrap();
    writer.window_log(27).unwrap();
    std::io::Write::write_all(&mut writer, &vec![b' '; 100_000]).unwrap();
    let mut decoder = Decoder::new(&[Coding::Zstd]).unwrap();
    let mut input = Bytes::from(writer.finish().unwrap());
    assert_eq!(decoder.step(&mut input, &mut Vec::new()).unwrap_err().kind(), DoubtKind::Encoding);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_put_on_comes_off_and_random_bytes_never_panic(
        text in "[a-f]{0,300}", codings in prop::collection::vec(0..4_usize, 1..4), cut in 1..50_usize,
        wrong in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let codings: Vec<_> = codings.into_iter().map(|at| Coding::ALL[at]).collect();
        let mut bytes = codings.iter().fold(text.as_bytes().to_vec(), |bytes, coding| put_on(coding.name(), &bytes));
        let length = bytes.len();
        let is_right = wrong.is_none_or(|(at, byte)| std::mem::replace(&mut bytes[at.index(length)], byte) == byte);
        let (mut decoder, mut out) = (Decoder::new(&codings).unwrap(), Vec::new());
        let read = bytes.chunks(cut).try_for_each(|piece| {
            let mut piece = Bytes::copy_from_slice(piece);
            while decoder.step(&mut piece, &mut out)? == Progress::Some {}
            Ok(())
        });
        let read = read.and_then(|()| decoder.end());
        if is_right {
            prop_assert_eq!((read, String::from_utf8(out).unwrap()), (Ok(()), text));
        }
    }
}

// ── As it was received ───────────────────────────────────────────────────────────────────────

fn house_that_encodes() -> House {
    let policy =
        POLICY.replace("path   = [\"/recommendations\"", "encode = \"as-received\"\npath   = [\"/recommendations\"");
    House::of(&policy, tower_rapport::store::Memory::new())
}

async fn bytes(house: &House, request: http::request::Builder) -> (http::HeaderMap, Vec<u8>) {
    let answer = house.service().oneshot(request.body(String::new()).unwrap()).await.unwrap();
    let (head, body) = answer.into_parts();
    (head.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

#[tokio::test(start_paused = true)]
async fn what_came_compressed_leaves_compressed_if_the_client_takes_it() {
    for (coding, accepts, leaves) in [
        ("gzip", "gzip, br", "gzip"),
        ("x-gzip", "GZIP;q=0.1", "gzip"),
        ("br", "br", "br"),
        ("zstd", "*", "zstd"),
        ("deflate", "gzip, deflate", "deflate"),
        ("gzip", "br", ""),
        ("gzip", "gzip;q=0", ""),
        ("gzip", "", ""),
        ("gzip, gzip", "gzip", ""),
        ("identity", "gzip", ""),
    ] {
        let house = house_that_encodes();
        sends(&house, coding, all_of(coding), 50);
        let (headers, body) = bytes(&house, anna("/recommendations").header("accept-encoding", accepts)).await;
        let told = headers.get("content-encoding").map_or("", |value| value.to_str().unwrap());
        assert_eq!(told, leaves, "{coding} for {accepts}");
        assert_eq!(take_off(leaves, &body).unwrap(), AT_NEW.as_bytes(), "{coding} for {accepts}");
        assert_eq!(headers["content-length"], body.len().to_string());
        let vary = headers["vary"].to_str().unwrap();
        assert!(vary.split(", ").any(|name| name == "accept-encoding"), "{vary}");
        // The same again is the same.
        let again =
            anna("/recommendations").header("accept-encoding", accepts).header("if-none-match", &headers["etag"]);
        assert_eq!(house.ask(again).await.status, StatusCode::NOT_MODIFIED, "{coding} for {accepts}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_leaves_compressed_does_not_wait_for_what_comes_next() {
    for coding in ["gzip", "br", "zstd", "deflate"] {
        let house = house_that_encodes();
        let (begin, end) = PERSONAL.as_bytes().split_at(120);
        // A service that flushes after its first words.
        let mut writer = tower_rapport::shaping::encoding::Encoder::new(match coding {
            "gzip" => Coding::Gzip,
            "br" => Coding::Brotli,
            "zstd" => Coding::Zstd,
            _ => Coding::Deflate,
        })
        .unwrap();
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        writer.write(begin, &mut first).and_then(|()| writer.flush(&mut first)).unwrap();
        writer.write(end, &mut rest).and_then(|()| writer.end(&mut rest)).unwrap();
        house.answers(move |_| {
            let pieces = [Piece::Data(first.clone().into()), rests(1000), Piece::Data(rest.clone().into())];
            let answer = Response::builder().header("content-type", "application/json");
            answer.header("content-encoding", coding).body(Pieces::streamed(pieces))
        });
        let asks = anna("/recommendations").header("accept-encoding", coding).body(String::new()).unwrap();
        let began = tokio::time::Instant::now();
        let mut body = house.service().oneshot(asks).await.unwrap().into_body();
        let mut came = body.frame().await.unwrap().unwrap().into_data().unwrap().to_vec();
        while began.elapsed().as_millis() < 500 {
            let read = String::from_utf8(beginning(coding, &came)).unwrap();
            if read.len() > 40 {
                assert!(AT_NEW.starts_with(&read), "{coding}: {read}");
                break;
            }
            came.extend(body.frame().await.unwrap().unwrap().into_data().unwrap());
        }
        assert!(began.elapsed().as_millis() < 500, "{coding}: {:?}", began.elapsed());
        while let Some(frame) = body.frame().await {
            came.extend(frame.unwrap().into_data().unwrap());
        }
        assert_eq!(take_off(coding, &came).unwrap(), AT_NEW.as_bytes(), "{coding}");
        assert!(body.is_end_stream());
    }
}

#[tokio::test(start_paused = true)]
async fn doubt_is_told_in_no_coding() {
    let house = house_that_encodes();
    sends(&house, "gzip", put_on("gzip", b"no json"), 5);
    let answer = house.ask(anna("/recommendations").header("accept-encoding", "gzip")).await;
    assert_eq!((answer.body.as_str(), answer.header("content-encoding")), (EMPTY, ""));
}

// ── Somebody unknown ─────────────────────────────────────────────────────────────────────────

const LISTS: &str = r#"
[[endpoints]]
name   = "lists"
path   = "/lists"
encode = "as-received"
items  = { path = "$.items[*]", id = "$.id", data = "observed", share = { acquainted = 0.5 } }
"#;

#[tokio::test(start_paused = true)]
async fn what_anybody_gets_is_kept_decoded_and_fills_places_and_fits_every_client() {
    let house = House::of(&format!("{BASE}{LISTS}"), tower_rapport::store::Memory::new());
    let theirs = r#"{"items":[{"id":"p1"},{"id":"p2"},{"id":"p3"},{"id":"p4"}]}"#;
    let anybodys = r#"{"items":[{"id":"g1"},{"id":"g2"},{"id":"g3"},{"id":"g4"}]}"#;
    house.answers(move |head| {
        let body = put_on("br", if is_known(head) { theirs } else { anybodys }.as_bytes());
        let answer = Response::builder().header("content-type", "application/json").header("etag", "\"br\"");
        answer.header("content-encoding", "br").header("cache-control", "max-age=60").body(Pieces::whole(body))
    });
    // Both ask for what can be read in one way of writing, and share.
    for (accepts, leaves) in [("br, gzip", "br"), ("gzip;q=0.5, br", "br"), ("gzip, br;q=0.1, exi", "br")] {
        let (headers, body) = bytes(&house, anybody("/lists").header("accept-encoding", accepts)).await;
        assert_eq!(headers["content-encoding"], leaves);
        assert_eq!(take_off(leaves, &body).unwrap(), anybodys.as_bytes());
    }
    assert_eq!(house.shop.was_asked(), [false]);
    let (headers, body) = bytes(&house, anybody("/lists")).await;
    assert_eq!((headers.get("content-encoding"), &*body), (None, anybodys.as_bytes()));
    // Of a body that is not sent no coding is told.
    let again = anybody("/lists").header("accept-encoding", "br").header("if-none-match", &headers["etag"]);
    let again = house.ask(again).await;
    assert_eq!((again.status.as_u16(), again.header("content-encoding")), (304, ""));

    house.know(SUBJECT, "acquainted").await;
    let answer = house.ask(anna("/lists")).await;
    assert_eq!(answer.body, r#"{"items":[{"id":"g1"},{"id":"p1"},{"id":"g2"},{"id":"p2"}]}"#);
}
