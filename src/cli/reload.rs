//! A policy file that is changed while it is served: read, checked and put in force whole, or not at all. And a certificate that is
//! renewed, whatever becomes of the policy.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use blake3::Hash;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{
    sync::mpsc,
    task::{JoinError, spawn_blocking},
    time::sleep,
};
use tower_rapport::{
    RapportLayer,
    policy::{Diagnostics, Policy, ServeSettings, TlsSettings},
};

use super::tls::{self, Shown};

/// What stands in files, as far as they can be read.
pub(super) type Contents = BTreeMap<PathBuf, Option<Hash>>;

/// Puts the policy in force again, and shows the certificate again, whenever one of their files changes or the process is sent
/// `SIGHUP`; never ends. `in_force` is what stood in some of the files when they were read last.
pub(super) async fn follow(layer: RapportLayer, shown: Option<Arc<Shown>>, config: PathBuf, mut in_force: Contents) {
    let (tell, mut changes) = mpsc::channel(1);
    // Since then it may have changed while nobody watched.
    let _there_is_room = tell.try_send(());
    let mut watching = Watching::new(tell);
    let known = followed(&layer.policy());
    watching.watch(&known);
    // What the others said when they were read is not known any more.
    for file in known {
        in_force.entry(file).or_insert(None);
    }
    let (mut asked, mut is_refused) = (Asked::new(), false);
    loop {
        let is_asked = tokio::select! {
            () = asked.next() => true,
            Some(()) = changes.recv() => {
                // Whoever writes a file rarely does it at once.
                sleep(A_MOMENT).await;
                while changes.try_recv().is_ok() {}
                // The folders have other files, too.
                if contents(in_force.keys()) == in_force {
                    continue;
                }
                false
            }
        };
        let (before, served) = (std::mem::take(&mut in_force), layer.policy());
        in_force = contents(before.keys());
        let mut changed = in_force.iter().filter(|(file, content)| before.get(*file) != Some(*content));
        let is_certificate = changed.all(|(file, _)| of_tls(served.serve()).any(|of_tls| of_tls == file));
        // It may go on from others now; also where it is refused, for then one of them is mended next. They are watched, and it is
        // noted what they say, before they are read, so that no change is missed.
        let files = files(&config).await;
        watching.watch(&files);
        for (file, content) in contents(&files) {
            in_force.entry(file).or_insert(content);
        }
        // A certificate alone leaves the policy as it is, unless one waits that could not be put in force before.
        if is_asked || is_refused || !is_certificate {
            is_refused = !reload(&layer, &config).await;
        }
        if let (Some(shown), Some(tls)) = (&shown, &layer.policy().serve().tls) {
            renew(shown, tls);
        }
    }
}

/// What stands in files.
pub(super) fn contents(files: impl IntoIterator<Item = impl AsRef<Path>>) -> Contents {
    let content = |file: &Path| fs::read(file).ok().map(|content| blake3::hash(&content));
    files.into_iter().map(|file| (file.as_ref().to_owned(), content(file.as_ref()))).collect()
}

/// Tells of whatever happens in the folders of files: editors, and those who mount configurations, put another file in the
/// place of one.
struct Watching(notify::Result<RecommendedWatcher>);

impl Watching {
    fn new(tell: mpsc::Sender<()>) -> Self {
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.map_or(true, |event| !event.kind.is_access()) {
                // One that waits already stands for all.
                let _waits_already = tell.try_send(());
            }
        });
        Self(watcher)
    }

    fn watch(&mut self, files: &[PathBuf]) {
        for file in files {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            // Again, too, since another folder may have its name by now.
            let watched = match &mut self.0 {
                Ok(watcher) => watcher.watch(folder, RecursiveMode::NonRecursive).map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            if let Err(error) = watched {
                let file = file.display().to_string();
                tracing::warn!(error, file, "changes of this file cannot be seen; send `SIGHUP` after one");
            }
        }
    }
}

/// The files that are followed: the policy's own, its certificate's and that of the key.
fn followed(policy: &Policy) -> Vec<PathBuf> {
    policy.files().iter().chain(of_tls(policy.serve())).cloned().collect()
}

/// The same of the policy that is written now.
async fn files(config: &Path) -> Vec<PathBuf> {
    match read(config).await {
        Ok(Ok(policy)) => followed(&policy),
        Ok(Err(errors)) => errors.files(),
        Err(_) => Vec::new(),
    }
}

/// The files of the certificate and its key.
pub(super) fn of_tls(serve: &ServeSettings) -> impl Iterator<Item = &PathBuf> {
    serve.tls.iter().flat_map(|tls| [&tls.certificate].into_iter().chain(&tls.key_file))
}

/// Reads the policy and puts it in force, if that can be; whether it was.
async fn reload(layer: &RapportLayer, config: &Path) -> bool {
    match read(config).await {
        Ok(Ok(policy)) => put_in_force(layer, policy),
        Ok(Err(errors)) => refused(&format!("\n{}", errors.render(false))),
        Err(error) => refused(&error.to_string()),
    }
}

async fn read(config: &Path) -> Result<Result<Policy, Diagnostics>, JoinError> {
    let file = config.to_owned();
    spawn_blocking(move || Policy::from_file(&file)).await
}

fn put_in_force(layer: &RapportLayer, policy: Policy) -> bool {
    let keys = changed(layer.policy().serve(), policy.serve());
    if !keys.is_empty() {
        let keys = keys.join("`, `");
        return refused(&format!("its `[serve]` is another one (`{keys}`), which holds for a process that starts"));
    }
    if layer.policy().report().metrics != policy.report().metrics {
        return refused("its `report.metrics` is another one, which holds for a process that starts");
    }
    if layer.policy().portal().path != policy.portal().path {
        return refused("its `portal.path` is another one, which holds for a process that starts");
    }
    let fingerprint = policy.fingerprint().to_owned();
    match layer.reload(policy) {
        Ok(()) => {
            tracing::info!(policy = fingerprint, "the policy is reloaded");
            true
        }
        Err(error) => refused(&error.to_string()),
    }
}

/// Shows the certificate that stands in its file now, if it can be shown.
fn renew(shown: &Shown, tls: &TlsSettings) {
    match tls::certificate(tls).map(|certificate| shown.show(certificate)) {
        Ok(true) => tracing::info!("another certificate is shown to those who connect from now on"),
        Ok(false) => {}
        Err(failure) => tracing::error!("the certificate is not renewed, the one before is still shown: {failure}"),
    }
}

/// Which keys say that they serve in another way, but perhaps with another certificate.
fn changed(now: &ServeSettings, next: &ServeSettings) -> Vec<&'static str> {
    [
        ("upstream_timeout", now.upstream_timeout != next.upstream_timeout),
        ("header_timeout", now.header_timeout != next.header_timeout),
        ("max_connections", now.max_connections != next.max_connections),
        ("tls", now.tls.is_some() != next.tls.is_some()),
    ]
    .into_iter()
    .filter_map(|(key, differs)| differs.then_some(key))
    .collect()
}

fn refused(why: &str) -> bool {
    tracing::error!("the policy is not reloaded, the one before stays in force: {why}");
    false
}

/// The wish that the file be read again: `SIGHUP`.
#[cfg(unix)]
struct Asked(io::Result<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Asked {
    fn new() -> Self {
        Self(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()))
    }

    async fn next(&mut self) {
        match &mut self.0 {
            Ok(signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
struct Asked;

#[cfg(not(unix))]
impl Asked {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        std::future::pending().await
    }
}

const A_MOMENT: Duration = Duration::from_millis(200);
