//! The setting in force, which a reload swaps whole or not at all.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use tower::BoxError;

use crate::{clock::Clock, policy::Policy, setting::Setting};

/// What is in force now. Clones are one.
///
/// Whoever takes the setting for a request has it until that request's end, whatever comes into force meanwhile.
#[derive(Clone)]
pub(crate) struct Current(Arc<InForce>);

struct InForce {
    setting: ArcSwap<Setting>,
    /// Two reloads at once are done one after the other.
    reloading: Mutex<()>,
}

impl Current {
    pub(crate) fn new(setting: Setting) -> Self {
        Self(Arc::new(InForce { setting: ArcSwap::from_pointee(setting), reloading: Mutex::default() }))
    }

    pub(crate) fn get(&self) -> Arc<Setting> {
        self.0.setting.load_full()
    }

    pub(crate) fn set_clock(&self, clock: Arc<dyn Clock>) {
        let _one_at_a_time = self.0.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.setting.store(Arc::new(Setting { clock, ..Arc::unwrap_or_clone(self.get()) }));
    }

    /// Puts another policy in force.
    ///
    /// # Errors
    ///
    /// It needs another store, or keys that cannot be followed. Then nothing is changed.
    pub(crate) fn reload(&self, policy: Policy) -> Result<(), BoxError> {
        let _one_at_a_time = self.0.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let next = self.get().reloaded(policy)?;
        self.0.setting.store(Arc::new(next));
        Ok(())
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current").field("policy", &self.get().policy.fingerprint()).finish_non_exhaustive()
    }
}
