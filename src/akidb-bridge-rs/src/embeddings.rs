use crate::sys;
use std::ffi::{c_char, CStr};
use std::fmt;
use std::slice;
use std::time::Duration;

/// The vectors of a request, and everything that says what they are. They lie in one block that is freed when this is dropped.
pub struct Embeddings {
    handle: u64,
    view: sys::View,
}

// SAFETY: the block is never written to again, and is freed once, by whoever drops this.
unsafe impl Send for Embeddings {}
// SAFETY: as above.
unsafe impl Sync for Embeddings {}

impl Embeddings {
    /// Takes a result of the library over.
    pub(crate) fn own(handle: u64) -> Embeddings {
        let mut view = sys::View {
            struct_size: std::mem::size_of::<sys::View>(),
            values: std::ptr::null(),
            count: 0,
            dimensions: 0,
            total_tokens: 0,
            truncated: std::ptr::null(),
            model: std::ptr::null(),
            space: std::ptr::null(),
            served_by: std::ptr::null(),
            degraded: 0,
            reserved: 0,
            compute_ms: 0.0,
            duration_ms: 0.0,
        };
        // SAFETY: the view is as large as it says.
        let status = unsafe { sys::akidb_bridge_view(handle, &mut view) };
        assert_eq!(status, sys::OK, "the library does not know its own result");
        Embeddings { handle, view }
    }

    /// How many vectors there are: one for each text.
    pub fn len(&self) -> usize {
        self.view.count
    }

    /// Whether there is none, which never happens.
    pub fn is_empty(&self) -> bool {
        self.view.count == 0
    }

    /// The components of a vector.
    pub fn dimensions(&self) -> usize {
        self.view.dimensions
    }

    /// All vectors one behind the other, in the order of the texts.
    pub fn as_slice(&self) -> &[f32] {
        // SAFETY: the block holds as many floats, and lives as long as this.
        unsafe { slice::from_raw_parts(self.view.values, self.view.count * self.view.dimensions) }
    }

    /// The vectors, in the order of the texts.
    pub fn rows(&self) -> slice::ChunksExact<'_, f32> {
        self.as_slice().chunks_exact(self.view.dimensions)
    }

    /// The vector of one text.
    ///
    /// # Panics
    ///
    /// There is no such text.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.as_slice()[index * self.view.dimensions..][..self.view.dimensions]
    }

    /// The vectors as vectors of their own.
    pub fn to_vecs(&self) -> Vec<Vec<f32>> {
        self.rows().map(<[f32]>::to_vec).collect()
    }

    /// The tokens of all texts as computed, special tokens included.
    pub fn total_tokens(&self) -> usize {
        usize::try_from(self.view.total_tokens).unwrap_or(0)
    }

    /// For each text, whether it was cut.
    pub fn truncated(&self) -> impl ExactSizeIterator<Item = bool> + '_ {
        // SAFETY: the block holds as many flags.
        unsafe { slice::from_raw_parts(self.view.truncated, self.view.count) }.iter().map(|flag| *flag != 0)
    }

    /// The model that answered.
    pub fn model(&self) -> &str {
        self.text(self.view.model)
    }

    /// The embedding space, to be stored beside your index: only vectors of an equal space, precision aside, may be compared.
    pub fn space(&self) -> &str {
        self.text(self.view.space)
    }

    /// Who computed: `worker:0`, `in-process`, ...
    pub fn served_by(&self) -> &str {
        self.text(self.view.served_by)
    }

    /// Whether another engine or model than the first choice answered.
    pub fn degraded(&self) -> bool {
        self.view.degraded != 0
    }

    /// The time that the engines took, summed.
    pub fn compute(&self) -> Duration {
        Duration::from_secs_f64(self.view.compute_ms / 1000.0)
    }

    /// From the call to the result.
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.view.duration_ms / 1000.0)
    }

    fn text(&self, text: *const c_char) -> &str {
        // SAFETY: it ends in a zero byte and lives as long as this.
        unsafe { CStr::from_ptr(text) }.to_str().unwrap_or_default()
    }
}

impl Drop for Embeddings {
    fn drop(&mut self) {
        // SAFETY: nobody can use it any more.
        unsafe { sys::akidb_bridge_release(self.handle) };
    }
}

impl fmt::Debug for Embeddings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Embeddings")
            .field("len", &self.len())
            .field("space", &self.space())
            .field("served_by", &self.served_by())
            .finish_non_exhaustive()
    }
}
