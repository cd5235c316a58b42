//! Relationships in a cluster of Redis, and behind Sentinels: a master may die, what was chosen may not, and nobody is shown more
//! for it.

#![cfg(feature = "redis")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod house;
mod servers;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use house::*;
use servers::{Server, cli, heard, settings, until};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_rapport::{
    identity::Pseudonym,
    relationship::Record,
    store::{Redis, RedisMode, RedisSettings, Relationships, Store, Urgency, contract},
};

/// Three masters and a replica of each.
struct Cluster(Vec<Server>);

impl Cluster {
    fn start() -> Self {
        let folder = "nodes.conf";
        let more = ["--cluster-enabled", "yes", "--cluster-config-file", folder, "--cluster-node-timeout", "1000"];
        let servers: Vec<_> = (0..6).map(|_| Server::start(&more)).collect();
        let places: Vec<_> = servers.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        let mut words = vec!["--cluster", "create"];
        words.extend(places.iter().map(String::as_str));
        words.extend(["--cluster-replicas", "1", "--cluster-yes"]);
        let said = cli(servers[0].port, &words);
        assert!(said.contains("All 16384 slots covered"), "{said}");
        let cluster = Self(servers);
        let begun = Instant::now();
        // Each knows all of it, and each master has a replica that follows.
        while !cluster.0.iter().all(|server| {
            let role = server.cli(&["INFO", "replication"]);
            server.cli(&["CLUSTER", "INFO"]).contains("cluster_state:ok")
                && (role.contains("connected_slaves:1") || role.contains("master_link_status:up"))
        }) {
            assert!(begun.elapsed() < Duration::from_secs(30), "the cluster does not come to itself");
            std::thread::sleep(Duration::from_millis(50));
        }
        cluster
    }

    fn url(&self) -> String {
        let places: Vec<_> = self.0.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        format!("redis://{}", places.join(","))
    }

    /// One that is a master now.
    fn master(&mut self) -> &mut Server {
        self.0.iter_mut().find(|server| server.cli(&["ROLE"]).starts_with("master")).unwrap()
    }
}

async fn node_of(cluster: &Cluster) -> Redis {
    heard(settings(&cluster.url(), RedisMode::Cluster)).await
}

fn customer(number: u64) -> Pseudonym {
    let mut bytes = [7; 16];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    Pseudonym::from_bytes(bytes)
}

fn limited(record: Option<&Record>) -> Option<Record> {
    let mut lowered = record.cloned().unwrap_or_default();
    lowered.choices.limit = Some("new".parse().unwrap());
    Some(lowered)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_keeps_the_contract_and_loses_no_choice_with_a_master() {
    let mut cluster = Cluster::start();
    contract::check(Arc::new(node_of(&cluster).await)).await.unwrap();

    let house = House::of(&format!("{POLICY}\n[store]\ndecide_within = \"1s\"\n"), node_of(&cluster).await);
    house.know(SUBJECT, "trusted").await;
    let limit = |record: Option<&Record>| {
        let mut lowered = record.cloned()?;
        lowered.choices.limit = Some("acquainted".parse().unwrap());
        Some(lowered)
    };
    let other = Relationships::new(Arc::new(node_of(&cluster).await), 100);
    until("it hears of what was known", Duration::from_secs(5), async || {
        house.ask(anna("/recommendations")).await.stage() == "trusted"
    })
    .await;
    other.lower(pseudonym(SUBJECT), limit).await.unwrap();
    until("every master's changes are heard", Duration::from_secs(2), async || {
        house.ask(anna("/recommendations")).await.stage() == "acquainted"
    })
    .await;

    // Asked as if it were alone, a master has a third of all.
    let alone = Redis::open(settings(&cluster.0[0].url(), RedisMode::Single)).unwrap();
    let mut told = Vec::new();
    for number in 0..8 {
        told.extend(alone.load(customer(number)).await.err().map(|error| error.to_string()));
    }
    assert!(told.iter().any(|text| text.ends_with("write `mode = \"cluster\"`")), "{told:?}");

    // Choices and events under load, and then a master is gone.
    let store = Arc::new(node_of(&cluster).await);
    let relationships = Relationships::new(Arc::clone(&store) as Arc<dyn Store>, 1_000);
    let (stop, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut writers = JoinSet::new();
    for worker in 0..16_u64 {
        let (relationships, stop, next) = (relationships.clone(), Arc::clone(&stop), Arc::clone(&next));
        writers.spawn(async move {
            let mut acknowledged = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let is_choice = worker % 2 == 0;
                let urgency = if is_choice { Urgency::Choice } else { Urgency::Event };
                let written = relationships.update(customer(number), urgency, limited);
                // Whoever is not answered has no acknowledgement.
                if let Ok(Ok(_)) = tokio::time::timeout(Duration::from_secs(2), written).await {
                    acknowledged.push((number, is_choice));
                }
            }
            acknowledged
        });
    }
    sleep(Duration::from_secs(1)).await;
    cluster.master().kill();
    let killed = Instant::now();
    let mut over_served = 0;
    while killed.elapsed() < Duration::from_secs(4) {
        let stage = house.ask(anna("/recommendations")).await.stage().to_owned();
        over_served += u64::from(!["new", "acquainted"].contains(&stage.as_str()));
        sleep(Duration::from_millis(20)).await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    while let Some(done) = writers.join_next().await {
        acknowledged.extend(done.unwrap());
    }
    assert_eq!(over_served, 0);
    until("another took its place", Duration::from_secs(20), async || {
        house.ask(anna("/recommendations")).await.stage() == "acquainted"
    })
    .await;
    let (mut lost, mut all) = ([0, 0], [0, 0]);
    let fresh = node_of(&cluster).await;
    for (number, is_choice) in acknowledged {
        let kept = fresh.load(customer(number)).await.unwrap();
        all[usize::from(is_choice)] += 1;
        lost[usize::from(is_choice)] += u64::from(kept.is_none());
    }
    println!("events {} of {} lost, choices {} of {} lost", lost[0], all[0], lost[1], all[1]);
    assert!(all[1] > 100, "too few choices to tell: {all:?}");
    assert_eq!(lost[1], 0, "acknowledged choices are lost");
}

/// A master, its replicas, and three Sentinels that watch over them.
struct Watched {
    master: Server,
    _replicas: Vec<Server>,
    sentinels: Vec<Server>,
    _folder: tempfile::TempDir,
}

impl Watched {
    async fn start(count: usize) -> Self {
        let master = Server::start(&[]);
        let follows = ["--replicaof", "127.0.0.1", &master.port.to_string()];
        let replicas: Vec<_> = (0..count).map(|_| Server::start(&follows)).collect();
        let folder = tempfile::tempdir().unwrap();
        let mut sentinels = Vec::new();
        for number in 0..3 {
            let file = folder.path().join(format!("sentinel-{number}.conf"));
            let text = format!(
                "sentinel monitor shop 127.0.0.1 {} 2\nsentinel down-after-milliseconds shop 500\nsentinel failover-timeout shop 3000\n",
                master.port
            );
            std::fs::write(&file, text).unwrap();
            sentinels.push(Server::sentinel(&file));
        }
        for server in &replicas {
            until("it follows", Duration::from_secs(10), async || server.cli(&["ROLE"]).contains("connected")).await;
        }
        let count = count.to_string();
        until("the sentinels know the replicas and each other", Duration::from_secs(20), async || {
            sentinels.iter().all(|one| {
                let known = one.cli(&["SENTINEL", "MASTER", "shop"]);
                let after = |word: &str| known.lines().skip_while(|line| *line != word).nth(1).map(str::to_owned);
                after("num-slaves").as_deref() == Some(&count) && after("num-other-sentinels").as_deref() == Some("2")
            })
        })
        .await;
        Self { master, _replicas: replicas, sentinels, _folder: folder }
    }

    fn settings(&self) -> RedisSettings {
        let places: Vec<_> = self.sentinels.iter().map(|one| format!("127.0.0.1:{}", one.port)).collect();
        settings(&format!("redis://{}?master=shop", places.join(",")), RedisMode::Sentinel)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sentinels_name_another_master_and_no_choice_is_lost() {
    let mut watched = Watched::start(2).await;
    let store = Arc::new(heard(watched.settings()).await);
    contract::check(Arc::clone(&store) as Arc<dyn Store>).await.unwrap();
    let relationships = Relationships::new(Arc::clone(&store) as Arc<dyn Store>, 100);
    for number in 0..50 {
        relationships.update(customer(number), Urgency::Choice, limited).await.unwrap();
    }
    watched.master.kill();
    until("another took its place and is heard", Duration::from_secs(30), async || {
        store.load(customer(0)).await.is_ok_and(|kept| kept.is_some()) && store.hearing().unwrap().is_fresh()
    })
    .await;
    for number in 0..50 {
        assert!(store.load(customer(number)).await.unwrap().is_some(), "choice {number} is lost");
    }
}

#[tokio::test]
async fn a_master_that_took_over_alone_is_told_of_and_not_only_the_one_before() {
    let operator = Operator::watch();
    let mut watched = Watched::start(1).await;
    let _store = heard(watched.settings()).await;
    watched.master.kill();
    let told = async || operator.log().contains("no replica of redis has confirmed in time");
    until("what keeps it from being heard is told", Duration::from_secs(30), told).await;
    assert!(operator.log().matches("redis is not heard").count() <= 8, "{}", operator.log());
}

#[tokio::test]
async fn a_master_without_a_replica_acknowledges_no_choice() {
    let cluster = {
        let more = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
        let server = Server::start(&more);
        assert_eq!(server.cli(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]), "OK");
        until("it is a cluster", Duration::from_secs(10), async || {
            server.cli(&["CLUSTER", "INFO"]).contains("cluster_state:ok")
        })
        .await;
        Cluster(vec![server])
    };
    let store = Redis::open(settings(&cluster.url(), RedisMode::Cluster)).unwrap();
    let next = |n| tower_rapport::store::Stored::new(customer(n), &limited(None).unwrap());
    assert!(store.replace(customer(1), None, next(1), Urgency::Event).await.is_ok());
    let choice = store.replace(customer(2), None, next(2), Urgency::Choice).await;
    assert!(choice.unwrap_err().to_string().contains("replica"));

    // Nor is it one when the master is found to have it, by whoever asks again, and however often.
    let relationships = Relationships::new(Arc::new(heard(settings(&cluster.url(), RedisMode::Cluster)).await), 100);
    for _ in 0..3 {
        let lowered = timeout(Duration::from_secs(10), relationships.lower(customer(3), limited)).await.unwrap();
        assert!(lowered.unwrap_err().to_string().contains("replica"));
        sleep(Duration::from_millis(600)).await;
        assert!(store.load(customer(3)).await.unwrap().is_some(), "the master has it");
    }
    assert!(relationships.peek(customer(3)).flatten().is_none_or(|known| known.choices.limit.is_some()));
    let before = store.load(customer(3)).await.unwrap().map(|stored| stored.version());
    assert!(relationships.flush().await >= 1, "it is not known to be written");
    assert_ne!(store.load(customer(3)).await.unwrap().map(|stored| stored.version()), before, "it is tried again");
}
