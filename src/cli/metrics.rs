//! The page of metrics of `rapport serve`.

use std::net::{SocketAddr, TcpListener};

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};

use super::{Failure, address::not_listening};

/// Serves `/metrics` in the text format of Prometheus, on an address of its own: it is the operator's, not the customers'.
pub(super) fn serve(address: SocketAddr) -> Result<(), Failure> {
    // The exporter says less of why it cannot.
    drop(TcpListener::bind(address).map_err(|cause| not_listening("report.metrics", address, cause))?);
    let set_up = |cause| Failure::caused(format!("the page of metrics cannot be served on `{address}`"), cause);
    let page = PrometheusBuilder::new().with_http_listener(address);
    let page = page.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS).map_err(set_up)?;
    page.install().map_err(set_up)?;
    for (name, about) in COUNTERS {
        describe_counter!(*name, *about);
    }
    describe_gauge!("rapport_store_heard", "Whether the store that others write to is heard: 1, or 0.");
    for (name, about) in TIMES {
        describe_histogram!(*name, Unit::Seconds, *about);
    }
    Ok(())
}

const COUNTERS: &[(&str, &str)] = &[
    ("rapport_bad_consent_strings_total", "TC and GPP strings that do not count, or not wholly."),
    ("rapport_bad_tokens_total", "Tokens that prove nothing."),
    ("rapport_bad_visitors_total", "Visitors' cookies that prove nothing."),
    ("rapport_choices_total", "What customers chose, and what became of it."),
    ("rapport_decisions_total", "Decisions by the stage that they gave."),
    ("rapport_doubts_total", "Answers that could not be shaped."),
    ("rapport_generic_answers_total", "Generic answers that were wanted, and where they came from."),
    ("rapport_late_events_total", "Events that were not durable in time; their writes go on."),
    ("rapport_limits_total", "What held decisions back."),
    ("rapport_lost_events_total", "Events that there was no room for."),
    ("rapport_lost_visits_total", "Visits that were given up."),
    ("rapport_observed_answers_total", "Answers in observe mode that were shaped on the side."),
    ("rapport_store_silences_total", "How often the store fell silent."),
    ("rapport_store_troubles_total", "Customers of whom the store did not tell, or not in time."),
    ("rapport_treated_values_total", "Values that rules for fields met, by treatment."),
    ("rapport_unlogged_decisions_total", "Decisions that are not in the log."),
    ("rapport_withheld_items_total", "Items that were not shown, by the reason."),
];

const TIMES: &[(&str, &str)] = &[
    ("rapport_decision_seconds", "How long requests waited for their decision, the store included."),
    ("rapport_shaping_seconds", "How long the shaper worked on an answer."),
];

/// From what memory answers to what `decide_within` ends.
const SECONDS: [f64; 12] = [0.000_01, 0.000_03, 0.000_1, 0.000_3, 0.001, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 1.0];
