//! AkiDB's `EmbeddingProvider` over the bridge, as one file for its crate `akidb-embedding`.
//!
//! There, leave the module `akidb` out, and write instead of it
//!
//! ```ignore
//! use crate::{BatchEmbeddingRequest, BatchEmbeddingResponse, EmbeddingError, EmbeddingProvider, EmbeddingResult, ModelInfo, Usage};
//! use async_trait::async_trait;
//! ```
//!
//! and put `#[async_trait]` before `impl EmbeddingProvider for BridgeProvider`: its functions become `async fn embed_batch(&self, request: BatchEmbeddingRequest) ->
//! EmbeddingResult<BatchEmbeddingResponse>` and so on, with the bodies of the blocks `Box::pin(async move { ... })` below. `async_trait` writes the same boxed
//! futures by itself.
use akidb_bridge::{Bridge, Error, ErrorKind, ModelState, Request};

/// What AkiDB has already: the types and the trait of `akidb-embedding`, as far as they matter here.
mod akidb {
    use std::fmt;
    use std::future::Future;
    use std::pin::Pin;

    #[derive(Debug)]
    pub enum EmbeddingError {
        ModelNotFound(String),
        InvalidInput(String),
        ServiceUnavailable(String),
        Internal(String),
    }

    impl fmt::Display for EmbeddingError {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                EmbeddingError::ModelNotFound(why) => write!(formatter, "Model not found: {why}"),
                EmbeddingError::InvalidInput(why) => write!(formatter, "Invalid input: {why}"),
                EmbeddingError::ServiceUnavailable(why) => write!(formatter, "Service unavailable: {why}"),
                EmbeddingError::Internal(why) => write!(formatter, "Internal error: {why}"),
            }
        }
    }

    impl std::error::Error for EmbeddingError {}

    pub type EmbeddingResult<T> = Result<T, EmbeddingError>;

    #[derive(Debug, Clone)]
    pub struct BatchEmbeddingRequest {
        pub model: String,
        pub inputs: Vec<String>,
        pub normalize: bool,
    }

    #[derive(Debug, Clone)]
    pub struct BatchEmbeddingResponse {
        pub model: String,
        pub embeddings: Vec<Vec<f32>>,
        pub usage: Usage,
    }

    #[derive(Debug, Clone)]
    pub struct Usage {
        pub total_tokens: usize,
        pub duration_ms: u64,
    }

    #[derive(Debug, Clone)]
    pub struct ModelInfo {
        pub model: String,
        pub dimension: u32,
        pub max_tokens: usize,
    }

    /// What `#[async_trait]` makes of an `async fn`.
    pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = EmbeddingResult<T>> + Send + 'a>>;

    pub trait EmbeddingProvider: Send + Sync {
        fn embed_batch(&self, request: BatchEmbeddingRequest) -> Boxed<'_, BatchEmbeddingResponse>;
        fn model_info(&self) -> Boxed<'_, ModelInfo>;
        fn health_check(&self) -> Boxed<'_, ()>;
    }
}

use akidb::{BatchEmbeddingRequest, BatchEmbeddingResponse, Boxed, EmbeddingError, EmbeddingProvider, EmbeddingResult, ModelInfo, Usage};

/// Embeds through the bridge, in AkiDB's own process.
pub struct BridgeProvider {
    bridge: Bridge,
    model: String,
}

impl BridgeProvider {
    /// Starts the bridge with one model: a name, or a folder. Blocks until its folder has been read.
    pub fn new(model: &str, python: Option<&str>) -> EmbeddingResult<BridgeProvider> {
        let builder = Bridge::builder().model(model);
        let builder = match python {
            Some(python) => builder.python(python),
            None => builder,
        };
        let bridge = builder.build().map_err(into_akidb)?;
        Ok(BridgeProvider { bridge, model: model.to_string() })
    }
}

impl EmbeddingProvider for BridgeProvider {
    fn embed_batch(&self, request: BatchEmbeddingRequest) -> Boxed<'_, BatchEmbeddingResponse> {
        Box::pin(async move {
            let model = request.model.clone();
            let asked = Request::new(request.inputs).model(request.model).normalize(request.normalize);
            let embeddings = self.bridge.embed_async_with(&asked).await.map_err(into_akidb)?;
            Ok(BatchEmbeddingResponse {
                model,
                embeddings: embeddings.to_vecs(),
                usage: Usage { total_tokens: embeddings.total_tokens(), duration_ms: u64::try_from(embeddings.duration().as_millis()).unwrap_or(u64::MAX) },
            })
        })
    }

    fn model_info(&self) -> Boxed<'_, ModelInfo> {
        Box::pin(async move {
            let model = self.bridge.model(None).map_err(into_akidb)?;
            Ok(ModelInfo { model: self.model.clone(), dimension: u32::try_from(model.dimensions).unwrap_or(u32::MAX), max_tokens: model.max_tokens })
        })
    }

    fn health_check(&self) -> Boxed<'_, ()> {
        Box::pin(async move {
            match self.bridge.model(None).map_err(into_akidb)?.state {
                ModelState::Ready | ModelState::Degraded => Ok(()),
                _ => Err(EmbeddingError::ServiceUnavailable(self.bridge.health_json().map_err(into_akidb)?)),
            }
        })
    }
}

fn into_akidb(error: Error) -> EmbeddingError {
    let message = error.to_string();
    match error.kind() {
        ErrorKind::UnknownModel => EmbeddingError::ModelNotFound(message),
        ErrorKind::BadInput
        | ErrorKind::TooLarge
        | ErrorKind::TooLong
        | ErrorKind::PoisonInput
        | ErrorKind::SpaceMismatch
        | ErrorKind::InvalidArgument
        | ErrorKind::BadConfiguration => EmbeddingError::InvalidInput(message),
        ErrorKind::Overloaded
        | ErrorKind::NoEngine
        | ErrorKind::OutOfMemory
        | ErrorKind::DeadlineExceeded
        | ErrorKind::BadModel
        | ErrorKind::Cancelled
        | ErrorKind::Stopping => EmbeddingError::ServiceUnavailable(message),
        _ => EmbeddingError::Internal(message),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let provider: Box<dyn EmbeddingProvider> = Box::new(BridgeProvider::new("all-MiniLM-L6-v2", std::env::var("AKIDB_EMBEDDING_PYTHON_PATH").ok().as_deref())?);
    let request = |model: &str| BatchEmbeddingRequest { model: model.to_string(), inputs: vec!["Hello, world".to_string(), String::new()], normalize: true };
    let answer = block_on(provider.embed_batch(request("all-MiniLM-L6-v2")))?;
    println!("{}: {} vectors, {} tokens, {} ms", answer.model, answer.embeddings.len(), answer.usage.total_tokens, answer.usage.duration_ms);
    let info = block_on(provider.model_info())?;
    println!("{}: {} dimensions, at most {} tokens", info.model, info.dimension, info.max_tokens);
    block_on(provider.health_check())?;
    match block_on(provider.embed_batch(request("nobody/has-this"))) {
        Err(EmbeddingError::ModelNotFound(why)) => println!("{why}"),
        other => return Err(format!("{other:?} instead of an unknown model").into()),
    }
    let nothing = BatchEmbeddingRequest { inputs: Vec::new(), ..request("all-MiniLM-L6-v2") };
    match block_on(provider.embed_batch(nothing)) {
        Err(EmbeddingError::InvalidInput(why)) => println!("{why}"),
        other => return Err(format!("{other:?} instead of invalid input").into()),
    }
    Ok(())
}

/// AkiDB has an executor of its own.
fn block_on<T>(future: impl std::future::Future<Output = T>) -> T {
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake};

    struct Unpark(std::thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
