//! A field of an answer, and what happens to it from which stage on.

use std::{error::Error, fmt};

use super::{
    class::{Classes, DataClass, Opening},
    path::Path,
    treatment::Treatment,
};
use crate::{consent::PurposeSet, relationship::Stage};

/// A field of an answer and what happens to it from which stage on.
///
/// ```
/// use tower_rapport::{consent::PurposeSet, policy::Policy, relationship::Stage};
/// use tower_rapport::shaping::{class::DataClass, field::{Field, FieldErrorKind}, path::Path, treatment::Treatment};
/// # let toml = include_str!("../../config/minimal.toml");
/// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let (rules, classes) = (policy.rules(), policy.classes());
/// let (new, familiar) = (Stage::LOWEST, rules.ladder.stage("familiar").ok_or("a stage")?);
/// let name = Path::parse("$.customer.first_name")?;
/// let steps = vec![(new, Treatment::Null), (familiar, Treatment::Keep)];
/// let field = Field::new(name.clone(), DataClass::Provided, steps, classes)?;
/// let agreed = rules.purposes.set_of("personalization");
/// assert_eq!(field.treatment(familiar, agreed), Treatment::Keep);
/// assert_eq!(field.treatment(familiar, PurposeSet::EMPTY), Treatment::Null, "a stranger's, without the purpose");
///
/// // Observed data may not be shown to somebody new, so a policy that says so does not load.
/// let error = Field::new(name, DataClass::Observed, vec![(new, Treatment::Keep)], classes).unwrap_err();
/// assert_eq!((error.kind(), error.stage()), (FieldErrorKind::ShowsBeforeItsClass, new));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Field {
    path: Path,
    steps: Steps,
}

/// What happens to something of a data class from which stage on.
///
/// See the example of [`Field`].
#[derive(Clone, Debug)]
pub struct Steps {
    opening: Opening,
    steps: Vec<(Stage, Treatment)>,
}

impl Field {
    /// A field of a data class, with [steps](Steps::new).
    ///
    /// # Errors
    ///
    /// Steps that cannot stand.
    pub fn new(
        path: Path,
        class: DataClass,
        steps: Vec<(Stage, Treatment)>,
        classes: &Classes,
    ) -> Result<Self, FieldError> {
        Ok(Self { path, steps: Steps::new(class, steps, classes)? })
    }

    /// Which values of the answer it is about.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What must be granted before its class is shown.
    pub(crate) fn purpose(&self) -> PurposeSet {
        self.steps.opening.purpose
    }

    /// What happens to the values.
    pub fn treatment(&self, stage: Stage, granted: PurposeSet) -> Treatment {
        self.steps.treatment(stage, granted)
    }
}

impl Steps {
    /// The steps of something of a data class. A stage that `steps` does not name takes the nearest lower named one, below the lowest
    /// named one it is removed; with no steps at all it is kept from the class's `from` on.
    ///
    /// # Errors
    ///
    /// A step below the class's `from` that shows something, or a step that shows less than the one below it.
    pub fn new(class: DataClass, mut steps: Vec<(Stage, Treatment)>, classes: &Classes) -> Result<Self, FieldError> {
        steps.sort_by_key(|(stage, _)| *stage);
        let opening = classes.opening(class);
        let early = steps.iter().find(|(stage, treatment)| *stage < opening.from && !treatment.reveals_nothing());
        if let Some((stage, _)) = early {
            return Err(FieldError { kind: FieldErrorKind::ShowsBeforeItsClass, stage: *stage });
        }
        for pair in steps.windows(2) {
            if let [(_, lower), (stage, upper)] = pair
                && !lower.shows_no_more_than(upper)
            {
                return Err(FieldError { kind: FieldErrorKind::ShowsLessThanBelow, stage: *stage });
            }
        }
        Ok(Self { opening, steps })
    }

    /// What happens at a stage with these purposes.
    pub fn treatment(&self, stage: Stage, granted: PurposeSet) -> Treatment {
        // Without the purpose the customer is a stranger to this field, however well known otherwise.
        let stage = if granted.contains(self.opening.purpose) { stage } else { Stage::LOWEST };
        let treatment = match self.steps.iter().rev().find(|(named, _)| *named <= stage) {
            Some((_, treatment)) => treatment.clone(),
            None if self.steps.is_empty() => Treatment::Keep,
            None => Treatment::Remove,
        };
        let open = granted.contains(self.opening.purpose) && stage >= self.opening.from;
        if open || treatment.reveals_nothing() { treatment } else { Treatment::Remove }
    }
}

/// Why a field's steps cannot stand.
///
/// See the example of [`Field`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldError {
    kind: FieldErrorKind,
    stage: Stage,
}

/// What is wrong with a step.
///
/// See the example of [`Field`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldErrorKind {
    /// It shows something at a stage at which nothing of its data class may leave.
    ShowsBeforeItsClass,
    /// It shows less than the step below it, or something else that cannot be compared.
    ShowsLessThanBelow,
}

impl FieldError {
    /// What is wrong.
    pub const fn kind(&self) -> FieldErrorKind {
        self.kind
    }

    /// The stage of the step.
    pub const fn stage(&self) -> Stage {
        self.stage
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            FieldErrorKind::ShowsBeforeItsClass => {
                "this step shows something below the stage from which its data class may leave"
            }
            FieldErrorKind::ShowsLessThanBelow => {
                "this step shows less than the one below it, or something that cannot be compared with that"
            }
        })
    }
}

impl Error for FieldError {}

#[cfg(test)]
pub(in crate::shaping) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        consent::{Purpose, Purposes, TcfPurposes},
        shaping::treatment::Constant,
    };

    fn purposes() -> Purposes {
        let purpose = |name: &str| Purpose {
            name: name.parse().unwrap(),
            says: String::new(),
            denied_by_gpc: false,
            tcf: TcfPurposes::default(),
        };
        let list = ["record", "personalization", "cross_context"].map(purpose).into();
        Purposes::new(list, &"record".parse().unwrap(), 390).unwrap()
    }

    pub(in crate::shaping) fn classes() -> Classes {
        let opening = |purpose: &str, from| Opening { purpose: purposes().set_of(purpose), from: Stage::at(from) };
        Classes::new([
            opening("personalization", 0),
            opening("personalization", 1),
            opening("personalization", 2),
            opening("cross_context", 3),
            opening("cross_context", 3),
        ])
    }

    pub(in crate::shaping) fn all() -> PurposeSet {
        ["record", "personalization", "cross_context"]
            .iter()
            .fold(PurposeSet::default(), |set, name| set.with(purposes().set_of(name)))
    }

    pub(in crate::shaping) fn field(class: DataClass, steps: &[(u8, Treatment)]) -> Result<Field, FieldError> {
        let steps = steps.iter().map(|(level, treatment)| (Stage::at(*level), treatment.clone())).collect();
        Field::new(Path::parse("$.x").unwrap(), class, steps, &classes())
    }

    fn constant(json: &str) -> Treatment {
        Treatment::Replace(Constant::parse(json).unwrap())
    }

    #[test]
    fn a_stage_that_is_not_named_takes_the_nearest_lower_one() {
        let reason = field(DataClass::Observed, &[(1, constant("\"-\"")), (3, Treatment::Keep)]).unwrap();
        let at = |level| reason.treatment(Stage::at(level), all());
        assert_eq!(
            [at(0), at(1), at(2), at(3)],
            [Treatment::Remove, constant("\"-\""), constant("\"-\""), Treatment::Keep]
        );
    }

    #[test]
    fn without_steps_a_field_is_kept_from_its_class_on() {
        let score = field(DataClass::Inferred, &[]).unwrap();
        let at = |level| score.treatment(Stage::at(level), all());
        assert_eq!(
            [at(0), at(1), at(2), at(3)],
            [Treatment::Remove, Treatment::Remove, Treatment::Keep, Treatment::Keep]
        );
        let title = field(DataClass::None, &[]).unwrap();
        assert_eq!(title.treatment(Stage::LOWEST, PurposeSet::default()), Treatment::Keep);
    }

    #[test]
    fn without_its_purpose_a_field_is_a_strangers() {
        let name = field(DataClass::Provided, &[(0, Treatment::Null), (2, Treatment::Keep)]).unwrap();
        assert_eq!(name.treatment(Stage::at(3), purposes().set_of("record")), Treatment::Null);
        let shown_at_once = field(DataClass::Provided, &[(0, Treatment::Keep)]).unwrap();
        assert_eq!(shown_at_once.treatment(Stage::at(3), purposes().set_of("record")), Treatment::Remove);
        assert_eq!(shown_at_once.treatment(Stage::LOWEST, all()), Treatment::Keep);
    }

    #[test]
    fn a_step_that_shows_too_much_or_less_is_refused() {
        let early = field(DataClass::Observed, &[(0, Treatment::Keep)]).unwrap_err();
        assert_eq!((early.kind(), early.stage()), (FieldErrorKind::ShowsBeforeItsClass, Stage::at(0)));
        let falling = field(DataClass::Observed, &[(1, Treatment::Keep), (2, Treatment::Null)]).unwrap_err();
        assert_eq!((falling.kind(), falling.stage()), (FieldErrorKind::ShowsLessThanBelow, Stage::at(2)));
    }

    fn treatments() -> impl Strategy<Value = Treatment> {
        let all = [Treatment::Remove, Treatment::Null, constant("1"), Treatment::Initial, Treatment::Keep];
        prop::sample::select(all.to_vec())
    }

    proptest! {
        /// Promise 3: a higher stage or one more purpose never treats a field more strongly.
        #[test]
        fn more_never_shows_less(
            class in prop::sample::select(DataClass::ALL.to_vec()),
            steps in prop::collection::btree_map(0_u8..4, treatments(), 0..4),
            (low, high) in (0_u8..4, 0_u8..4), drop in 0_usize..4,
        ) {
            let steps: Vec<_> = steps.into_iter().collect();
            let Ok(field) = field(class, &steps) else { return Ok(()) };
            let name = ["record", "personalization", "cross_context"].get(drop).copied().unwrap_or("");
            let fewer = all().without(purposes().set_of(name));
            let less = field.treatment(Stage::at(low.min(high)), fewer);
            let more = field.treatment(Stage::at(low.max(high)), all());
            prop_assert!(less.shows_no_more_than(&more), "{less:?} against {more:?}");
        }
    }
}
