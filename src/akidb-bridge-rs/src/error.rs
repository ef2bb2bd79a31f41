use crate::sys;
use std::ffi::{c_char, CStr};
use std::fmt;
use std::mem::MaybeUninit;
use std::time::Duration;

/// What went wrong, as one of a closed list: the kinds of `akidb_bridge.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is wrong: no texts, an option that the model does not have.
    BadInput,
    /// No such model is served here.
    UnknownModel,
    /// Over a limit of inputs or characters.
    TooLarge,
    /// More tokens than the model takes, and cutting was not allowed.
    TooLong,
    /// Workers die of this input.
    PoisonInput,
    /// Full; try again later.
    Overloaded,
    /// No engine can compute this embedding space now; try again later.
    NoEngine,
    /// Out of memory; send less at once.
    OutOfMemory,
    /// Every engine failed.
    EngineFault,
    /// The time of the request is over.
    DeadlineExceeded,
    /// The model's folder cannot be served.
    BadModel,
    /// The bridge itself failed; its log says how.
    Internal,
    /// The answer would be in another embedding space than the request demands.
    SpaceMismatch,
    /// The configuration has mistakes; the message lists all of them.
    BadConfiguration,
    /// A value that cannot be passed on, such as an option with a zero byte in it.
    InvalidArgument,
    /// The call was cancelled, or its bridge was dropped while it ran.
    Cancelled,
    /// The bridge drains: it takes no more calls.
    Stopping,
    /// The vectors do not fit into the given slice.
    BufferTooSmall,
    /// The log callback may not end or drain its own bridge.
    WrongThread,
}

impl ErrorKind {
    fn of(status: i32) -> ErrorKind {
        match status {
            1 | 13 => ErrorKind::BadInput,
            2 => ErrorKind::UnknownModel,
            3 => ErrorKind::TooLarge,
            4 => ErrorKind::TooLong,
            5 => ErrorKind::PoisonInput,
            6 => ErrorKind::Overloaded,
            sys::NO_ENGINE => ErrorKind::NoEngine,
            8 => ErrorKind::OutOfMemory,
            9 => ErrorKind::EngineFault,
            10 => ErrorKind::DeadlineExceeded,
            11 => ErrorKind::BadModel,
            sys::SPACE_MISMATCH => ErrorKind::SpaceMismatch,
            32 => ErrorKind::BadConfiguration,
            sys::INVALID_ARGUMENT => ErrorKind::InvalidArgument,
            35 => ErrorKind::Cancelled,
            34 | 36 => ErrorKind::Stopping,
            37 => ErrorKind::BufferTooSmall,
            38 => ErrorKind::WrongThread,
            _ => ErrorKind::Internal,
        }
    }
}

/// One failure: what happened, to what, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    retry_after: Option<Duration>,
    input_index: Option<usize>,
    spaces: Option<Spaces>,
}

/// Two embedding spaces that are not the same, as [`crate::Embeddings::space`] names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spaces {
    /// The one that was demanded.
    pub demanded: String,
    /// The one that the request would be answered in.
    pub served: String,
}

impl Spaces {
    unsafe fn read(error: *const sys::Error) -> Option<Spaces> {
        let (mut demanded, mut served) = (std::ptr::null(), std::ptr::null());
        // SAFETY: the library has filled the error in; with OK both point to texts within it.
        unsafe {
            match sys::akidb_bridge_error_spaces(error, &mut demanded, &mut served) {
                sys::OK => Some(Spaces { demanded: text(demanded), served: text(served) }),
                _ => None,
            }
        }
    }
}

unsafe fn text(pointer: *const c_char) -> String {
    // SAFETY: the caller's text ends in a zero byte.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

impl Error {
    /// Which of the closed list of failures this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// A sentence. It never holds input text.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// When to try again, where the bridge can tell.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The index of the text that this is about, where it is about one.
    pub fn input_index(&self) -> Option<usize> {
        self.input_index
    }

    /// The spaces of a [`ErrorKind::SpaceMismatch`].
    pub fn spaces(&self) -> Option<&Spaces> {
        self.spaces.as_ref()
    }

    pub(crate) fn new(kind: ErrorKind, message: String) -> Error {
        Error { kind, message, retry_after: None, input_index: None, spaces: None }
    }

    // By pointer: not every byte of the message was written.
    unsafe fn read(error: *const sys::Error) -> Error {
        // SAFETY: the library has filled it in.
        unsafe {
            Error {
                kind: ErrorKind::of((*error).status),
                message: text(std::ptr::addr_of!((*error).message).cast()),
                retry_after: u64::try_from((*error).retry_after_ms).ok().map(Duration::from_millis),
                input_index: usize::try_from((*error).input_index).ok(),
                spaces: if (*error).status == sys::SPACE_MISMATCH { Spaces::read(error) } else { None },
            }
        }
    }

    /// What a callback is given.
    ///
    /// # Safety
    ///
    /// `error` is null, or points to an error that the library has filled in.
    pub(crate) unsafe fn of_callback(status: i32, error: *const sys::Error) -> Error {
        if error.is_null() {
            return Error::new(ErrorKind::of(status), format!("the call ended with status {status}"));
        }
        // SAFETY: as the caller promises.
        unsafe { Error::read(error) }
    }

    /// Calls a function of the library, which fills in the error when it does not return OK.
    pub(crate) fn check(call: impl FnOnce(*mut sys::Error) -> i32) -> Result<(), Error> {
        let mut error = MaybeUninit::<sys::Error>::uninit();
        match call(error.as_mut_ptr()) {
            sys::OK => Ok(()),
            // SAFETY: with any other status the library has filled it in.
            _ => Err(unsafe { Error::read(error.as_ptr()) }),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
