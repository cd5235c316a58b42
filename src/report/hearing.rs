//! Whether the store that others write to is heard.

use metrics::{counter, gauge};
use tokio::{runtime::Handle, sync::watch};

/// Keeps `rapport_store_heard` at 1 while the store is heard and at 0 while it is not, and counts how often it fell silent
/// (`rapport_store_silences_total`), as long as somebody listens. Outside a tokio runtime nothing is counted.
pub(crate) fn follow(mut heard: watch::Receiver<bool>) {
    let Ok(runtime) = Handle::try_current() else { return };
    runtime.spawn(async move {
        let mut was = false;
        loop {
            let is = *heard.borrow_and_update();
            gauge!("rapport_store_heard").set(f64::from(u8::from(is)));
            if was && !is {
                counter!("rapport_store_silences_total").increment(1);
            }
            was = is;
            if heard.changed().await.is_err() {
                return;
            }
        }
    });
}
