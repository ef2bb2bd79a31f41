//! The crate against the real library, with the in-process engine.
use akidb_bridge::{Bridge, Embeddings, Error, ErrorKind, Fallback, LogLevel, ModelState, Priority, Provider, Request, Truncate};
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, Wake};
use std::thread;
use std::time::{Duration, Instant};

static BRIDGE: LazyLock<Bridge> = LazyLock::new(|| Bridge::builder().provider(Provider::Onnx).build().expect("a bridge"));

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

fn kind<T>(result: Result<T, Error>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

#[test]
fn rows_are_in_the_order_of_the_texts() {
    let all = BRIDGE.embed(&["one", "two", "", "three\0with a zero byte"]).unwrap();
    assert_eq!((all.len(), all.dimensions(), all.rows().len()), (4, 384, 4));
    for (index, text) in ["one", "two", "", "three\0with a zero byte"].into_iter().enumerate() {
        let alone = BRIDGE.embed(&[text]).unwrap();
        assert!(alone.row(0).iter().zip(all.row(index)).all(|(one, other)| (one - other).abs() < 2e-6), "{text:?}");
    }
    assert!(all.total_tokens() > 8 && !all.degraded() && all.served_by() == "in-process");
    assert!(all.space().contains("dim=384") && all.model().contains("MiniLM"));
    assert!(all.truncated().all(|flag| !flag));
    assert!(all.duration() >= all.compute());
}

#[test]
fn options_are_passed_on() {
    let long = "word ".repeat(3000);
    let cut = BRIDGE.embed_with(&Request::new([long.as_str()]).dimensions(10).normalize(false).fallback(Fallback::SameSpace)).unwrap();
    assert_eq!((cut.dimensions(), cut.truncated().next()), (10, Some(true)));
    assert!(cut.space().contains("norm=none"));
    let end = BRIDGE.embed_with(&Request::new([format!("{long} the end")]).truncate(Truncate::Start).priority(Priority::Bulk)).unwrap();
    assert_ne!(end.row(0), BRIDGE.embed(&[&long]).unwrap().row(0));
    let space = end.space().to_string();
    assert!(BRIDGE.embed_with(&Request::new(["x"]).space(space.as_str())).is_ok());
    let mismatch = BRIDGE.embed_with(&Request::new(["x"]).space(space.as_str()).dimensions(7)).unwrap_err();
    assert_eq!(mismatch.kind(), ErrorKind::SpaceMismatch);
    assert!(mismatch.spaces().is_some_and(|spaces| spaces.demanded == space && spaces.served.contains("dim=7")));
    assert_eq!(kind(BRIDGE.embed_with(&Request::new([long]).truncate(Truncate::Never))), Some(ErrorKind::TooLong));
    assert_eq!(kind(BRIDGE.embed_with(&Request::new(["x"]).dimensions(0))), Some(ErrorKind::BadInput));
    assert_eq!(kind(BRIDGE.embed_with(&Request::new(["x"]).dimensions(usize::MAX))), Some(ErrorKind::BadInput));
    assert!(BRIDGE.embed_with(&Request::new(["x"]).prompt("query: ").caller("me").timeout(Duration::from_secs(20))).is_ok());
}

#[test]
fn errors_are_typed() {
    assert_eq!(kind(BRIDGE.embed(&[])), Some(ErrorKind::BadInput));
    assert_eq!(kind(BRIDGE.embed_with(&Request::new(["x"]).model("nobody/has-this"))), Some(ErrorKind::UnknownModel));
    assert_eq!(kind(BRIDGE.embed_with(&Request::new(["x"]).model("with\0zero"))), Some(ErrorKind::InvalidArgument));
    assert_eq!(kind(BRIDGE.embed_into(&["x"], &mut [0.0; 383])), Some(ErrorKind::BufferTooSmall));
    assert_eq!(kind(BRIDGE.model(Some("nobody/has-this"))), Some(ErrorKind::UnknownModel));
    let error = Bridge::builder().set("Modl", "x").set("Worker:Threads", "many").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadConfiguration);
    assert!(error.to_string().contains("2 mistakes") && error.to_string().contains("Did you mean Model?"), "{error}");
    assert_eq!(kind(Bridge::builder().json("{").build()), Some(ErrorKind::BadConfiguration));
    assert_eq!(kind(Bridge::builder().json("{}").model("x").build()), Some(ErrorKind::BadConfiguration));
    assert!(kind(Bridge::builder().model("/nobody/has/this").build()).is_some());
}

#[test]
fn futures_answer_from_any_thread() {
    let futures: Vec<_> = (0..20).map(|number| BRIDGE.embed_async(&[&format!("text {number}")])).collect();
    let moved = thread::spawn(move || futures.into_iter().map(block_on).collect::<Result<Vec<Embeddings>, Error>>()).join().unwrap().unwrap();
    for (number, rows) in moved.iter().enumerate() {
        let expected = BRIDGE.embed(&[&format!("text {number}")]).unwrap();
        assert!(rows.row(0).iter().zip(expected.row(0)).all(|(one, other)| (one - other).abs() < 2e-6));
    }
    assert_eq!(kind(block_on(BRIDGE.embed_async(&[]))), Some(ErrorKind::BadInput));
    assert_eq!(kind(block_on(BRIDGE.embed_async_with(&Request::new(["x"]).model("a\0b")))), Some(ErrorKind::InvalidArgument));
}

#[test]
fn dropped_futures_cancel_their_calls() {
    let bridge = Bridge::builder().provider(Provider::Onnx).build().unwrap();
    bridge.embed(&["warm"]).unwrap();
    let texts: Vec<String> = (0..2000).map(|number| format!("{number} {}", "some words ".repeat(100))).collect();
    let request = Request::new(texts);
    let started = Instant::now();
    let mut future = bridge.embed_async_with(&request);
    let waker = Arc::new(Unpark(thread::current())).into();
    assert!(std::pin::Pin::new(&mut future).poll(&mut Context::from_waker(&waker)).is_pending());
    drop(future);
    bridge.drain(Some(Duration::from_secs(30))).unwrap();
    assert_eq!(kind(bridge.embed(&["x"])), Some(ErrorKind::Stopping));

    // All of it would take minutes.
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[test]
fn dropped_bridges_cancel_what_runs() {
    let bridge = Bridge::builder().provider(Provider::Onnx).build().unwrap();
    let texts: Vec<String> = (0..2000).map(|number| format!("{number} {}", "some words ".repeat(100))).collect();
    let future = bridge.embed_async_with(&Request::new(texts));
    let rows = bridge.embed(&["kept"]).unwrap();
    drop(bridge);
    assert_eq!(kind(block_on(future)), Some(ErrorKind::Cancelled));
    assert_eq!(rows.row(0).len(), 384);
}

#[test]
fn the_log_is_heard_until_the_bridge_is_dropped() {
    let heard = Arc::new(AtomicUsize::new(0));
    let levels = Arc::new(Mutex::new(Vec::new()));
    let (count, all) = (Arc::clone(&heard), Arc::clone(&levels));
    let bridge = Bridge::builder()
        .provider(Provider::Onnx)
        .log_level(LogLevel::Debug)
        .log(move |level, category, message| {
            assert!(!category.is_empty() && !message.is_empty());
            all.lock().unwrap().push(level);
            count.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .unwrap();
    bridge.embed(&["x"]).unwrap();
    drop(bridge);
    let messages = heard.load(Ordering::SeqCst);
    assert!(messages > 0 && levels.lock().unwrap().iter().any(|level| *level <= LogLevel::Information));
    thread::sleep(Duration::from_millis(100));
    assert_eq!(messages, heard.load(Ordering::SeqCst));
    assert_eq!(Arc::strong_count(&heard), 1);
}

#[test]
fn models_and_status_are_told() {
    BRIDGE.embed(&["x"]).unwrap();
    let model = BRIDGE.model(None).unwrap();
    assert_eq!((model.dimensions, model.max_tokens, model.state), (384, 256, ModelState::Ready));
    assert_eq!(BRIDGE.model(Some("all-MiniLM-L6-v2")).unwrap(), model);
    assert!(BRIDGE.models_json().unwrap().starts_with("{\"models\":["));
    assert!(BRIDGE.status_json().unwrap().contains("\"in_process\""));
    assert!(BRIDGE.health_json().unwrap().contains("\"status\":\"ready\""));
    assert_eq!(Bridge::version().split('.').count(), 3);
}

#[test]
fn everything_may_be_sent_and_shared() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Bridge>();
    check::<Embeddings>();
    check::<Error>();
    check::<Request>();
    check::<akidb_bridge::EmbedFuture>();
}
