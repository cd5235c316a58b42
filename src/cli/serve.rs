//! `rapport serve`: the layer in front of a service in any language.

use std::{
    cell::Cell,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use clap::Args;
use hyper::body::Incoming;
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};
use tower::Layer;
use tower_rapport::{RapportLayer, RequestBody, policy::Policy, store::StoreError};

use super::{
    Failure,
    address::not_listening,
    attended::Attended,
    descriptors,
    health::Health,
    listener::{self, Limits},
    log, metrics, policy,
    proxy::{Proxy, Upstream, UpstreamError},
    reload, runtime,
    tls::{self, Shown},
};

/// What `serve` is told.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// The policy
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The service behind: `http://host:port` or `https://host:port`
    #[arg(long, value_name = "URL")]
    upstream: String,
    /// Where to listen: `host:port`
    #[arg(long, value_name = "ADDRESS")]
    listen: String,
}

impl Serve {
    /// Serves until told to stop.
    pub(crate) fn run(self) -> Result<(), Failure> {
        log();
        let upstream: Upstream =
            self.upstream.parse().map_err(|problem: UpstreamError| Failure::new(problem.to_string()))?;
        runtime()?.block_on(self.serve(upstream))
    }

    async fn serve(self, upstream: Upstream) -> Result<(), Failure> {
        // Before they are read: what is changed from now on is another one.
        let mut in_force = reload::contents([&self.config]);
        let policy = policy(&self.config)?;
        let set = policy.serve();
        let room = descriptors::room_for(set.max_connections);
        let limits = Limits { header_timeout: set.header_timeout, stalled: STALLED, room };
        in_force.extend(reload::contents(reload::of_tls(set)));
        let certificate = set.tls.as_ref().map(tls::certificate).transpose()?;
        let shown = certificate.map(|certificate| Arc::new(Shown::new(certificate)));
        let tls = shown.clone().map(tls::acceptor).transpose()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let proxy = Proxy::<RequestBody<Attended<Incoming>>>::new(upstream.clone(), set.upstream_timeout);
        let proxy = proxy.map_err(|cause| Failure::caused("TLS to the service cannot be set up", cause))?;
        if let Some(address) = policy.report().metrics {
            metrics::serve(address)?;
        }
        let layer = open(policy)?;
        heard(&layer).await;
        let stopping = Arc::new(AtomicBool::new(false));
        let app =
            Health::new(layer.layer(proxy), &layer.policy().portal().path, upstream.clone(), Arc::clone(&stopping));

        let taken = |cause| not_listening("--listen", &self.listen, cause);
        let mut signals = Signals::new()?;
        let listener = TcpListener::bind(&self.listen).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        if upstream.is_at(address) {
            return Err(Failure::new(format!(
                "--upstream: `{upstream}` is where `rapport serve` itself listens (`--listen {}`), so every request would come \
                 back to it; name where the service listens, or another port to listen on",
                self.listen
            )));
        }
        tracing::info!("listening on {scheme}://{address}");
        tokio::spawn(looked_for(upstream));
        let following = tokio::spawn(reload::follow(layer.clone(), shown, self.config, in_force));
        let stop = async || {
            signals.next().await;
            following.abort();
            stopping.store(true, Ordering::Relaxed);
        };
        listener::serve(listener, tls, app, limits, stop).await;
        let unwritten = Cell::new(0);
        // A store that hangs, or is away for long, must not keep the process for ever.
        let why = tokio::select! {
            () = written(&layer, &unwritten) => return Ok(()),
            () = sleep(FLUSH_WITHIN) => "the store takes too long",
            () = signals.next() => "told to stop again",
        };
        match unwritten.get() {
            0 => tracing::error!("{why}: what was still being written may be lost"),
            changes => tracing::error!(changes, "{why}: these changes are lost"),
        }
        Ok(())
    }
}

/// Tries the last writes until all are done: a store that is being started anew is back in a moment.
async fn written(layer: &RapportLayer, unwritten: &Cell<usize>) {
    loop {
        unwritten.set(layer.flush().await);
        if unwritten.get() == 0 {
            return;
        }
        sleep(FLUSHED_EVERY).await;
    }
}

/// The layer, with its store. Repairing a store after a crash may take a while; nobody is served before.
fn open(policy: Policy) -> Result<RapportLayer, Failure> {
    RapportLayer::open(policy).map_err(|cause| {
        let what = if cause.is::<StoreError>() { "store cannot be opened" } else { "layer cannot be set up" };
        Failure::caused(format!("the {what}"), cause)
    })
}

/// Says at the start that the service is not there, and then that it is. It may come later, and customers may not. One that is
/// started together with this process has a moment before anything is said.
async fn looked_for(upstream: Upstream) {
    let mut missed = 0_u32;
    while !upstream.is_reached().await {
        missed = missed.saturating_add(1);
        if missed == MISSED {
            let remedy = "start it, or name with `--upstream` where it listens; until then every answer is a 502";
            tracing::warn!(%upstream, remedy, "the service is not reached yet");
        }
        sleep(LOOKED_EVERY).await;
    }
    if missed >= MISSED {
        tracing::info!(%upstream, "the service is reached now");
    }
}

/// Waits a little until a store that others write to is heard, so that the first to ask is no stranger for that. If it is not
/// there, everybody is one until it is.
async fn heard(layer: &RapportLayer) {
    if let Some(hearing) = layer.relationships().hearing()
        && timeout(HEARD_WITHIN, hearing.wait()).await.is_err()
    {
        tracing::warn!("the store is not heard yet: every customer is a stranger until it is");
    }
}

/// The wish that the process end: `SIGTERM` of whoever runs it, `SIGINT` of the keyboard.
#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 2]);

#[cfg(unix)]
impl Signals {
    /// From here on, the signals do not end the process by themselves.
    fn new() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let deaf = |cause| Failure::caused("signals cannot be heard", cause);
        Ok(Self([signal(SignalKind::terminate()).map_err(deaf)?, signal(SignalKind::interrupt()).map_err(deaf)?]))
    }

    async fn next(&mut self) {
        let [terminate, interrupt] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self, Failure> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _deaf = tokio::signal::ctrl_c().await;
    }
}

/// Longer than anybody's line is silent who still wants the answer.
const STALLED: Duration = Duration::from_secs(60);

/// How long the first request may wait for the store.
const HEARD_WITHIN: Duration = Duration::from_secs(2);

/// How often the service is looked for until it is there, and at which miss it is said that it is not.
const LOOKED_EVERY: Duration = Duration::from_secs(1);
const MISSED: u32 = 2;

/// How long the last writes may take.
const FLUSH_WITHIN: Duration = Duration::from_secs(10);

/// How long after a try that failed they are tried again.
const FLUSHED_EVERY: Duration = Duration::from_millis(250);
