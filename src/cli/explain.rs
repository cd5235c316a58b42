//! `rapport explain`: how a customer stands, and why.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader},
    path::PathBuf,
};

use clap::{ArgGroup, Args, builder::NonEmptyStringValueParser};
use jiff::Timestamp;
use tower_rapport::{
    clock::{Clock, SystemClock},
    identity::Pseudonym,
    policy::Policy,
    portal::{Account, Answered},
    relationship::{Day, Record},
    report::{ReplayError, decision_header},
    store::{Silence, silence},
};

use super::{
    Failure,
    customer::{kept, names},
    moment::moment,
    policy, policy_without_secrets,
    sections::Text,
};

/// What `explain` is told.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("what").required(true).args(["customer", "line"]))]
pub(crate) struct Explain {
    /// The policy
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The customer, as tokens name one
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    customer: Option<String>,
    /// A date or an RFC 3339 time to tell it for; now, if left out
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "line")]
    at: Option<Timestamp>,
    /// A line of the decision log, to be decided again; or a file of lines, `-` for the standard input
    #[arg(long, value_name = "LINE|FILE")]
    line: Option<String>,
}

impl Explain {
    /// Reads the customer's record and says what follows from it; or decides again what was logged.
    pub(crate) fn run(self) -> Result<(), Failure> {
        if let Some(line) = &self.line {
            return again(&policy_without_secrets("--config", &self.config)?, line);
        }
        let policy = policy(&self.config)?;
        let now = SystemClock.now();
        let at = self.at.unwrap_or(now);
        let names = names(&policy, self.customer.unwrap_or_default());
        let Some(customer) = names.first() else { return Ok(()) };
        let record = kept(&policy, &names)?;
        let record = record.map(|record| until_then(record, at, policy.retention_days())).transpose()?.flatten();
        say!("{}", told(&policy, *customer, record.as_ref(), at, now))
    }
}

/// Decides one line of the decision log again, or all of a file or of the standard input.
fn again(policy: &Policy, line: &str) -> Result<(), Failure> {
    if line.trim_start().starts_with('{') {
        return one(policy, line);
    }
    if line == "-" {
        return all(policy, io::stdin().lock());
    }
    let neither = |cause| {
        let text =
            format!("`{line}` is no line of a decision log, which begins with `{{`, and no file that can be read");
        Failure::caused(text, cause)
    };
    all(policy, BufReader::new(File::open(line).map_err(neither)?))
}

fn one(policy: &Policy, line: &str) -> Result<(), Failure> {
    let replay = policy.replay(line).map_err(|cause| Failure::caused("the line cannot be decided again", cause))?;
    if !replay.is_equal() {
        return Err(Failure::new(format!("not equal\n  logged: {}\n  made:   {}", replay.logged, replay.made)));
    }
    say!("equal: {}\n", replay.made)
}

/// A log may have lines of several policies, one after the other. Those of another are neither equal nor not.
fn all(policy: &Policy, lines: impl BufRead) -> Result<(), Failure> {
    let (mut equal, mut not, mut others) = (0_u64, 0_u64, BTreeMap::<String, u64>::new());
    for (number, line) in (1..).zip(lines.lines()) {
        let line = line.map_err(|cause| Failure::caused("the lines cannot be read", cause))?;
        match policy.replay(&line) {
            Ok(replay) if replay.is_equal() => equal += 1,
            Ok(replay) => {
                not += 1;
                say!("line {number} is not equal\n  logged: {}\n  made:   {}\n", replay.logged, replay.made)?;
            }
            Err(ReplayError::Policy { line: other, .. }) => *others.entry(other).or_default() += 1,
            Err(error) => {
                not += 1;
                say!("line {number}: {error}\n")?;
            }
        }
    }
    say!("{equal} equal, {not} not\n")?;
    for (other, lines) in &others {
        say!("{lines} of another policy, `{other}`: for these name the file as it was then\n")?;
    }
    match (equal, not) {
        (_, 1..) => Err(Failure::new("not every decision is the one that was logged")),
        (0, 0) if !others.is_empty() => {
            Err(Failure::new(format!("no line is of this policy, which is `{}`", policy.fingerprint())))
        }
        _ => Ok(()),
    }
}

/// What is left of a record at an instant.
fn until_then(record: Record, at: Timestamp, retention: u32) -> Result<Option<Record>, Failure> {
    let day = Day::of(at);
    if let Some(history) = record.history.as_ref().filter(|history| day < history.last_seen) {
        return Err(Failure::new(format!(
            "how it was on {day} is not known: counts and days are kept and no list of events, and the last event was on {}; \
             ask for that day or a later one",
            history.last_seen
        )));
    }
    Ok(match silence(&record, day.minus(retention)) {
        Silence::Keep => Some(record),
        Silence::Lessen(left) => Some(left),
        Silence::Remove => None,
    })
}

/// The first line is the header of an answer to this customer, as far as it follows from what is kept.
fn told(policy: &Policy, customer: Pseudonym, record: Option<&Record>, at: Timestamp, now: Timestamp) -> String {
    let account = policy.account(customer, record, at);
    let header = decision_header(policy.rules(), &account.decision, policy.fingerprint());
    let mut text = Text(format!("{}\n", header.to_str().unwrap_or_default()));
    let day = Day::of(at);
    if day != Day::of(now) {
        let (when, what) =
            if at < now { ("was", "choices are") } else { ("will be", "nothing happens until then, and choices stay") };
        text.section(&format!("As it {when} on {day}; {what} those of today"));
    }
    if record.is_none() {
        text.section("Nothing is kept of such a customer");
        text.line(
            "nobody was remembered under this id; or tokens write it in another way, in their claim for the customer;",
        );
        text.line("or `identity.issuer` or `pseudonym_secret` were others when it was kept");
    }
    text.section("As the customer's own page says it");
    text.line(&account.is);
    text.lines(&account.because);
    text.lines(&account.limits);
    text.section(account.next.trim_end_matches('.'));
    text.lines(&account.missing);
    text.section("Purposes, as answered on that page");
    for (name, answered) in &account.purposes {
        text.line(&format!("{name}: {}", in_words(*answered)));
    }
    if record.is_some() {
        text.section("What is kept");
        for (name, value) in &account.kept {
            text.line(&format!("{name}: {value}"));
        }
        text.line(&account.retention);
    }
    text.section("Not known here, because only a request says it");
    text.lines(&unknown(policy, &account));
    text.0
}

fn in_words(answered: Answered) -> &'static str {
    match answered {
        Answered::Granted => "granted",
        Answered::NotGranted => "not granted",
        Answered::Unknown => "not answered",
    }
}

/// What may still lower or, within what is told above, open something.
fn unknown(policy: &Policy, account: &Account) -> Vec<String> {
    let (rules, identity) = (policy.rules(), policy.identity());
    let names = |wanted: Answered| -> Vec<&str> {
        account.purposes.iter().filter(|(_, answered)| *answered == wanted).map(|(name, _)| name.as_str()).collect()
    };
    let mut lines = Vec::new();
    let open = names(Answered::Unknown);
    if !open.is_empty() {
        lines.push(format!("whether a token or a consent string grants `{}`", open.join("`, `")));
    }
    let record = policy.consent().record.as_str();
    if open.contains(&record) {
        lines.push(format!(
            "the stage above is that of a request that grants `{record}`; without it the stage is the lowest"
        ));
    }
    if let Some(claim) = &identity.rules.claims.known_since {
        lines.push(format!("since when the claim `{claim}` says that the customer is known"));
    }
    if let Some(minor) = &rules.minor {
        let stage = rules.ladder.name(minor.stage);
        lines.push(format!("the age: who is under {} stays at `{stage}` at the highest", minor.under));
    }
    for channel in policy.channels() {
        let stage = rules.ladder.name(channel.stage);
        lines
            .push(format!("the channel: with the header `{}`, `{stage}` is the highest stage on some", channel.header));
    }
    lines.push("signals and wishes of a request: `Sec-GPC`, `Prefer`".to_owned());
    lines
}
