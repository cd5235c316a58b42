//! The store of a policy, for the commands that work on it while nothing is served.

use std::sync::Arc;

use tower_rapport::{
    policy::{Policy, StoreKind},
    store::Store,
};

use super::Failure;

/// Opens it, or makes it.
pub(super) fn store(policy: &Policy) -> Result<Arc<dyn Store>, Failure> {
    if matches!(policy.store().kind, StoreKind::Memory) {
        return Err(Failure::new(
            "the policy keeps relationships in memory, which are gone when a command ends; \
             name a file: `[store] embedded = { path = \"rapport.redb\" }`",
        ));
    }
    policy.open_store().map_err(|cause| Failure::caused("the store cannot be opened", cause))
}

/// Opens it if it is there: whoever only asks makes none.
pub(super) fn existing(policy: &Policy) -> Result<Arc<dyn Store>, Failure> {
    #[cfg(feature = "embedded")]
    if let StoreKind::Embedded { path } = &policy.store().kind
        && !path.exists()
    {
        let text = format!(
            "the store `{}` is not there, so nothing is known of anybody; `serve` and `import` make it, and the path is relative \
             to the policy's folder",
            path.display()
        );
        return Err(Failure::new(text));
    }
    store(policy)
}
