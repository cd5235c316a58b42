//! The store of a policy, for the commands that work on it while nothing is served.

use std::sync::Arc;

use tower_rapport::{policy::Policy, store::Store};

use super::Failure;

/// Opens it, or makes it.
pub(super) fn store(policy: &Policy) -> Result<Arc<dyn Store>, Failure> {
    match &policy.store().kind {
        #[cfg(feature = "embedded")]
        tower_rapport::policy::StoreKind::Embedded { path } => {
            let closed = |cause| Failure::caused(format!("the store `{}` cannot be opened", path.display()), cause);
            Ok(Arc::new(tower_rapport::store::Embedded::open(path).map_err(closed)?))
        }
        #[cfg(feature = "redis")]
        tower_rapport::policy::StoreKind::Redis { .. } => {
            let closed = |cause| Failure::caused("the store in redis cannot be opened", cause);
            let settings = policy.redis().ok_or_else(|| Failure::new("the policy names no redis"))?;
            Ok(Arc::new(tower_rapport::store::Redis::open(settings).map_err(closed)?))
        }
        _ => Err(Failure::new(
            "the policy keeps relationships in memory, which are gone when a command ends; \
             name a file: `[store] embedded = { path = \"rapport.redb\" }`",
        )),
    }
}

/// Opens it if it is there: whoever only asks makes none.
pub(super) fn existing(policy: &Policy) -> Result<Arc<dyn Store>, Failure> {
    #[cfg(feature = "embedded")]
    if let tower_rapport::policy::StoreKind::Embedded { path } = &policy.store().kind
        && !path.exists()
    {
        return Err(Failure::new(format!(
            "the store `{}` is not there, so nothing is known of anybody",
            path.display()
        )));
    }
    store(policy)
}
