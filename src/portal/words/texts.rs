//! Every text there is, by its name in the files.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::text::Text;

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub(crate) struct $name {
                $(pub(crate) $field: $kind,)*
            }
        )*
    };
}

texts! {
    /// All that the pages and the problems say in one language.
    Texts {
        direction: String, date: Text, months: [String; 12], list: Text, decimal: String, percent: Text,
        frame: Frame, me: Me, stage: Stage, stages: BTreeMap<String, StageWords>, because: Because, limits: Limits,
        missing: Missing, pause: Pause, limit: Limit, purpose: Purpose, sources: Sources, purposes: BTreeMap<String, PurposeWords>,
        uses: Uses, endpoints: BTreeMap<String, Text>, data: BTreeMap<String, Text>, items: Items, kept: Kept, forget: Forget, done: Done, policy: Policy,
        problem: Problem,
    }

    /// What stands around every page.
    Frame { skip: Text, policy: Text, me: Text, observed: Text, observed_in: Text, controller: Text, contact: Text }

    /// The customer's own page.
    Me {
        title: Text, at: Text, paused: Text, held: Text, as_if: Text, why: Text, next: Text, next_held: Text, next_stranger: Text, next_waits: Text, highest: Text, holds: Text,
        decide: Text, decide_says: Text, seen_as: Text, preview: Text, preview_end: Text,
    }

    /// Any stage.
    Stage { is: Text, again: Text, reached: Text, now: Text, held: Text, ahead: Text }

    /// One stage, by its name in the policy.
    StageWords { name: Option<String>, is: Option<String> }

    /// What the stage rests on.
    Because {
        known_for: Text, first_today: Text, vouched: Text, active_days: Text, event: Text, nothing: Text, forgotten: Text,
        events: BTreeMap<String, Text>,
    }

    /// What holds it back.
    Limits {
        record: Text, consent: Text, limit: Text, pause: Text, pause_until: Text, pause_open: Text, minor: Text,
        channel: Text, pace: Text, pace_from: Text, pace_again: Text, cooled: Text, taken: Text, prefer: Text, holdout: Text,
    }

    /// What the next stage needs.
    Missing { known_for: Text, active_days: Text, pace: Text, pace_again: Text, event: Text, events: BTreeMap<String, Text> }

    /// The pause.
    Pause { title: Text, says: Text, week: Text, month: Text, open: Text, end: Text, none: Text }

    /// The limit.
    Limit { title: Text, says: Text, at_most: Text, none: Text }

    /// Any purpose.
    Purpose {
        title: Text, agree: Text, refuse: Text, agree_to: Text, refuse_to: Text, given: Text, renewed: Text, until: Text,
        refused: Text, withdrawn: Text, expired: Text, invalidated: Text, given_by: Text, refused_by: Text,
        expired_by: Text, gpc_since: Text, doubtful: Text, unknown: Text, invited: Text, not_invited: Text, in_force: Text,
        not_in_force: Text, in_vain: Text, no_request: Text,
    }

    /// Who else may speak for somebody.
    Sources { claim: Text, tcf: Text, gpp: Text, gpc: Text }

    /// One purpose, by its name in the policy.
    PurposeWords { name: Option<String>, says: Option<String> }

    /// What is used.
    Uses {
        title: Text, kind: Text, needs: Text, from: Text, now: Text, open: Text, since: Text, paused: Text, no_consent: Text, too_early: Text,
        share: Text, share_none: Text, share_all: Text,
    }

    /// Why an item is shown; `chosen` by the class of data.
    Items { anybodys: Text, chosen: BTreeMap<String, Text>, topic: Text }

    /// What is kept.
    Kept {
        title: Text, all: Text, says: Text, log: Text, log_open: Text, cookie: Text, first_seen: Text, last_seen: Text, active_days: Text, stage_since: Text, visit: Text,
        never: Text, retention: Text, export: Text, counts: BTreeMap<String, Text>,
    }

    /// Forgetting.
    Forget { title: Text, says: Text, log: Text, button: Text }

    /// After an act.
    Done {
        limit: Text, no_limit: Text, pause: Text, pause_until: Text, pause_open: Text, no_pause: Text, given: Text,
        refused: Text, in_vain: Text, forgotten: Text, record: Text,
    }

    /// The policy's own page.
    Policy {
        title: Text, says: Text, stages: Text, stage: Text, needs: Text, needs_none: Text, needs_no_more: Text, pace: Text, cools: Text,
        takes: Text, only_acts: Text, minor: Text, minor_unknown: Text, channels: Text, holdout: Text, purposes: Text,
        purposes_says: Text, purpose: Text, opens: Text, gpc: Text, opens_memory: Text, valid: Text, data: Text,
        main: Text, main_says: Text, per_topic: Text, quiet: Text, no_items: Text, no_rules: Text, observed: Text,
        not_profiled: Text, not_profiled_says: Text, not_profiled_observed: Text, turn_off: Text, turn_on: Text, is_off: Text, is_on: Text,
        is_stranger: Text, is_stranger_observed: Text, keeping: Text, active: Text, known: Text, event: Text,
        events: BTreeMap<String, Text>,
        taking: BTreeMap<String, Text>, name: Text,
    }

    /// When something does not work.
    Problem {
        back: Text, title: Text, who: Text, unknown: Text, bad_token: Text, foreign: Text, nowhere: Text, method: Text, media: Text,
        too_long: Text, too_slow: Text, malformed: Text, no_stage: Text, no_purpose: Text, no_date: Text, past: Text,
        no_choice: Text, conflict: Text, unavailable: Text, unsaved: Text, busy: Text,
    }
}
