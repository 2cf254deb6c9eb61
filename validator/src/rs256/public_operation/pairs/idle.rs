//! What waits for its next use. Uses that overlap find nothing, and make their own.

#[cfg(not(target_family = "wasm"))]
pub(super) struct Idle<T>(std::sync::Mutex<Option<T>>);

/// There is one thread, and no standard library.
#[cfg(target_family = "wasm")]
pub(super) struct Idle<T>(core::cell::Cell<Option<T>>);

#[cfg(not(target_family = "wasm"))]
impl<T> Idle<T> {
    pub(super) fn nothing() -> Self {
        Self(std::sync::Mutex::new(None))
    }

    pub(super) fn take(&self) -> Option<T> {
        self.lock().take()
    }

    pub(super) fn put(&self, idle: T) {
        *self.lock() = Some(idle);
    }

    /// A panic elsewhere could not leave something here that is half done: it is put back whole or not at all.
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<T>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(target_family = "wasm")]
impl<T> Idle<T> {
    pub(super) fn nothing() -> Self {
        Self(core::cell::Cell::new(None))
    }

    pub(super) fn take(&self) -> Option<T> {
        self.0.take()
    }

    pub(super) fn put(&self, idle: T) {
        self.0.set(Some(idle));
    }
}
