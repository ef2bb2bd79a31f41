use crate::embeddings::Embeddings;
use crate::error::Error;
use crate::sys;
use std::ffi::c_void;
use std::fmt;
use std::future::Future;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

type Outcome = Result<Embeddings, Error>;

/// A call that runs: a plain [`Future`] for any executor. The call has begun when this is made; dropping it cancels the call.
#[must_use = "dropping it cancels the call"]
pub struct EmbedFuture {
    call: u64,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared(Mutex<State>);

#[derive(Default)]
struct State {
    outcome: Option<Outcome>,
    waker: Option<Waker>,
    taken: bool,
}

impl EmbedFuture {
    /// Begins a call.
    pub(crate) fn begin(bridge: u64, request: *const sys::Request) -> Result<EmbedFuture, Error> {
        let shared = Arc::new(Shared::default());
        let data = Arc::into_raw(Arc::clone(&shared));
        let mut call = 0;
        // SAFETY: the request is whole for as long as this takes; the callback gives the reference back, once.
        let begun = Error::check(|error| unsafe { sys::akidb_bridge_embed_async(bridge, request, ended, data as *mut c_void, &mut call, error) });
        if let Err(error) = begun {
            // SAFETY: nobody will call back.
            drop(unsafe { Arc::from_raw(data) });
            return Err(error);
        }
        Ok(EmbedFuture { call, shared })
    }

    /// A call that has failed before it began.
    pub(crate) fn failed(error: Error) -> EmbedFuture {
        EmbedFuture { call: 0, shared: Arc::new(Shared(Mutex::new(State { outcome: Some(Err(error)), ..State::default() }))) }
    }
}

impl Future for EmbedFuture {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let mut state = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(!state.taken, "polled again after it has answered");
        match state.outcome.take() {
            Some(outcome) => {
                state.taken = true;
                Poll::Ready(outcome)
            }
            None => {
                match &mut state.waker {
                    Some(waker) => waker.clone_from(context.waker()),
                    none => *none = Some(context.waker().clone()),
                }
                Poll::Pending
            }
        }
    }
}

impl Drop for EmbedFuture {
    fn drop(&mut self) {
        // SAFETY: a call that has ended already is an error that says so, and nothing else.
        unsafe { sys::akidb_bridge_cancel(self.call) };
    }
}

impl fmt::Debug for EmbedFuture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EmbedFuture").finish_non_exhaustive()
    }
}

extern "C" fn ended(data: *mut c_void, status: i32, result: u64, error: *const sys::Error) {
    // Nothing may unwind into the library.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: it is the reference that begin gave away, and this is the only call.
        let shared = unsafe { Arc::from_raw(data.cast::<Shared>().cast_const()) };
        let outcome = match status {
            sys::OK => Ok(Embeddings::own(result)),
            // SAFETY: the library's own error.
            _ => Err(unsafe { Error::of_callback(status, error) }),
        };
        let waker = {
            let mut state = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.outcome = Some(outcome);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }));
}
