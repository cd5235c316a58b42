//! A policy file that is changed while it is served: read, checked and put in force whole, or not at all.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{
    sync::mpsc,
    task::{JoinError, spawn_blocking},
    time::sleep,
};
use tower_rapport::{
    RapportLayer,
    policy::{Diagnostics, Policy},
};

/// Puts the policy in force again whenever one of its files changes or the process is sent `SIGHUP`; never ends. `written` is what
/// its own file said when it was read last.
pub(super) async fn follow(layer: RapportLayer, config: PathBuf, written: Option<Vec<u8>>) {
    let (tell, mut changes) = mpsc::channel(1);
    // Since then it may have changed while nobody watched.
    let _there_is_room = tell.try_send(());
    let mut watching = Watching::new(tell);
    watching.watch(layer.policy().files());
    // What the others said when they were read is not known any more.
    let mut in_force: BTreeMap<_, _> = layer.policy().files().iter().map(|file| (file.clone(), None)).collect();
    in_force.insert(config.clone(), written);
    let mut asked = Asked::new();
    loop {
        tokio::select! {
            () = asked.next() => {}
            Some(()) = changes.recv() => {
                // Whoever writes a file rarely does it at once.
                sleep(A_MOMENT).await;
                while changes.try_recv().is_ok() {}
                // The folders have other files, too.
                if contents(in_force.keys()) == in_force {
                    continue;
                }
            }
        }
        in_force = contents(in_force.keys());
        // It may go on from others now; also where it is refused, for then one of them is mended next. They are watched, and it is
        // noted what they say, before they are read, so that no change is missed.
        let files = files(&config).await;
        watching.watch(&files);
        for (file, content) in contents(&files) {
            in_force.entry(file).or_insert(content);
        }
        reload(&layer, &config).await;
    }
}

/// What stands in files.
fn contents(files: impl IntoIterator<Item = impl AsRef<Path>>) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    files.into_iter().map(|file| (file.as_ref().to_owned(), fs::read(file).ok())).collect()
}

/// Tells of whatever happens in the folders of files: editors, and those who mount configurations, put another file in the
/// place of one.
struct Watching {
    watcher: notify::Result<RecommendedWatcher>,
    folders: BTreeSet<PathBuf>,
}

impl Watching {
    fn new(tell: mpsc::Sender<()>) -> Self {
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.map_or(true, |event| !event.kind.is_access()) {
                // One that waits already stands for all.
                let _waits_already = tell.try_send(());
            }
        });
        Self { watcher, folders: BTreeSet::new() }
    }

    fn watch(&mut self, files: &[PathBuf]) {
        for file in files {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if !self.folders.insert(folder.to_owned()) {
                continue;
            }
            let watched = match &mut self.watcher {
                Ok(watcher) => watcher.watch(folder, RecursiveMode::NonRecursive).map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            if let Err(error) = watched {
                let file = file.display().to_string();
                tracing::warn!(error, file, "changes of the policy file cannot be seen; send `SIGHUP` after one");
            }
        }
    }
}

/// The files that the policy is read from.
async fn files(config: &Path) -> Vec<PathBuf> {
    match read(config).await {
        Ok(Ok(policy)) => policy.files().to_vec(),
        Ok(Err(errors)) => errors.files(),
        Err(_) => Vec::new(),
    }
}

/// Reads the policy and puts it in force, if that can be.
async fn reload(layer: &RapportLayer, config: &Path) {
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

fn put_in_force(layer: &RapportLayer, policy: Policy) {
    if layer.policy().serve() != policy.serve() {
        return refused("its `[serve]` is another one, which holds for a process that starts");
    }
    if layer.policy().report().metrics != policy.report().metrics {
        return refused("its `report.metrics` is another one, which holds for a process that starts");
    }
    if layer.policy().portal().path != policy.portal().path {
        return refused("its `portal.path` is another one, which holds for a process that starts");
    }
    let fingerprint = policy.fingerprint().to_owned();
    match layer.reload(policy) {
        Ok(()) => tracing::info!(policy = fingerprint, "the policy is reloaded"),
        Err(error) => refused(&error.to_string()),
    }
}

fn refused(why: &str) {
    tracing::error!("the policy is not reloaded, the one before stays in force: {why}");
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
