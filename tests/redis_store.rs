//! Relationships in Redis: a store as a store should be, with a real `redis-server`.

#![cfg(feature = "redis")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod servers;

use std::{
    io,
    sync::{Arc, Mutex, Once},
    time::Duration,
};

use servers::{Does, Server, Wire, node, settings};
use tower_rapport::{
    consent::{Answer, Choices},
    identity::Pseudonym,
    relationship::{Day, History, Record},
    store::{Redis, RedisMode, RedisSettings, Replaced, Store, StoreErrorKind, Stored, Urgency, contract},
};

fn anna() -> Pseudonym {
    Pseudonym::from_bytes([0xa1; 16])
}

const KEY: &str = "rapport:{a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1}";

fn seen() -> Record {
    let day = Day::of(jiff::Timestamp::now());
    let history = History {
        first_seen: day,
        last_seen: day,
        active_days: 1,
        last_visit: None,
        counts: [("visit".parse().unwrap(), 1)].into(),
        stage: None,
        changed: None,
        marks: Vec::new(),
        doubted_since: None,
    };
    Record { history: Some(history), ..Record::default() }
}

async fn put(store: &Redis, record: &Record) {
    let found = store.load(anna()).await.unwrap().map(|stored| stored.version());
    let replaced = store.replace(anna(), found, Stored::new(anna(), record), Urgency::Choice).await.unwrap();
    assert_eq!(replaced, Replaced::Written);
}

#[tokio::test]
async fn redis_keeps_the_contract() {
    let server = Server::start(&[]);
    contract::check(Arc::new(node(&server.url()).await)).await.unwrap();
}

#[tokio::test]
async fn the_user_that_the_manual_describes_may_do_all_that_is_needed() {
    let server = Server::start(&[]);
    let manual = include_str!("../src/manual/nodes.md");
    let may = manual.split_once("Its user needs `").and_then(|(_, rest)| rest.split_once('`')).unwrap().0;
    let user = ["ACL", "SETUSER", "shop", "on", ">secret", "~rapport:*"].into_iter().chain(may.split_whitespace());
    assert_eq!(server.cli(&user.collect::<Vec<_>>()), "OK");
    server.cli(&["ACL", "SETUSER", "default", "off"]);
    let store = Arc::new(node(&format!("redis://shop:secret@127.0.0.1:{}", server.port)).await);
    contract::check(store).await.unwrap();
}

#[tokio::test]
async fn a_slow_network_keeps_the_contract() {
    let server = Server::start(&[]);
    let wire = Wire::to(server.port).await;
    let store = node(&wire.url()).await;
    wire.set(Does::Delays(Duration::from_millis(20)));
    contract::check(Arc::new(store)).await.unwrap();
}

#[tokio::test]
async fn what_is_known_expires_and_what_lowers_does_not() {
    let server = Server::start(&[]);
    let store =
        Redis::open(RedisSettings { retention_days: 30, ..settings(&server.url(), RedisMode::Single) }).unwrap();
    put(&store, &seen()).await;
    let lives: i64 = server.cli(&["PTTL", KEY]).parse().unwrap();
    let day = 86_400_000;
    assert!((30 * day..=31 * day).contains(&lives), "{lives}");

    let refused = Answer { granted: false, at: jiff::Timestamp::now(), was_granted: true };
    for choices in [
        Choices { limit: Some("new".parse().unwrap()), ..Choices::default() },
        Choices { paused_until: Some("2099-01-01T00:00:00Z".parse().unwrap()), ..Choices::default() },
        Choices { purposes: [("record".parse().unwrap(), refused)].into(), ..Choices::default() },
    ] {
        put(&store, &Record { choices: choices.clone(), ..seen() }).await;
        assert_eq!(server.cli(&["PTTL", KEY]), "-1", "{choices:?}");
        put(&store, &seen()).await;
        assert_ne!(server.cli(&["PTTL", KEY]), "-1", "raised again, it expires again");
    }
    put(&store, &Record { forgotten: Some(jiff::Timestamp::now()), ..Record::default() }).await;
    assert_eq!(server.cli(&["PTTL", KEY]), "-1", "that somebody was forgotten is not forgotten");
}

#[tokio::test]
async fn an_answer_of_another_customer_is_an_error() {
    let server = Server::start(&[]);
    let store = node(&server.url()).await;
    put(&store, &seen()).await;
    server.cli(&["HSET", KEY, "owner", "somebody else.."]);
    assert!(store.load(anna()).await.is_err());
    let wrote = store.replace(anna(), None, Stored::new(anna(), &seen()), Urgency::Event).await;
    assert!(wrote.is_err(), "nor is it a conflict with anything: {wrote:?}");
}

#[tokio::test]
async fn bytes_that_were_changed_by_hand_can_be_replaced() {
    let server = Server::start(&[]);
    let store = node(&server.url()).await;
    put(&store, &seen()).await;
    server.cli(&["HSET", KEY, "bytes", "nonsense"]);
    let found = store.load(anna()).await.unwrap().unwrap();
    assert!(found.record(anna()).is_err());
    put(&store, &seen()).await;
    assert_eq!(store.load(anna()).await.unwrap().unwrap().record(anna()).unwrap(), seen());
}

#[tokio::test]
async fn something_else_under_a_key_is_told_from_a_stranger() {
    let server = Server::start(&[]);
    let store = node(&server.url()).await;
    server.cli(&["SET", KEY, "a string"]);
    assert_eq!(store.load(anna()).await.unwrap_err().kind(), StoreErrorKind::Foreign);
}

#[tokio::test]
async fn a_server_that_forgot_the_scripts_is_told_them_again() {
    let server = Server::start(&[]);
    let store = node(&server.url()).await;
    put(&store, &seen()).await;
    server.cli(&["SCRIPT", "FLUSH"]);
    put(&store, &seen()).await;
}

#[tokio::test]
async fn a_full_server_refuses_and_goes_on() {
    let server = Server::start(&[]);
    let store = node(&server.url()).await;
    put(&store, &seen()).await;
    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    let found = store.load(anna()).await.unwrap().unwrap();
    let wrote = store.replace(anna(), Some(found.version()), Stored::new(anna(), &seen()), Urgency::Event).await;
    assert_eq!(wrote.unwrap_err().kind(), StoreErrorKind::Full);
    server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    put(&store, &seen()).await;
}

/// What is logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        static LISTENS: Once = Once::new();
        // Without one for all, what is logged on another thread first is not asked for again on this one.
        LISTENS.call_once(|| drop(tracing::subscriber::set_global_default(tracing_subscriber::registry())));
        let log = self.clone();
        tracing::subscriber::set_default(tracing_subscriber::fmt().with_writer(move || log.clone()).finish())
    }

    fn times(&self, what: &str) -> usize {
        String::from_utf8_lossy(&self.0.lock().unwrap()).matches(what).count()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_server_that_may_evict_refusals_is_warned_of_once() {
    let may_not_ask = "--user default on nopass ~* &* +@all -info";
    for (policy, user, times) in [
        ("allkeys-lru", "", 1),
        ("allkeys-random", "", 1),
        ("volatile-lru", "", 0),
        ("noeviction", "", 0),
        ("allkeys-lru", may_not_ask, 0),
    ] {
        let mut arguments = vec!["--maxmemory-policy", policy];
        arguments.extend(user.split(' ').filter(|word| !word.is_empty()));
        let (mut server, log) = (Server::start(&arguments), Log::default());
        let _listens = log.listen();
        let store = node(&server.url()).await;
        server.start_again();
        servers::until("it is heard again", Duration::from_secs(5), async || log.times("is not heard") > 0).await;
        store.hearing().unwrap().wait().await;
        put(&store, &seen()).await;
        assert_eq!(log.times("`maxmemory-policy`"), times, "{policy} {user}");
    }
}

#[tokio::test]
async fn who_may_not_enter_is_told_so_and_the_password_is_not() {
    let server = Server::start(&["--requirepass", "hidden-in-tests"]);
    let wrong = Redis::open(settings(&format!("redis://:wrong-hidden@127.0.0.1:{}", server.port), RedisMode::Single));
    let error = wrong.unwrap().load(anna()).await.unwrap_err();
    assert!(error.to_string().contains("password") && !format!("{error:?}").contains("hidden"), "{error:?}");
    let right = node(&format!("redis://:hidden-in-tests@127.0.0.1:{}", server.port)).await;
    put(&right, &seen()).await;
}

#[tokio::test]
async fn a_mode_that_is_not_the_servers_is_told_with_the_right_one() {
    let server = Server::start(&[]);
    for (mode, told) in [
        (RedisMode::Sentinel, "this redis is no Sentinel; name the Sentinels, or write `mode = \"single\"`"),
        (RedisMode::Cluster, "this redis is no cluster; write `mode = \"single\"`"),
    ] {
        let store = Redis::open(settings(&server.url(), mode)).unwrap();
        assert_eq!(store.load(anna()).await.unwrap_err().to_string(), told);
    }
}

#[tokio::test]
async fn a_server_that_was_away_is_found_again_with_what_it_kept() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let store = node(&server.url()).await;
    put(&store, &seen()).await;
    let kept = store.load(anna()).await.unwrap();
    server.start_again();
    assert_eq!(store.load(anna()).await.unwrap(), kept, "acknowledged before kill -9");
    server.kill();
    assert_eq!(store.load(anna()).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    server.start_again();
    servers::until("it is found again", Duration::from_secs(5), async || store.load(anna()).await.is_ok()).await;
}

#[tokio::test]
async fn a_server_that_says_nothing_or_garbage_is_an_error_and_then_found_again() {
    let server = Server::start(&[]);
    let wire = Wire::to(server.port).await;
    let store = node(&wire.url()).await;
    put(&store, &seen()).await;
    for does in [Does::Garbles, Does::Refuses, Does::Swallows] {
        wire.set(does);
        assert_eq!(store.load(anna()).await.unwrap_err().kind(), StoreErrorKind::Unavailable, "{does:?}");
        wire.set(Does::Carries);
        servers::until("it answers again", Duration::from_secs(5), async || store.load(anna()).await.is_ok()).await;
    }
}

#[tokio::test]
async fn calls_that_are_given_up_leave_no_answer_for_others() {
    let server = Server::start(&[]);
    let wire = Wire::to(server.port).await;
    let store = Arc::new(node(&wire.url()).await);
    let customers = (0..50_u8).map(|number| Pseudonym::from_bytes([number; 16]));
    for customer in customers.clone() {
        let mut record = seen();
        record.history.as_mut().unwrap().active_days = u64::from(customer.as_bytes()[0]).try_into().unwrap();
        store.replace(customer, None, Stored::new(customer, &record), Urgency::Event).await.unwrap();
    }
    wire.set(Does::Delays(Duration::from_millis(5)));
    for round in 0..6_u64 {
        for customer in customers.clone() {
            let store = Arc::clone(&store);
            let given_up = tokio::spawn(async move { store.load(customer).await });
            tokio::time::sleep(Duration::from_micros(round * 300)).await;
            given_up.abort();
        }
        for customer in customers.clone() {
            let history = store.load(customer).await.unwrap().unwrap().record(customer).unwrap().history.unwrap();
            assert_eq!(u64::from(history.active_days), u64::from(customer.as_bytes()[0]));
        }
    }
}
