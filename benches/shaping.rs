//! The shaper beside the other ways to do the same job, on the same documents in the same run.
//!
//! ```text
//! cargo bench --bench shaping                    criterion, all documents and contenders
//! cargo bench --bench shaping -- ratios          a table of ratios
//! cargo bench --bench shaping -- plans           ratios of other plans to a tree of serde_json
//! cargo bench --bench shaping -- instructions    instructions a byte, counted by valgrind's callgrind (without AVX-512)
//! cargo bench --bench shaping -- memory          by how much memory grows while 20 MiB pass
//! ```
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench stops at the first surprise")]

#[path = "shaping/contenders.rs"]
mod contenders;
#[path = "shaping/documents.rs"]
mod documents;
#[path = "shaping/plans.rs"]
mod plans;

use std::{env, fs, hint::black_box, process::Command, time::Duration};

use contenders::Job;
use criterion::{BenchmarkId, Criterion, Throughput};
use documents::{Document, Kind};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["run", contender, document, times, ..] => run(contender, document, times.parse().unwrap()),
        ["ratios", ..] => ratios(),
        ["plans", ..] => plans(),
        ["instructions", ..] => instructions(),
        ["memory", ..] => memory(),
        _ => all(),
    }
}

/// A way to do the job.
type Contender = Box<dyn Fn(&[u8])>;

/// All ways, each with its name.
fn contenders() -> [(&'static str, Contender); 6] {
    let (whole, pieces) = (Job::new(), Job::new());
    [
        ("serde_json", Box::new(|body| drop(black_box(contenders::serde_json(body))))),
        ("simd_json", Box::new(|body| drop(black_box(contenders::simd_json(body))))),
        ("sonic_rs", Box::new(|body| drop(black_box(contenders::sonic(body))))),
        ("whole", Box::new(move |body| drop(black_box(whole.whole(body))))),
        ("pieces", Box::new(move |body| pieces.pieces(body, |frame| drop(black_box(frame))))),
        ("memcpy", Box::new(|body| drop(black_box(body.to_vec())))),
    ]
}

fn all() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for document in documents::all() {
        check(&document);
        let mut group = criterion.benchmark_group(format!("shaping/{}", document.name));
        group.throughput(Throughput::Bytes(document.json.len() as u64));
        for (name, contender) in contenders() {
            group
                .bench_function(BenchmarkId::from_parameter(name), |b| b.iter(|| contender(black_box(&document.json))));
        }
        group.finish();
    }
    criterion.final_summary();
}

/// All contenders by turns, and of each the least time that it was on a processor: what else the machine does counts for
/// none of them.
fn ratios() {
    const ROUNDS: usize = 15;
    println!("document       MB   serde_json   simd_json    sonic_rs       whole      pieces      memcpy");
    println!("                        µs         ×           ×           ×           ×           ×");
    let (mut logarithms, mut ordinary) = (0.0, 0.0);
    for document in documents::all() {
        check(&document);
        let contenders = contenders();
        let mut times = vec![Vec::new(); contenders.len()];
        for _ in 0..ROUNDS {
            for ((_, contender), times) in contenders.iter().zip(&mut times) {
                times.push(time(|| contender(black_box(&document.json))));
            }
        }
        let best: Vec<f64> = times.iter().map(|times| times.iter().copied().fold(f64::MAX, f64::min)).collect();
        let speedups = best.iter().skip(1).map(|time| format!("{:12.1}", best[0] / time)).collect::<String>();
        println!("{:13}{:6.2}{:12.1}{speedups}", document.name, document.json.len() as f64 / 1e6, best[0] * 1e6);
        if document.kind == Kind::Ordinary {
            logarithms += (best[0] / best[3]).ln();
            ordinary += 1.0;
        }
    }
    println!("geometric mean of `whole` over ordinary documents: {:.1}", f64::exp(logarithms / ordinary));
}

/// Other plans, by turns with the same done to a tree.
fn plans() {
    const ROUNDS: usize = 15;
    println!("plan                document       serde_json µs   whole ×");
    for plan in plans::all() {
        for name in plan.documents {
            let Document { json, .. } = documents::named(name);
            let [shaped, changed] =
                [plan.shape(&json), plan.change(&json)].map(|json| serde_json::from_slice::<Value>(&json).unwrap());
            assert!(shaped == changed, "{} on {name}: not the same", plan.name);
            let [mut tree, mut whole] = [f64::MAX; 2];
            for _ in 0..ROUNDS {
                tree = tree.min(time(|| drop(black_box(plan.change(black_box(&json))))));
                whole = whole.min(time(|| drop(black_box(plan.shape(black_box(&json))))));
            }
            println!("{:20}{name:13}{:15.1}{:10.1}", plan.name, tree * 1e6, tree / whole);
        }
    }
}

/// Seconds on a processor for one time, from as many as take some milliseconds. The clock is asked of all of them together: it
/// takes a large part of a microsecond, and a small answer hardly more.
fn time(mut once: impl FnMut()) -> f64 {
    for times in (0..u32::BITS).map(|doubled| 1_u32 << doubled) {
        let start = processor_time();
        (0..times).for_each(|_| once());
        let passed = processor_time() - start;
        if passed > 0.004 {
            return passed / f64::from(times);
        }
    }
    unreachable!()
}

fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// What one more run costs, so that building the documents does not count.
fn instructions() {
    println!("document      instructions a byte: serde_json, whole, pieces");
    for document in documents::all().filter(|document| document.json.len() < 1 << 20) {
        let counted = ["serde_json", "whole", "pieces"].map(|contender| {
            let times = (1 << 20) / document.json.len() + 1;
            let more = callgrind(contender, document.name, times + 1) - callgrind(contender, document.name, 1);
            format!("{:10.2}", more as f64 / (times * document.json.len()) as f64)
        });
        println!("{:13}{}", document.name, counted.concat());
    }
}

fn callgrind(contender: &str, document: &str, times: usize) -> u64 {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(env::current_exe().unwrap());
    let output = valgrind.args(["run", contender, document, &times.to_string()]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let counted = said.lines().find_map(|line| line.split_once("Collected : ")).unwrap().1;
    counted.trim().parse().unwrap()
}

fn run(contender: &str, document: &str, times: usize) {
    let document = documents::named(document);
    let contender = contenders().into_iter().find(|(name, _)| *name == contender).unwrap().1;
    (0..times).for_each(|_| contender(black_box(&document.json)));
}

/// By how much the greatest memory of the process grows while large bodies pass (Linux).
fn memory() {
    let job = Job::new();
    let greatest = || -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    for document in documents::all().filter(|document| document.json.len() > 1 << 20) {
        fs::write("/proc/self/clear_refs", "5").unwrap();
        let before = greatest();
        job.pieces(&document.json, |frame| drop(black_box(frame)));
        println!("{}: {} KiB", document.name, greatest() - before);
    }
}

/// All contenders do the same.
fn check(document: &Document) {
    let job = Job::new();
    let mut pieces = Vec::new();
    job.pieces(&document.json, |frame| pieces.extend(frame));
    let whole = job.whole(&document.json);
    assert!(whole == pieces, "{}: a cut makes a difference", document.name);
    let [ours, serde_json, simd_json, sonic] = [
        whole,
        contenders::serde_json(&document.json),
        contenders::simd_json(&document.json),
        contenders::sonic(&document.json),
    ]
    .map(|json| as_floats(serde_json::from_slice(&json).unwrap()));
    assert!(ours == serde_json && ours == simd_json && ours == sonic, "{}: not the same", document.name);
}

/// A rounded number can be written in several ways.
fn as_floats(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(elements) => elements.into_iter().map(as_floats).collect(),
        Value::Object(members) => members.into_iter().map(|(key, value)| (key, as_floats(value))).collect(),
        other => other,
    }
}
