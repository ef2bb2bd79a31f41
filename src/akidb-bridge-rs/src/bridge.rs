use crate::builder::{Builder, Log, LogLevel};
use crate::embeddings::Embeddings;
use crate::error::{Error, ErrorKind};
use crate::future::EmbedFuture;
use crate::request::{terminated, with_texts, Request};
use crate::sys;
use std::ffi::{c_char, c_void, CStr};
use std::fmt;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::time::Duration;

/// How well a model is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelState {
    /// No engine of it answers now.
    Unavailable,
    /// One engine answers, and another does not.
    Degraded,
    /// Every engine answers.
    Ready,
    /// It cannot be served.
    Failed,
}

/// What a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// The components of its vectors, where a request does not say otherwise; 0 while a further model is being read.
    pub dimensions: usize,
    /// The tokens that it takes of one text, special tokens included; 0 while a further model is being read.
    pub max_tokens: usize,
    /// How well it is served.
    pub state: ModelState,
}

/// Turns texts into vectors, in this process. Dropping it ends its workers.
///
/// Any thread may call, any number at once. Several bridges may exist.
pub struct Bridge {
    handle: u64,
    // Boxed twice: the library is given one thin pointer. Freed after the bridge, which calls it.
    _log: Option<Box<Log>>,
}

impl Bridge {
    /// Begins to configure one.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn start(json: &str, log: Option<Log>) -> Result<Bridge, Error> {
        let json = terminated(json)?;
        let log = log.map(Box::new);
        let (callback, data) = match &log {
            Some(log) => (Some(write_log as sys::LogCallback), std::ptr::from_ref::<Log>(log).cast_mut().cast::<c_void>()),
            None => (None, std::ptr::null_mut()),
        };
        let mut handle = 0;
        // SAFETY: the log lives until the bridge is destroyed.
        Error::check(|error| unsafe { sys::akidb_bridge_create(json.as_ptr(), callback, data, &mut handle, error) })?;
        Ok(Bridge { handle, _log: log })
    }

    /// Embeds texts, at least one; blocks until the answer is there.
    ///
    /// ```
    /// # use akidb_bridge::{Bridge, Provider};
    /// # fn main() -> Result<(), akidb_bridge::Error> {
    /// let bridge = Bridge::builder().provider(Provider::Onnx).build()?;
    /// let embeddings = bridge.embed(&["Hello, world", "Good morning"])?;
    /// for row in embeddings.rows() {
    ///     assert_eq!(row.len(), 384);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Every kind: see [`ErrorKind`].
    pub fn embed(&self, texts: &[&str]) -> Result<Embeddings, Error> {
        with_texts(texts, |request| self.embed_native(request))
    }

    /// The same with options.
    ///
    /// # Errors
    ///
    /// Every kind: see [`ErrorKind`].
    pub fn embed_with(&self, request: &Request) -> Result<Embeddings, Error> {
        request.with_native(|request| self.embed_native(request))
    }

    /// Embeds texts and writes the vectors one behind the other into a slice.
    ///
    /// ```
    /// # use akidb_bridge::{Bridge, Provider};
    /// # fn main() -> Result<(), akidb_bridge::Error> {
    /// # let bridge = Bridge::builder().provider(Provider::Onnx).build()?;
    /// let mut vectors = vec![0.0; 2 * bridge.model(None)?.dimensions];
    /// assert_eq!(bridge.embed_into(&["one", "two"], &mut vectors)?, vectors.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BufferTooSmall`], and every other kind.
    pub fn embed_into(&self, texts: &[&str], values: &mut [f32]) -> Result<usize, Error> {
        with_texts(texts, |request| {
            let mut written = 0;
            // SAFETY: the slice has as much room as it says.
            Error::check(|error| unsafe {
                sys::akidb_bridge_embed_into(self.handle, request, values.as_mut_ptr(), values.len(), &mut written, std::ptr::null_mut(), error)
            })?;
            Ok(written)
        })
    }

    /// Begins to embed texts. The future needs no runtime, borrows nothing, and cancels the call when it is dropped.
    ///
    /// ```
    /// # use akidb_bridge::{Bridge, Error};
    /// async fn first_component(bridge: &Bridge) -> Result<f32, Error> {
    ///     Ok(bridge.embed_async(&["Hello, world"]).await?.row(0)[0])
    /// }
    /// ```
    pub fn embed_async(&self, texts: &[&str]) -> EmbedFuture {
        with_texts(texts, |request| EmbedFuture::begin(self.handle, request)).unwrap_or_else(EmbedFuture::failed)
    }

    /// The same with options.
    pub fn embed_async_with(&self, request: &Request) -> EmbedFuture {
        request.with_native(|request| EmbedFuture::begin(self.handle, request)).unwrap_or_else(EmbedFuture::failed)
    }

    /// What a model is, by any of its names; `None` is the default one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownModel`]
    pub fn model(&self, name: Option<&str>) -> Result<ModelInfo, Error> {
        let name = name.map(terminated).transpose()?;
        let mut info = sys::ModelInfo { struct_size: std::mem::size_of::<sys::ModelInfo>(), dimensions: 0, max_tokens: 0, state: 0, reserved: 0 };
        let pointer = name.as_ref().map_or(std::ptr::null(), |name| name.as_ptr());
        // SAFETY: the name and the struct live as long as the call.
        Error::check(|error| unsafe { sys::akidb_bridge_model(self.handle, pointer, &mut info, error) })?;
        let state = match info.state {
            1 => ModelState::Degraded,
            2 => ModelState::Ready,
            3 => ModelState::Failed,
            _ => ModelState::Unavailable,
        };
        Ok(ModelInfo { dimensions: info.dimensions, max_tokens: info.max_tokens, state })
    }

    /// Every model as JSON, as `GET /api/v1/models` of the bridge's own server answers.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Internal`]
    pub fn models_json(&self) -> Result<String, Error> {
        self.describe(sys::akidb_bridge_models)
    }

    /// Every engine and worker as JSON, as `GET /api/v1/status` answers.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Internal`]
    pub fn status_json(&self) -> Result<String, Error> {
        self.describe(sys::akidb_bridge_status)
    }

    /// Whether requests can be answered, by whom, and why not, as `GET /readyz` answers.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Internal`]
    pub fn health_json(&self) -> Result<String, Error> {
        self.describe(sys::akidb_bridge_health)
    }

    /// Takes no more calls, and blocks until those that run have ended; at most as long as `timeout` says.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DeadlineExceeded`]: some still run.
    pub fn drain(&self, timeout: Option<Duration>) -> Result<(), Error> {
        let timeout = timeout.map_or(-1, |timeout| i64::try_from(timeout.as_millis()).unwrap_or(-1));
        // SAFETY: a plain call.
        Error::check(|error| unsafe { sys::akidb_bridge_drain(self.handle, timeout, error) })
    }

    /// The version of the library, such as `0.1.0`.
    pub fn version() -> &'static str {
        // SAFETY: a text that is never freed.
        unsafe { CStr::from_ptr(sys::akidb_bridge_version()) }.to_str().unwrap_or_default()
    }

    fn embed_native(&self, request: *const sys::Request) -> Result<Embeddings, Error> {
        let mut result = 0;
        // SAFETY: the request is whole for as long as the call takes.
        Error::check(|error| unsafe { sys::akidb_bridge_embed(self.handle, request, &mut result, error) })?;
        Ok(Embeddings::own(result))
    }

    fn describe(&self, function: sys::Describe) -> Result<String, Error> {
        let (mut text, mut data) = (0, std::ptr::null());
        // SAFETY: plain calls; the text is copied before it is released.
        unsafe {
            Error::check(|error| function(self.handle, &mut text, error))?;
            sys::akidb_bridge_text_view(text, &mut data, std::ptr::null_mut());
            let result = CStr::from_ptr(data).to_string_lossy().into_owned();
            sys::akidb_bridge_release(text);
            Ok(result)
        }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        // SAFETY: nobody else has the handle. Blocks until no call, no callback and no worker is left.
        let ended = Error::check(|error| unsafe { sys::akidb_bridge_destroy(self.handle, error) });
        if matches!(&ended, Err(error) if error.kind() == ErrorKind::WrongThread) {
            // Dropped by its own log: the log must outlive the call that is running.
            std::mem::forget(self._log.take());
        }
    }
}

impl fmt::Debug for Bridge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Bridge").field("handle", &self.handle).finish_non_exhaustive()
    }
}

extern "C" fn write_log(data: *mut c_void, level: i32, category: *const c_char, message: *const c_char) {
    // Nothing may unwind into the library.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the log lives until the bridge is destroyed; the texts live during the call.
        let (log, category, message) = unsafe { (&*data.cast::<Log>(), CStr::from_ptr(category), CStr::from_ptr(message)) };
        log(LogLevel::of(level), &category.to_string_lossy(), &message.to_string_lossy());
    }));
}
