//! What the operator sees: log lines and counters, of this thread.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, Mutex, Once,
        atomic::{AtomicU64, Ordering},
    },
};

use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use tracing::{Level, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt};

/// Sees every log line of this crate down to the finest level, and every counter.
pub(crate) struct Operator {
    lines: Lines,
    counters: &'static Counters,
    _watches: (DefaultGuard, metrics::LocalRecorderGuard<'static>),
}

impl Operator {
    pub(crate) fn watch() -> Self {
        // Somebody who hears everything and says nothing: else a line that another thread comes by first, where nobody listens,
        // may be taken for one that nobody wants.
        static LISTENS: Once = Once::new();
        LISTENS.call_once(|| drop(tracing::subscriber::set_global_default(tracing_subscriber::registry())));
        let lines = Lines::default();
        let writer = lines.clone();
        let ours = Targets::new().with_target("tower_rapport", Level::TRACE);
        let log = fmt::layer().without_time().with_ansi(false).with_writer(move || writer.clone()).with_filter(ours);
        let counters: &'static Counters = Box::leak(Box::default());
        let watches = (
            tracing::subscriber::set_default(tracing_subscriber::registry().with(log)),
            metrics::set_default_local_recorder(counters),
        );
        Self { lines, counters, _watches: watches }
    }

    /// All that was logged.
    pub(crate) fn log(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }

    /// Everything that was counted, one `name{label="value"} number` a line.
    pub(crate) fn counters(&self) -> String {
        let counts = self.counters.0.lock().unwrap();
        counts.iter().map(|(name, count)| format!("{name} {}\n", count.0.load(Ordering::SeqCst))).collect()
    }

    /// Whether a counter stands at a number.
    #[track_caller]
    pub(crate) fn counted(&self, line: &str) {
        let counters = self.counters();
        assert!(counters.lines().any(|counted| counted == line), "`{line}` is not among\n{counters}");
    }

    #[track_caller]
    pub(crate) fn logged(&self, text: &str) {
        assert!(self.log().contains(text), "`{text}` is not in\n{}", self.log());
    }

    /// Whether neither a doubt nor a failure was told.
    #[track_caller]
    pub(crate) fn saw_nothing(&self) {
        assert_eq!(self.log(), "");
        let usual = ["rapport_decisions_total", "rapport_limits_total", "rapport_treated_values_total"];
        let counters = self.counters();
        assert!(counters.lines().all(|line| usual.iter().any(|name| line.starts_with(name))), "{counters}");
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Default)]
struct Counters(Mutex<BTreeMap<String, Arc<Count>>>);

#[derive(Default)]
struct Count(AtomicU64);

impl CounterFn for Count {
    fn increment(&self, by: u64) {
        self.0.fetch_add(by, Ordering::SeqCst);
    }

    fn absolute(&self, number: u64) {
        self.0.store(number, Ordering::SeqCst);
    }
}

impl Recorder for Counters {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={:?}", label.key(), label.value())).collect();
        let line = format!("{}{{{}}}", key.name(), labels.join(","));
        Counter::from_arc(Arc::clone(self.0.lock().unwrap().entry(line).or_default()))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
