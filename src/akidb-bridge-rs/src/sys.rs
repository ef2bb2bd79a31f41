//! `akidb_bridge.h`, as far as this crate calls it.
use std::ffi::{c_char, c_void};

pub const OK: i32 = 0;
pub const NO_ENGINE: i32 = 7;
pub const SPACE_MISMATCH: i32 = 14;
pub const INVALID_ARGUMENT: i32 = 33;

#[repr(C)]
pub struct Error {
    pub status: i32,
    pub input_index: i32,
    pub retry_after_ms: i64,
    pub message: [u8; 4096],
}

#[repr(C)]
pub struct Request {
    pub struct_size: usize,
    pub texts: *const *const c_char,
    pub lengths: *const usize,
    pub count: usize,
    pub model: *const c_char,
    pub prompt: *const c_char,
    pub prompt_name: *const c_char,
    pub pooling: *const c_char,
    pub space: *const c_char,
    pub caller: *const c_char,
    pub timeout_ms: i64,
    pub dimensions: i32,
    pub normalize: i32,
    pub truncate: i32,
    pub fallback: i32,
    pub priority: i32,
    pub reserved: i32,
}

#[repr(C)]
pub struct View {
    pub struct_size: usize,
    pub values: *const f32,
    pub count: usize,
    pub dimensions: usize,
    pub total_tokens: i64,
    pub truncated: *const u8,
    pub model: *const c_char,
    pub space: *const c_char,
    pub served_by: *const c_char,
    pub degraded: i32,
    pub reserved: i32,
    pub compute_ms: f64,
    pub duration_ms: f64,
}

#[repr(C)]
pub struct ModelInfo {
    pub struct_size: usize,
    pub dimensions: usize,
    pub max_tokens: usize,
    pub state: i32,
    pub reserved: i32,
}

pub type LogCallback = extern "C" fn(*mut c_void, i32, *const c_char, *const c_char);
pub type EmbedCallback = extern "C" fn(*mut c_void, i32, u64, *const Error);
pub type Describe = unsafe extern "C" fn(u64, *mut u64, *mut Error) -> i32;

extern "C" {
    pub fn akidb_bridge_version() -> *const c_char;
    pub fn akidb_bridge_create(configuration: *const c_char, log: Option<LogCallback>, log_data: *mut c_void, bridge: *mut u64, error: *mut Error) -> i32;
    pub fn akidb_bridge_embed(bridge: u64, request: *const Request, result: *mut u64, error: *mut Error) -> i32;
    pub fn akidb_bridge_embed_into(
        bridge: u64,
        request: *const Request,
        values: *mut f32,
        capacity: usize,
        written: *mut usize,
        result: *mut u64,
        error: *mut Error,
    ) -> i32;
    pub fn akidb_bridge_embed_async(bridge: u64, request: *const Request, callback: EmbedCallback, data: *mut c_void, call: *mut u64, error: *mut Error)
        -> i32;
    pub fn akidb_bridge_cancel(call: u64) -> i32;
    pub fn akidb_bridge_view(result: u64, view: *mut View) -> i32;
    pub fn akidb_bridge_model(bridge: u64, model: *const c_char, info: *mut ModelInfo, error: *mut Error) -> i32;
    pub fn akidb_bridge_models(bridge: u64, text: *mut u64, error: *mut Error) -> i32;
    pub fn akidb_bridge_status(bridge: u64, text: *mut u64, error: *mut Error) -> i32;
    pub fn akidb_bridge_health(bridge: u64, text: *mut u64, error: *mut Error) -> i32;
    pub fn akidb_bridge_text_view(text: u64, data: *mut *const c_char, length: *mut usize) -> i32;
    pub fn akidb_bridge_error_spaces(error: *const Error, demanded: *mut *const c_char, served: *mut *const c_char) -> i32;
    pub fn akidb_bridge_release(result_or_text: u64) -> i32;
    pub fn akidb_bridge_drain(bridge: u64, timeout_ms: i64, error: *mut Error) -> i32;
    pub fn akidb_bridge_destroy(bridge: u64, error: *mut Error) -> i32;
}
