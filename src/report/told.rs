//! What is told of the answers of one endpoint: counters that are named once, and the warnings beside them.

use std::fmt::Display;

use http::StatusCode;
use metrics::{Key, Label, counter};

use super::{
    counters::{increase, labels},
    seldom::Seldom,
};

/// What is told of the answers of one endpoint.
#[derive(Debug)]
pub(crate) struct Told {
    endpoint: String,
    /// Whether they leave as they came, and what is told is what would have been done.
    observed: bool,
    /// One for each treatment.
    treated: Counts,
    /// One for each reason.
    withheld: Counts,
    /// What was warned of.
    warned: Seldom,
}

/// Counters by the words that tell them apart.
type Counts = Box<[(&'static str, Key)]>;

impl Told {
    /// For an endpoint of this name, whose values can meet these treatments, and whose items can be withheld for these reasons.
    pub(crate) fn new(
        endpoint: &str,
        observed: bool,
        treatments: impl IntoIterator<Item = &'static str>,
        reasons: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        let key = |counter: &'static str, name: &'static str, word: &'static str| {
            let named = [Label::new("endpoint", endpoint.to_owned()), Label::from_static_parts(name, word)];
            (word, Key::from_parts(counter, labels(named, observed)))
        };
        let treated = |word| key("rapport_treated_values_total", "treatment", word);
        let withheld = |word| key("rapport_withheld_items_total", "reason", word);
        Self {
            endpoint: endpoint.to_owned(),
            observed,
            treated: treatments.into_iter().map(treated).collect(),
            withheld: reasons.into_iter().map(withheld).collect(),
            warned: Seldom::default(),
        }
    }

    /// An answer is shaped on the side.
    pub(crate) fn observed(&self) {
        counter!("rapport_observed_answers_total", "endpoint" => self.endpoint.clone()).increment(1);
    }

    /// So many values met a treatment.
    pub(crate) fn treated(&self, treatment: &str, values: u64) {
        count(&self.treated, treatment, values);
    }

    /// So many items were not shown, for this reason.
    pub(crate) fn withheld(&self, reason: &str, items: u64) {
        count(&self.withheld, reason, items);
    }

    /// An answer could not be shaped.
    pub(crate) fn doubt(&self, cause: &'static str) {
        self.doubted(cause, cause, None);
    }

    /// An answer could not be shaped that is an error of this status.
    pub(crate) fn doubt_of_error(&self, status: StatusCode) {
        // The service did not make it, or only to say that it cannot.
        let is_away = matches!(status.as_u16(), 502..=504);
        self.doubted("status", if is_away { "away" } else { "status" }, None);
    }

    /// An answer could not be shaped any further than to this byte.
    pub(crate) fn doubt_at(&self, cause: &'static str, byte: u64) {
        self.doubted(cause, cause, Some(byte));
    }

    /// Rules met nothing in a hundred answers.
    pub(crate) fn silent_rules(&self, paths: impl Iterator<Item = impl Display>) {
        for path in paths {
            tracing::warn!(
                endpoint = self.endpoint,
                %path,
                remedy = "compare it with an answer of the service; of JSON, `rapport check --answer` says what was likely meant",
                "this rule met nothing in a hundred answers: has the service's answer changed its shape?"
            );
        }
    }

    /// What is to be done about it may be known closer than by the cause.
    fn doubted(&self, cause: &'static str, closer: &'static str, byte: Option<u64>) {
        let named = [Label::new("endpoint", self.endpoint.clone()), Label::from_static_parts("cause", cause)];
        increase(&Key::from_parts("rapport_doubts_total", labels(named, self.observed)), 1);
        let Some(left_out) = self.warned.now(closer) else { return };
        let (endpoint, remedy) = (&self.endpoint, remedy(closer));
        if self.observed {
            tracing::warn!(
                endpoint,
                cause,
                byte,
                left_out,
                remedy,
                "an answer left as it came, and could not have been shaped"
            );
        } else {
            tracing::warn!(endpoint, cause, byte, left_out, remedy, "an answer could not be shaped");
        }
    }
}

fn count(counts: &Counts, word: &str, by: u64) {
    if let Some((_, key)) = counts.iter().find(|(name, _)| *name == word) {
        increase(key, by);
    }
}

/// What an operator can do where the cause does not say it.
fn remedy(closer: &str) -> Option<&'static str> {
    Some(match closer {
        "generic_refused" => "the service answers nobody whom it does not know: give it a token in `generic.send`",
        "generic_redirected" => {
            "the service sends away whom it does not know, to log in perhaps: give it a token in `generic.send`"
        }
        "content_type" => {
            "the service should answer with `content-type: application/json`, or that of lines or events of JSON; with `text/html` where the endpoint has rules for `html`"
        }
        "markup" => {
            "the page has end tags that do not close what was opened last, which browsers repair in their own ways: put it through an HTML validator"
        }
        "charset" => "the service should answer with `content-type: text/html; charset=utf-8`",
        "encoding" => {
            "the service's content coding cannot be read to its end: gzip, deflate, br and zstd can, with the feature `encoding`"
        }
        "not_whole" => {
            "the service answered with a part, or as to a condition, and was asked for neither: is there a cache between it and this layer?"
        }
        "no_transform" => {
            "the service forbids to change what must not be shown as it is: leave `no-transform` out of its `cache-control` here"
        }
        "framing" => "the service's stream has lines that are neither fields of events nor documents of JSON",
        "away" => {
            "the service cannot be reached, has no room, or does not answer in time, and whatever stands before it said so: see why, the policy is not at fault"
        }
        "status" => {
            "the service answered with an error that is no JSON; in axum, put the layer around the whole router if handlers read path parameters, and inside of it what they read of extensions, as `ConnectInfo`"
        }
        "too_much_at_once" => {
            "only the service can tell what became of it: more came at once than is shaped on the side; let it stream"
        }
        "path" => "this path can be read as that of two endpoints: see what stands in front, or join the endpoints",
        "empty" => "the service answered 2xx with nothing where a document should be; see why, or let it answer 204",
        "byte_order_mark" => "JSON begins without a byte order mark: let the service leave it out",
        "syntax" | "trailing" => {
            "the service says that this is JSON, and from this byte on it is not: ask the service itself, and see what stands there"
        }
        "utf8" => "JSON is UTF-8: let the service write it so",
        "cut_short" => "the service ended its answer before it was complete: see its own log",
        "too_deep" => "raise `limits.depth` if such answers are meant",
        "too_large" => "raise `limits.item` if items, or keys, of this size are meant",
        "bomb" => {
            "what so little unfolds to is meant to do harm, or is nothing but repetition: see what the service sent"
        }
        "service" => "the service broke its answer off: see its own log",
        "request" => {
            "what `request.hide` names cannot be taken out of a body that is longer than `limits.request`, or no JSON: raise the limit, or see what clients send"
        }
        _ => return None,
    })
}
