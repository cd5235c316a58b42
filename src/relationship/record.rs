//! The record of one customer: what happened, and what the customer chose.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{day::Day, history::History};
use crate::{
    consent::{Answering, Choices},
    identity::Pseudonym,
    name::Name,
};

/// All that is kept about one customer.
///
/// A test, or a demo, writes down somebody who has been known for long, as the layer would have:
///
/// ```
/// use tower_rapport::{
///     identity::CustomerId, policy::Policy, relationship::{Change, Day, History, Record, Why}, store::Urgency, RapportLayer,
/// };
///
/// /// Makes somebody a familiar customer who has come on eight days.
/// async fn becomes_familiar(layer: &RapportLayer, id: &CustomerId, today: Day) -> Result<(), tower::BoxError> {
///     let (policy, familiar) = (layer.policy(), "familiar".parse()?);
///     let changed = Some(Change { on: today.minus(7), why: Why::Gained });
///     let history = History { last_seen: today, active_days: 8, stage: Some(familiar), changed, ..History::beginning(today.minus(60)) };
///     let record = Record { history: Some(history), ..Record::default() };
///     let customer = policy.identity().pseudonyms.pseudonym(&policy.identity().rules.issuer, id);
///     layer.relationships().update(customer, Urgency::Choice, move |_| Some(record.clone())).await?;
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What happened between customer and business; none before the first event.
    pub history: Option<History>,
    /// What the customer chose.
    pub choices: Choices,
    /// When the customer last asked to be forgotten, or to be remembered no more. What happened until then is nothing to be
    /// stored.
    pub forgotten: Option<Timestamp>,
    /// Of a visitor, what became of it when somebody signed in; none before that, and of a customer.
    pub sign_in: Option<SignIn>,
    /// Of a customer, the visitors whose evidence is in this record, the latest last. See [`Record::VISITORS`].
    pub visitors: Vec<Pseudonym>,
}

/// What became of a visitor when somebody signed in on the same device.
///
/// ```
/// use tower_rapport::relationship::{Day, Record, SignIn};
///
/// /// What whoever answers customers' questions sees of a visitor's record.
/// fn told(record: &Record) -> String {
///     match record.sign_in {
///         None => "nobody has signed in".to_owned(),
///         Some(SignIn::Joining(customer)) => format!("on its way to {customer:?}"),
///         Some(SignIn::Joined(day)) => format!("part of a customer's record since {day}"),
///         Some(SignIn::Unclear) => "joins nobody's record".to_owned(),
///     }
/// }
/// let joined = SignIn::Joined(Day::from_date("2026-11-22".parse()?));
/// assert_eq!(told(&Record { sign_in: Some(joined), ..Record::default() }), "part of a customer's record since 2026-11-22");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    /// The evidence is on its way to this customer's record, and goes to no other. The visitor is nobody any more.
    Joining(Pseudonym),
    /// The evidence is in a customer's record since that day, and the visitor nobody any more.
    Joined(Day),
    /// Who signed in had not agreed to be remembered. Whose the evidence is cannot be told any more, so it joins nobody's.
    Unclear,
}

impl Record {
    /// How many visitors a record names at most: whoever joins one finds there whether somebody else was faster, and the
    /// earliest have long been settled.
    pub const VISITORS: usize = 16;

    /// Of a visitor, whether its evidence is a customer's, or on its way to one: the visitor is nobody any more.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.sign_in, Some(SignIn::Joining(_) | SignIn::Joined(_)))
    }

    /// Whether it says nothing at all, as one does whose content has moved elsewhere.
    pub fn is_blank(&self) -> bool {
        *self == Self::default()
    }

    /// The record after the customer answered for a purpose. `is_record` says that it is the one without which nothing is
    /// stored: refused, the customer is [forgotten](Self::forgotten).
    ///
    /// ```
    /// use jiff::Timestamp;
    /// use tower_rapport::{consent::Answering, relationship::{Day, History, Record}};
    ///
    /// let now = Timestamp::now();
    /// let known = Record { history: Some(History::beginning(Day::of(now))), ..Record::default() };
    /// let refusal = Answering { granted: false, at: now, was_granted: true, gpc: false };
    /// assert!(known.answered(&"personalization".parse()?, false, refusal).history.is_some());
    /// let left = known.answered(&"record".parse()?, true, refusal);
    /// assert!(left.history.is_none() && left.choices.purposes.contains_key("record"), "the refusal stays");
    /// # Ok::<(), tower_rapport::name::NameError>(())
    /// ```
    #[must_use]
    pub fn answered(&self, purpose: &Name, is_record: bool, answering: Answering) -> Self {
        let mut next = self.clone();
        next.choices.answer(purpose, answering);
        if is_record && !answering.granted { next.forgotten(answering.at) } else { next }
    }

    /// The record after the customer asked to be forgotten. All that lowers stays: refusals, those of Global Privacy Control
    /// too, which could not be kept to else; limit and pause, for to be forgotten must not show more than before. Which visitors
    /// were this customer is forgotten as well: what such a one brings once more is older, and left behind.
    ///
    /// ```
    /// use jiff::Timestamp;
    /// use tower_rapport::relationship::{Day, History, Record};
    ///
    /// let now = Timestamp::now();
    /// let known = Record { history: Some(History::beginning(Day::of(now))), ..Record::default() };
    /// let left = known.forgotten(now);
    /// assert_eq!((left.history, left.forgotten), (None, Some(now)));
    /// ```
    #[must_use]
    pub fn forgotten(&self, at: Timestamp) -> Self {
        let forgotten = self.forgotten.max(Some(at));
        Self { history: None, choices: self.choices.lowering(), forgotten, visitors: Vec::new(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::consent::{Answer, Remembered};

    fn at(instant: &str) -> Timestamp {
        instant.parse().unwrap()
    }

    /// Somebody who has been here, and has chosen whatever can be chosen.
    fn full() -> Record {
        let answer = |granted| Answer { granted, at: at("2026-01-01T00:00:00Z"), was_granted: false };
        let name = |text: &str| -> Name { text.parse().unwrap() };
        Record {
            history: Some(History::beginning(Day::of(at("2026-01-01T00:00:00Z")))),
            choices: Choices {
                limit: Some(name("new")),
                paused_until: Some(at("2027-01-01T00:00:00Z")),
                purposes: [
                    (name("record"), answer(true)),
                    (name("other"), answer(true)),
                    (name("refused"), answer(false)),
                ]
                .into(),
                gpc: [
                    (name("sold"), Remembered::Since(at("2026-01-01T00:00:00Z"))),
                    (name("lifted"), Remembered::Lifted),
                ]
                .into(),
            },
            visitors: vec![Pseudonym::from_bytes([1; 16])],
            ..Record::default()
        }
    }

    fn names<T>(map: &BTreeMap<Name, T>) -> Vec<&str> {
        map.keys().map(Name::as_str).collect()
    }

    #[test]
    fn who_withdraws_record_is_known_no_more_and_what_was_lowered_stays() {
        let answering = Answering { granted: false, at: at("2026-06-01T00:00:00Z"), was_granted: true, gpc: false };
        let left = full().answered(&"record".parse().unwrap(), true, answering);
        assert_eq!((left.history, left.forgotten, left.visitors), (None, Some(answering.at), vec![]));
        assert_eq!(names(&left.choices.purposes), ["record", "refused"]);
        assert_eq!(left.choices.purposes["record"], Answer { granted: false, at: answering.at, was_granted: true });
        assert_eq!(names(&left.choices.gpc), ["sold"]);
        assert_eq!(
            (&left.choices.limit, left.choices.paused_until),
            (&full().choices.limit, full().choices.paused_until)
        );
        let other = full().answered(&"other".parse().unwrap(), false, answering);
        assert_eq!((other.history, other.choices.purposes.len()), (full().history, 3));
    }

    #[test]
    fn who_is_forgotten_leaves_behind_what_lowers_and_nothing_else() {
        let left = full().forgotten(at("2026-06-01T00:00:00Z"));
        assert_eq!((names(&left.choices.purposes), names(&left.choices.gpc)), (vec!["refused"], vec!["sold"]));
        let choices = full().choices.lowering();
        assert_eq!((&choices.limit, choices.paused_until), (&full().choices.limit, full().choices.paused_until));
        assert_eq!(left, Record { choices, forgotten: Some(at("2026-06-01T00:00:00Z")), ..Record::default() });
        assert_eq!(
            left.forgotten(at("2026-05-01T00:00:00Z")),
            left,
            "nor is an earlier wish, written late, another one"
        );
    }
}
