use crate::error::{Error, ErrorKind};
use crate::sys;
use std::ffi::{c_char, CString};
use std::ptr;
use std::time::Duration;

/// Who may answer when the workers cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// The in-process engine, if it serves the same embedding space.
    SameSpace,
    /// Also the configured second model; the answer says so.
    Any,
    /// Nobody.
    Off,
}

/// The lane that a request waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Somebody waits for the answer.
    Interactive,
    /// Throughput matters, not the moment.
    Bulk,
}

/// What becomes of a text that is longer than the model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truncate {
    /// Its end is cut. The default.
    End,
    /// Its beginning is cut.
    Start,
    /// It is an error: [`ErrorKind::TooLong`].
    Never,
}

/// Texts to embed, and how. What is not set is the model's or the bridge's own way.
///
/// ```
/// use akidb_bridge::{Priority, Request};
/// let request = Request::new(["a text", "another"]).dimensions(128).priority(Priority::Bulk);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Request {
    texts: Vec<String>,
    model: Option<String>,
    prompt: Option<String>,
    prompt_name: Option<String>,
    pooling: Option<String>,
    space: Option<String>,
    caller: Option<String>,
    timeout: Option<Duration>,
    dimensions: Option<usize>,
    normalize: Option<bool>,
    truncate: Option<Truncate>,
    fallback: Option<Fallback>,
    priority: Option<Priority>,
}

impl Request {
    /// A request for these texts, at least one. An empty string is a valid text.
    pub fn new<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Request {
        Request { texts: texts.into_iter().map(Into::into).collect(), ..Request::default() }
    }

    /// The model, by any of its names.
    pub fn model(mut self, name: impl Into<String>) -> Request {
        self.model = Some(name.into());
        self
    }

    /// The text to put before each text; empty for none.
    pub fn prompt(mut self, prompt: impl Into<String>) -> Request {
        self.prompt = Some(prompt.into());
        self
    }

    /// One of the model's own prompts, by its name.
    pub fn prompt_name(mut self, name: impl Into<String>) -> Request {
        self.prompt_name = Some(name.into());
        self
    }

    /// The pooling, by its name; another than the model's own is an error.
    pub fn pooling(mut self, name: impl Into<String>) -> Request {
        self.pooling = Some(name.into());
        self
    }

    /// The embedding space that the answer must be in, as [`crate::Embeddings::space`] names it.
    pub fn space(mut self, space: impl Into<String>) -> Request {
        self.space = Some(space.into());
        self
    }

    /// For whom this is: callers take turns.
    pub fn caller(mut self, name: impl Into<String>) -> Request {
        self.caller = Some(name.into());
        self
    }

    /// How long the answer may take; zero is the bridge's own timeout.
    pub fn timeout(mut self, timeout: Duration) -> Request {
        self.timeout = Some(timeout);
        self
    }

    /// Only the first so many components of each vector.
    pub fn dimensions(mut self, dimensions: usize) -> Request {
        self.dimensions = Some(dimensions);
        self
    }

    /// Whether vectors are scaled to length 1.
    pub fn normalize(mut self, normalize: bool) -> Request {
        self.normalize = Some(normalize);
        self
    }

    /// What becomes of texts that are too long.
    pub fn truncate(mut self, truncate: Truncate) -> Request {
        self.truncate = Some(truncate);
        self
    }

    /// Who may answer when the workers cannot.
    pub fn fallback(mut self, fallback: Fallback) -> Request {
        self.fallback = Some(fallback);
        self
    }

    /// The lane that it waits in.
    pub fn priority(mut self, priority: Priority) -> Request {
        self.priority = Some(priority);
        self
    }

    /// Calls a function with this as the library takes it.
    pub(crate) fn with_native<T>(&self, call: impl FnOnce(*const sys::Request) -> Result<T, Error>) -> Result<T, Error> {
        let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        with_texts(&texts, |native| {
            let options = [&self.model, &self.prompt, &self.prompt_name, &self.pooling, &self.space, &self.caller];
            let held = options.map(|option| option.as_deref().map(terminated).transpose());
            let mut pointers = [ptr::null::<c_char>(); 6];
            for (pointer, text) in pointers.iter_mut().zip(&held) {
                match text {
                    Ok(Some(text)) => *pointer = text.as_ptr(),
                    Ok(None) => {}
                    Err(error) => return Err(error.clone()),
                }
            }
            [native.model, native.prompt, native.prompt_name, native.pooling, native.space, native.caller] = pointers;
            native.timeout_ms = self.timeout.map_or(0, |timeout| i64::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX / 10_000));
            native.dimensions = self.dimensions.map_or(0, |dimensions| i32::try_from(dimensions).unwrap_or(i32::MAX));
            if self.dimensions == Some(0) {
                return Err(Error::new(ErrorKind::BadInput, "'dimensions' is 0; it must be at least 1.".into()));
            }
            native.normalize = self.normalize.map_or(0, |flag| if flag { 1 } else { 2 });
            native.truncate = match self.truncate {
                None | Some(Truncate::End) => 1,
                Some(Truncate::Never) => 2,
                Some(Truncate::Start) => 3,
            };
            native.fallback = self.fallback.map_or(0, |fallback| fallback as i32 + 1);
            native.priority = self.priority.map_or(0, |priority| priority as i32 + 1);
            call(native)
        })
    }
}

/// Calls a function with a request for these texts and the defaults of everything else.
pub(crate) fn with_texts<T>(texts: &[&str], call: impl FnOnce(&mut sys::Request) -> Result<T, Error>) -> Result<T, Error> {
    let pointers: Vec<*const c_char> = texts.iter().map(|text| text.as_ptr().cast()).collect();
    let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
    let mut native = sys::Request {
        struct_size: std::mem::size_of::<sys::Request>(),
        texts: pointers.as_ptr(),
        lengths: lengths.as_ptr(),
        count: texts.len(),
        model: ptr::null(),
        prompt: ptr::null(),
        prompt_name: ptr::null(),
        pooling: ptr::null(),
        space: ptr::null(),
        caller: ptr::null(),
        timeout_ms: 0,
        dimensions: 0,
        normalize: 0,
        truncate: 0,
        fallback: 0,
        priority: 0,
        reserved: 0,
    };
    call(&mut native)
}

/// A text as the library takes options.
pub(crate) fn terminated(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::new(ErrorKind::InvalidArgument, "an option has a zero byte in it".into()))
}
