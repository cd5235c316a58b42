//! The commands of the chapter on migrating, run in their order, and its policies, served.

use super::*;
use crate::binary::{Rapport, history, rapport, said, serving, token, upstream};

/// A folder with the files that the chapter shows.
fn folder() -> tempfile::TempDir {
    let (folder, text) = (tempfile::tempdir().unwrap(), chapter("migrating"));
    let write = |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
    write("answer.json", &fences(&text, "json").concat());
    write("events.csv", &fences(&text, "csv").concat());
    for policy in fences(&text, "toml") {
        if let Some(name) = policy.lines().next().unwrap().strip_prefix("# ") {
            write(name, &policy);
        }
    }
    folder
}

/// A fingerprint stands for any.
fn without_fingerprints(text: &str) -> String {
    let is_one = |word: &str| word.len() == 16 && word.bytes().all(|digit| digit.is_ascii_hexdigit());
    let words = text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric());
    words.map(|word| if is_one(&word[..word.len().min(16)]) { "…" } else { word }).collect()
}

fn typed(folder: &Path, line: &str) -> String {
    let words = line.split_whitespace().skip(1);
    let output = rapport().current_dir(folder).args(words).output().unwrap();
    let (out, error) = said(&output);
    out + &error
}

#[test]
fn each_command_prints_what_is_shown() {
    let folder = folder();
    let mut run = 0;
    for block in fences(&chapter("migrating"), "console") {
        let (line, shown) = block.split_once('\n').unwrap();
        let printed = typed(folder.path(), line.strip_prefix("$ ").unwrap());
        assert_eq!(without_fingerprints(&printed), without_fingerprints(shown), "{line}");
        run += 1;
    }
    assert_eq!(run, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_served_is_what_is_shown() {
    let (folder, text) = (folder(), chapter("migrating"));
    let answer = fences(&text, "json").concat().trim().to_owned();
    typed(folder.path(), fences(&text, "console")[0].lines().next().unwrap().strip_prefix("$ ").unwrap());
    // The tests' own tokens.
    let policy = folder.path().join("rapport.toml");
    let own = fs::read_to_string(&policy).unwrap().replace("https://id.shop.example", "https://id.test");
    let own = own.replace("\n[store]\n", "\n[store]\ndecide_within = \"5s\"\n");
    fs::write(&policy, own).unwrap();
    let says = answer.clone();
    let shop = upstream::upstream(move |_: http::Request<_>| {
        let says = says.clone();
        async move {
            let head = http::Response::builder().header("content-type", "application/json");
            head.body(upstream::full(says)).unwrap()
        }
    })
    .await;
    let metrics = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for name in ["observe.toml", "live.toml"] {
        let file = folder.path().join(name);
        let free = fs::read_to_string(&file).unwrap().replace("127.0.0.1:9464", &metrics.to_string());
        fs::write(&file, free).unwrap();
    }
    let shown = fences(&text, "text");
    tokio::task::block_in_place(|| {
        let serve = |name: &str| {
            let file = folder.path().join(name);
            Rapport::started(serving(rapport(), &file, &format!("http://{shop}")))
        };
        let ask = |service: &Rapport, who: &str| {
            service.raw(&format!("GET /recommendations HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{who}\r\n"))
        };
        let anna = format!("authorization: Bearer {}\r\n", token("anna", "record personalization"));

        let observing = serve("observe.toml");
        for who in [&*anna, ""] {
            let got = ask(&observing, who);
            assert!(got.ends_with(&answer) && !got.contains("personalization:"), "{got}");
        }
        let page = page_of(metrics);
        for line in shown[0].lines() {
            assert!(page.lines().any(|counted| counted == line), "{line}\n{page}");
        }
        drop(observing);

        let known = ["anna", "ben", "cleo"];
        let history = known.map(history).concat().replace("customer,time,event\n", "");
        fs::write(folder.path().join("events.csv"), format!("customer,time,event\n{history}")).unwrap();
        typed(folder.path(), "rapport import --config live.toml events.csv");
        let enforcing = serve("enforce.toml");
        let got = without_fingerprints(&ask(&enforcing, "").to_lowercase());
        for line in shown[1].lines() {
            assert!(got.contains(&without_fingerprints(&line.to_lowercase())), "{line}\n{got}");
        }
        // Not all of them are held out.
        let shown = known.map(|name| {
            ask(&enforcing, &format!("authorization: Bearer {}\r\n", token(name, "record personalization")))
        });
        let is_whole = |got: &String| got.contains("stage=trusted") && got.contains(r#""first_name":"Anna""#);
        assert!(shown.iter().any(is_whole), "{shown:?}");
        let back = fs::read_to_string(folder.path().join("enforce.toml")).unwrap();
        fs::write(folder.path().join("enforce.toml"), back.replace("mode = \"enforce\"", "mode = \"observe\""))
            .unwrap();
        enforcing.log_with("the policy is reloaded");
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while ask(&enforcing, "").contains("personalization:") {
            assert!(std::time::Instant::now() < until, "it is not taken back");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    });
}

fn page_of(metrics: std::net::SocketAddr) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(metrics).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}
