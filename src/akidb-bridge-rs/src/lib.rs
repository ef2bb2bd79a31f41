#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod bridge;
mod builder;
mod embeddings;
mod error;
mod future;
mod request;
mod sys;

pub use bridge::{Bridge, ModelInfo, ModelState};
pub use builder::{Builder, LogLevel, Provider};
pub use embeddings::Embeddings;
pub use error::{Error, ErrorKind, Spaces};
pub use future::EmbedFuture;
pub use request::{Fallback, Priority, Request, Truncate};
