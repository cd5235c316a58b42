//! What was acknowledged survives the end of the process at any moment.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use super::*;

const WRITES_TO: &str = "RAPPORT_TEST_WRITES_TO";
const KILLS: u32 = 100;
const CUSTOMERS: u64 = 8;

/// Is its own second process: with the variable set it writes until it is killed.
#[test]
fn what_was_acknowledged_survives_kill_9() {
    if let Some(path) = env::var_os(WRITES_TO) {
        return write_and_acknowledge(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    let mut acknowledged = HashMap::new();
    for _ in 0..KILLS {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "store::embedded::tests::killed::what_was_acknowledged_survives_kill_9", "--nocapture"])
            .env(WRITES_TO, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let before: u64 = acknowledged.values().sum();
        read_until_killed(&mut child, &mut acknowledged);
        assert!(acknowledged.values().sum::<u64>() > before, "nothing was written before the kill");

        let store = Embedded::open(&path).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (&n, &count) in &acknowledged {
            let stored = runtime.block_on(store.load(customer(n))).unwrap().expect("an acknowledged customer is lost");
            assert!(count_in(n, &stored) >= count, "{count} was acknowledged, {} is there", count_in(n, &stored));
        }
    }
}

/// Kills the child some moments after its first acknowledgement, and notes all it has said by then.
fn read_until_killed(child: &mut Child, acknowledged: &mut HashMap<u64, u64>) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut note = |line: io::Result<String>| {
        let line = line.unwrap();
        let mut words = line.split(' ');
        // Anything else is said by the test harness, or was cut by the kill and has no end.
        if let (Some("ack"), Some(n), Some(count), Some("end")) =
            (words.next(), words.next(), words.next(), words.next())
        {
            acknowledged.insert(n.parse().unwrap(), count.parse().unwrap());
            return true;
        }
        false
    };
    while !note(lines.next().expect("the writer ended by itself")) {}
    let wait = RandomState::new().hash_one("when") % 30_000;
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_micros(wait));
            child.kill().unwrap();
            child.wait().unwrap();
        });
        for line in lines {
            note(line);
        }
    });
}

fn write_and_acknowledge(path: &Path) {
    // Made anew all the while, so that kills come in the midst of that, too.
    let store = Arc::new(Embedded::open_rewriting(path, Duration::from_millis(3)).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(async {
        let relationships = Relationships::new(store, 100);
        let writers = (0..CUSTOMERS).map(|n| {
            let relationships = relationships.clone();
            let urgency = if n % 2 == 0 { Urgency::Event } else { Urgency::Choice };
            tokio::spawn(async move {
                for _ in 0_u64.. {
                    let one_more = |record: Option<&Record>| {
                        let count =
                            record.and_then(|record| record.history.as_ref()).map_or(0, |it| it.count("purchase"));
                        Some(counted(count + 1))
                    };
                    let record = relationships.update(customer(n), urgency, one_more).await.unwrap().unwrap();
                    let line = format!("ack {n} {} end\n", record.history.as_ref().unwrap().count("purchase"));
                    io::stdout().lock().write_all(line.as_bytes()).unwrap();
                    io::stdout().lock().flush().unwrap();
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
    });
}
