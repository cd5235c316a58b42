//! `rapport serve` hands on what a client and a service say as WebSockets (RFC 6455), where no endpoint covers the path.

#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::Duration,
};

use binary::{Rapport, policy};

/// A service that agrees wherever a WebSocket is wished, says `hello`, and then says in capitals what it hears; else it answers with
/// the head that it got. All that it got can be heard.
fn service() -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tells, told) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let tells = tells.clone();
            thread::spawn(move || serves(stream.unwrap(), &tells));
        }
    });
    (address, told)
}

fn serves(mut stream: TcpStream, tells: &Sender<String>) {
    let asked = head(&mut stream);
    let _nobody_hears = tells.send(asked.clone());
    if !asked.contains("\r\nupgrade: websocket\r\n") || asked.starts_with("GET /declined ") {
        let length = asked.len();
        let _gone = write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{asked}");
        return;
    }
    assert!(asked.contains("\r\nconnection: upgrade\r\n"), "{asked}");
    let protocol = if asked.starts_with("GET /other-protocol ") { "h2c" } else { "websocket" };
    let _gone = write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: {protocol}\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nhello"
    );
    let mut some = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut some) {
        let said = some[..length].to_ascii_uppercase();
        if stream.write_all(&said).is_err() || said.ends_with(b"BYE") {
            return;
        }
    }
}

fn head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn in_front_of_it() -> (tempfile::TempDir, Rapport, Receiver<String>) {
    let folder = tempfile::tempdir().unwrap();
    let (service, told) = service();
    let rapport = Rapport::serve(&policy(folder.path(), ""), service);
    (folder, rapport, told)
}

/// A client's wish, with whatever a test adds.
fn wish(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n{more}\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// A connection that has become a WebSocket.
fn opened(rapport: &Rapport, early: &str) -> TcpStream {
    let mut stream = rapport.connect();
    stream.write_all(format!("{}{early}", wish("/live", "")).as_bytes()).unwrap();
    let head = head(&mut stream).to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    for line in ["upgrade: websocket", "connection: upgrade", "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "{line}: {head}");
    }
    hears(&mut stream, "hello");
    stream
}

fn hears(stream: &mut TcpStream, words: &str) {
    let mut heard = vec![0; words.len()];
    stream.read_exact(&mut heard).unwrap();
    assert_eq!(String::from_utf8(heard).unwrap(), words);
}

/// Whether it ends, and is not only silent.
fn ends(mut stream: TcpStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(length) => length == 0,
        Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
    }
}

#[test]
fn what_either_side_says_goes_to_the_other_one() {
    let (_folder, rapport, _) = in_front_of_it();
    let mut stream = opened(&rapport, "with the wish");
    hears(&mut stream, "WITH THE WISH");
    let mut other = opened(&rapport, "");
    for word in ["one", "two"] {
        stream.write_all(word.as_bytes()).unwrap();
        hears(&mut stream, &word.to_uppercase());
        other.write_all(word.as_bytes()).unwrap();
        hears(&mut other, &word.to_uppercase());
    }
    // More than lies in the buffers on the way.
    let much = "x".repeat(8 << 20);
    let mut says = stream.try_clone().unwrap();
    let said = much.clone();
    let saying = thread::spawn(move || says.write_all(said.as_bytes()).unwrap());
    hears(&mut stream, &much.to_uppercase());
    saying.join().unwrap();
}

#[test]
fn it_ends_when_either_side_does() {
    let (_folder, mut rapport, _) = in_front_of_it();
    let mut stream = opened(&rapport, "");
    stream.write_all(b"bye").unwrap();
    hears(&mut stream, "BYE");
    assert!(ends(stream), "the service has ended");
    let stream = opened(&rapport, "");
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(ends(stream), "the client has said all");
    let stream = opened(&rapport, "");
    rapport.signal("TERM");
    assert!(ends(stream), "nobody waits for its end");
    assert!(rapport.ended(Duration::from_secs(5)).success());
}

#[test]
fn nothing_else_is_handed_on() {
    let (_folder, rapport, told) = in_front_of_it();
    let ask = |request: String| {
        let said = rapport.raw(&request);
        said.split_once("\r\n\r\n").map(|(head, body)| (head[..12].to_owned(), body.to_owned())).unwrap()
    };
    let close = "Connection: close\r\n";
    // The service may decline, in a word of its own.
    let (status, got) = ask(wish("/declined", close));
    assert_eq!(status, "HTTP/1.1 200");
    assert!(got.contains("\r\nsec-websocket-version: 13\r\n"), "{got}");
    // Where an endpoint shapes answers it is not asked for one.
    told.try_iter().for_each(drop);
    assert_eq!(ask(wish("/recommendations", close)).0, "HTTP/1.1 200");
    let asked: Vec<String> = told.try_iter().collect();
    assert_eq!(asked.len(), 2, "as this customer, and as somebody unknown: {asked:?}");
    let asks_for_none = |head: &String| head.starts_with("GET /recommendations ") && !head.contains("\r\nupgrade:");
    assert!(asked.iter().all(asks_for_none), "{asked:?}");
    // It may not answer in a protocol that nobody wished, nor be asked for one that is none.
    assert_eq!(ask(wish("/other-protocol", close)).0, "HTTP/1.1 502");
    for request in [
        wish("/live", close).replace("WebSocket\r\n", "h2c\r\n"),
        wish("/live", close).replace("keep-alive, Upgrade", "keep-alive"),
        wish("/live", close).replace("Sec-WebSocket-Key", "X-Key"),
        wish("/live", close).replace("GET", "POST"),
        wish("/live", close).replace("HTTP/1.1", "HTTP/1.0"),
    ] {
        let (status, got) = ask(request.clone());
        assert!(status.ends_with(" 200") && !got.contains("\r\nupgrade:"), "{request}: {got}");
    }
}
