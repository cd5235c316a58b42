//! What is said after an act: on the page that a form leads back to, and in the answer to JSON.
//!
//! The page is told in its address what to speak of, and says of that what is so. A false address makes it say nothing false.

use super::{me::Me, page::Notice, reasons, seen::Seen, wish::Wish, words::Words};
use crate::relationship::Day;

/// What is so after an act that a word names; nothing where the word names none, or what it names is not so.
pub(crate) fn done(word: &str, seen: &Seen<'_>, me: &Me, words: &Words) -> Option<Notice> {
    let texts = &words.texts.done;
    let at = |place: &str, says: String| Some(Notice { place: place.to_owned(), says });
    match word {
        "limit" => at(
            "limit",
            match &me.limit {
                Some(limit) => texts.limit.with(&[("stage", words.stage(limit))]),
                None => texts.no_limit.to_string(),
            },
        ),
        "pause" => at(
            "pause",
            match seen.pause() {
                Some(until) => reasons::pause(until, words, [&texts.pause, &texts.pause_until, &texts.pause_open]),
                None => texts.no_pause.to_string(),
            },
        ),
        "forget" => {
            let today = |at| Day::of(at) == Day::of(seen.now);
            let is_so = me.kept.forgotten.is_some_and(today) && me.kept.active_days == 0;
            is_so.then(|| at("top", texts.forgotten.to_string())).flatten()
        }
        word => {
            let purpose = me.purposes.iter().find(|purpose| purpose.name == *word)?;
            let answer = seen.record?.choices.purposes.get(&purpose.name)?;
            let terms = seen.terms;
            let is_record = terms.rules.purposes.record() == terms.rules.purposes.set_of(word);
            let text = match answer.granted {
                true if purpose.granted => &texts.given,
                true => &texts.in_vain,
                false if is_record => &texts.record,
                false => &texts.refused,
            };
            at(word, text.with(&[("purpose", words.purpose(&purpose.name))]))
        }
    }
}

impl Wish {
    /// The word for [`done`].
    pub(crate) fn done(&self) -> &str {
        match self {
            Self::Limit(_) => "limit",
            Self::Pause(_) => "pause",
            Self::Purpose(name, _) => name.as_str(),
            Self::Forget => "forget",
        }
    }
}
