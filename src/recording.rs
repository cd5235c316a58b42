//! What a request and its answer add to the relationship: a visit, the events told of, a signal to be remembered.

use std::{pin::Pin, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::{
    asked::{Asked, Happened},
    identity::Identity,
    relationship::{Event, Record},
    report::{self, Seldom},
    setting::Setting,
    store::{Reply, StoreError, StoreErrorKind, Urgency},
};

/// Ends when the events of an answer are durable, or `decide_within` has run out.
pub(crate) type Writing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Ends when what happened is durable.
pub(crate) type Durable = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;

/// What happened with one customer, to be written.
pub(crate) struct Recording {
    setting: Arc<Setting>,
    identity: Arc<Identity>,
    asked: Asked,
    happened: Happened,
}

impl Recording {
    /// What is to be written for a request; nothing where nobody is known.
    pub(crate) fn of(setting: &Arc<Setting>, asked: Asked, happened: Happened) -> Option<Self> {
        let identity = Arc::clone(asked.identity.as_ref()?);
        Some(Self { setting: Arc::clone(setting), identity, asked, happened })
    }

    /// Begins to write. Events are waited for, as long as a decision may take. A visit is not, it is lost without harm; nor is
    /// a signal, which is in force here at once, and comes again if it is lost.
    ///
    /// The write goes on by itself, whatever becomes of the request.
    pub(crate) fn begin(self) -> Option<Writing> {
        let (waits, told) = (!self.happened.events.is_empty(), Arc::clone(&self.setting.told));
        let deadline = Instant::now() + self.setting.policy.store().decide_within;
        let write = self.durable();
        waits.then(|| -> Writing { Box::pin(wait(write, deadline, told)) })
    }

    /// Begins to write, and ends when all of it is durable, or with why that is not known.
    pub(crate) fn durable(self) -> Durable {
        if self.identity.former.is_empty() || self.is_known() {
            return Box::pin(self.write());
        }
        let moving = tokio::spawn(self.move_and_write());
        let broken_off = |error| StoreError::caused(StoreErrorKind::Unavailable, "a move was broken off", error);
        Box::pin(async move { moving.await.map_err(broken_off)? })
    }

    fn is_known(&self) -> bool {
        self.setting.relationships.peek(self.identity.customer).flatten().is_some_and(|record| !record.is_blank())
    }

    /// Begins every write when it is called, and ends with them.
    fn write(self) -> impl Future<Output = Result<(), StoreError>> + Send + 'static {
        let Self { setting, identity, asked, happened: Happened { visit, events, gpc } } = self;
        let has_events = !events.is_empty();
        let takes = |event: &Event| setting.policy.event(event.name.as_str()).is_some_and(|rule| rule.takes_stages > 0);
        let (taking, other): (Vec<_>, Vec<_>) = events.into_iter().partition(takes);
        let change = |happened: Happened| {
            let (asked, policy) = (asked.clone(), Arc::clone(&setting.policy));
            move |record: Option<&Record>| asked.record_after(policy.rules(), record, &happened)
        };
        let relationships = &setting.relationships;
        // What lowers is in force here from now on, also where its write takes long or fails.
        let lowering = Happened { visit: false, events: taking, gpc };
        let lowered =
            (gpc || !lowering.events.is_empty()).then(|| relationships.lower(identity.customer, change(lowering)));
        let urgency = if other.is_empty() { Urgency::Visit } else { Urgency::Event };
        let adding = Happened { visit, events: other, gpc: false };
        let added = (visit || !adding.events.is_empty())
            .then(|| relationships.update(identity.customer, urgency, change(adding)));
        let (visited, added) = if urgency == Urgency::Visit { (added, None) } else { (None, added) };
        if let Some(visited) = visited {
            tokio::spawn(count_if_lost(visited, Arc::clone(&setting.told)));
        }
        async move {
            let mut record = None;
            for written in [lowered, added].into_iter().flatten() {
                record = written.await?;
            }
            if has_events && asked.is_nobody(record.as_deref()) {
                report::lost_event(&setting.told, &"its visitor has signed in meanwhile");
            }
            Ok(())
        }
    }

    /// Writes once what was known under an earlier secret has moved: what the customer refused then counts now.
    ///
    /// Events are worth a second try, and more; before the move they cannot be written, or nothing would be left to move.
    async fn move_and_write(self) -> Result<(), StoreError> {
        let relationships = self.setting.relationships.clone();
        let mut rests = FIRST_REST..;
        loop {
            match relationships.load_moved(self.identity.customer, &self.identity.former).await {
                Ok(_) => return self.write().await,
                Err(error) if self.happened.events.is_empty() => {
                    report::lost_visit(&self.setting.told, &error);
                    return Err(error);
                }
                Err(error) => match rests.next().filter(|rest| *rest < LAST_REST) {
                    Some(rest) => sleep(Duration::from_millis(1 << rest)).await,
                    None => {
                        report::lost_event(&self.setting.told, &error);
                        let text = "what was known under an earlier secret could not be moved, and nothing was begun";
                        return Err(StoreError::caused(StoreErrorKind::Busy, text, error));
                    }
                },
            }
        }
    }
}

/// A visit that is not written is given up without harm, but not in silence.
async fn count_if_lost(visited: Reply, told: Arc<Seldom>) {
    if let Err(error) = visited.await {
        report::lost_visit(&told, &error);
    }
}

/// Waits for a write, until the deadline and not beyond it.
async fn wait(write: impl Future<Output = Result<(), StoreError>>, deadline: Instant, told: Arc<Seldom>) {
    match timeout_at(deadline, write).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) if error.kind() == StoreErrorKind::Busy => report::lost_event(&told, &error),
        // What failed is tried again; the store may be back in time for nothing but the count.
        Ok(Err(_)) => {
            sleep_until(deadline).await;
            report::late_event(&told);
        }
        Err(_) => report::late_event(&told),
    }
}

/// The rests between tries to move a record: powers of two of a millisecond, two minutes in all.
const FIRST_REST: u32 = 8;
const LAST_REST: u32 = 17;
