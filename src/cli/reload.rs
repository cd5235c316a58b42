//! A policy file that is changed while it is served: read, checked and put in force whole, or not at all.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{sync::mpsc, task::spawn_blocking, time::sleep};
use tower_rapport::{RapportLayer, policy::Policy};

/// Puts the policy in force again whenever its file changes or the process is sent `SIGHUP`; never ends. `in_force` is what the
/// file said when it was read last.
pub(super) async fn follow(layer: RapportLayer, config: PathBuf, mut in_force: Option<Vec<u8>>) {
    let (tell, mut changes) = mpsc::channel(1);
    // Since then it may have changed while nobody watched.
    let _there_is_room = tell.try_send(());
    let watched = watch(&config, tell);
    if let Err(error) = &watched {
        tracing::warn!(%error, "changes of the policy file cannot be seen; send `SIGHUP` after one");
    }
    let mut asked = Asked::new();
    loop {
        tokio::select! {
            () = asked.next() => {}
            Some(()) = changes.recv() => {
                // Whoever writes a file rarely does it at once.
                sleep(A_MOMENT).await;
                while changes.try_recv().is_ok() {}
                // The folder has other files, too.
                if fs::read(&config).ok() == in_force {
                    continue;
                }
            }
        }
        in_force = fs::read(&config).ok();
        reload(&layer, &config).await;
    }
}

/// Tells of whatever happens in the folder of a file: editors, and those who mount configurations, put another file in its
/// place.
fn watch(config: &Path, tell: mpsc::Sender<()>) -> notify::Result<RecommendedWatcher> {
    let folder = config.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.map_or(true, |event| !event.kind.is_access()) {
            // One that waits already stands for all.
            let _waits_already = tell.try_send(());
        }
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

async fn reload(layer: &RapportLayer, config: &Path) {
    let file = config.to_owned();
    let read = spawn_blocking(move || Policy::from_file(&file).map_err(|errors| errors.render(false))).await;
    let policy = match read {
        Ok(Ok(policy)) => policy,
        Ok(Err(errors)) => return refused(&format!("\n{errors}")),
        Err(error) => return refused(&error.to_string()),
    };
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
