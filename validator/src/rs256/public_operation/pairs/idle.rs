//! What waits for its next use. Uses that overlap find nothing, and make their own.

#[cfg(not(target_family = "wasm"))]
pub(super) use threads::Idle;
#[cfg(target_family = "wasm")]
pub(super) use wasm::Idle;

#[cfg(not(target_family = "wasm"))]
mod threads {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    pub(crate) struct Idle<T>(Mutex<Option<T>>);

    impl<T> Idle<T> {
        pub(crate) fn nothing() -> Self {
            Self(Mutex::new(None))
        }

        pub(crate) fn take(&self) -> Option<T> {
            self.lock().take()
        }

        pub(crate) fn put(&self, idle: T) {
            *self.lock() = Some(idle);
        }

        /// A panic elsewhere could not leave something here that is half done: it is put back whole or not at all.
        fn lock(&self) -> MutexGuard<'_, Option<T>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_was_put_is_taken_once() {
            let idle = Idle::nothing();
            assert_eq!(idle.take(), None);
            idle.put(7);
            assert_eq!((idle.take(), idle.take()), (Some(7), None));
        }
    }
}

/// There is one thread, and no standard library.
#[cfg(target_family = "wasm")]
mod wasm {
    use core::cell::Cell;

    pub(crate) struct Idle<T>(Cell<Option<T>>);

    impl<T> Idle<T> {
        pub(crate) fn nothing() -> Self {
            Self(Cell::new(None))
        }

        pub(crate) fn take(&self) -> Option<T> {
            self.0.take()
        }

        pub(crate) fn put(&self, idle: T) {
            self.0.set(Some(idle));
        }
    }
}
