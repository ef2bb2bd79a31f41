"""The messages of protocol version 1 (``src/AkiDb.Bridge/Protocol/README.md``). Field order is the order on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Union

from akidb_worker.errors import WorkerError

PROTOCOL_VERSION = 1

# The architecture, and the encoder, of whatever the sentence-transformers library runs.
LIBRARY = "sentence-transformers"


# A window in which a token sees nothing but itself.
ONLY_ITSELF = -1


@dataclass(frozen=True, slots=True)
class Hello:
    """The worker's first words, before any heavy import."""

    type: ClassVar[str] = "hello"

    protocol_min: int
    protocol_max: int
    worker_version: str
    pid: int
    python: str
    libraries: dict[str, str]


@dataclass(frozen=True, slots=True)
class Progress:
    """Loading moved on."""

    type: ClassVar[str] = "progress"

    id: int
    stage: str
    fraction: float


@dataclass(frozen=True, slots=True)
class Ready:
    """The model is loaded and warm."""

    type: ClassVar[str] = "ready"

    id: int
    dimension: int
    max_tokens: int
    pooling: str
    weights_sha256: str
    device: str
    dtype: str
    encoder: str
    libraries: dict[str, str]


# Not frozen, like Embed: there is one of each for every batch, and freezing triples what it costs.
@dataclass(slots=True)
class Rows:
    """The answer to an embed: one pooled row per text, not normalised."""

    type: ClassVar[str] = "rows"

    id: int
    count: int
    dimension: int
    compute_us: int
    data: memoryview


@dataclass(frozen=True, slots=True)
class Error:
    """The other answer; an id of None is about the connection."""

    type: ClassVar[str] = "error"

    id: int | None
    kind: str
    message: str
    retryable: bool
    input: int | None

    @staticmethod
    def of(id: int | None, error: WorkerError) -> Error:
        return Error(id, error.kind.value, error.message, error.kind.retryable, error.input)


@dataclass(frozen=True, slots=True)
class Pong:
    """What the worker is doing."""

    type: ClassVar[str] = "pong"

    id: int
    running: int | None
    running_ms: int | None
    progress_ms: int | None
    queued: int
    served: int
    rss_bytes: int


@dataclass(frozen=True, slots=True)
class Model:
    """What to load; the numbers are those of the model's ``config.json``, read and checked by the host.

    ``windows``: how far each layer's tokens see, to one side; 0 for all, or ONLY_ITSELF. Empty where every layer sees all.
    ``pools_prompt``: whether all tokens are pooled; if not, a mark may stand behind those that are not (``prompt_ends``).
    One of ``encoder`` and ``decoder`` is there, unless the architecture is unknown.
    """

    architecture: str
    weights: tuple[str, ...]
    prefix: str
    pooling: str
    max_tokens: int
    vocabulary_size: int
    hidden_size: int
    layers: int
    heads: int
    intermediate_size: int
    max_positions: int
    rope_theta: float | None
    rope_factor: float
    rope_scaling: RopeScaling | None
    local_rope_theta: float | None
    local_rope_scaling: RopeScaling | None
    windows: tuple[int, ...]
    modules: tuple[VectorModule, ...]
    pools_prompt: bool
    encoder: EncoderNumbers | None
    decoder: DecoderNumbers | None


@dataclass(frozen=True, slots=True)
class RopeScaling:
    """Rotary positions by a rule that the host has worked out.

    A frequency for each pair of a head's components, and what cosines and sines are multiplied with.
    """

    frequencies: tuple[float, ...]
    magnitude: float


@dataclass(frozen=True, slots=True)
class EncoderNumbers:
    """The members that ``bert`` and its kin have; no padding id, relative buckets or biases where nothing is said of them."""

    token_types: int
    layer_norm_epsilon: float
    padding_id: int | None
    relative_buckets: int | None
    activation: str
    biases: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class DecoderNumbers:
    """The members that language models have. The scores are divided by the root of ``score_scalar``, or of the head's size."""

    key_value_heads: int
    head_size: int
    rms_norm_epsilon: float
    activation: str
    attention_bias: bool
    causal: bool
    score_scalar: float | None


@dataclass(frozen=True, slots=True)
class VectorModule:
    """A module behind the pooling: ``dense``, ``layer_norm`` or ``normalize``. ``file`` is one of the model's weights, or empty."""

    type: str
    inputs: int
    outputs: int
    file: str
    bias: bool
    activation: str


@dataclass(frozen=True, slots=True)
class StaticModel:
    """A table with a vector for each token.

    ``mapping`` names the tensor of each token's row, ``token_weights`` that of its factor; empty for none.
    """

    architecture: str
    weights: tuple[str, ...]
    max_tokens: int
    vocabulary_size: int
    hidden_size: int
    rows: int
    table: str
    mapping: str
    token_weights: str


@dataclass(frozen=True, slots=True)
class LibraryModel:
    """A folder that the sentence-transformers library is to load. ``weights`` are the files that it takes tensors from."""

    architecture: str
    folder: str
    weights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """The host's one request to load a model."""

    type: ClassVar[str] = "load"

    id: int
    protocol: int
    model: Model | StaticModel | LibraryModel
    device: str
    dtype: str
    threads: int
    batch_tokens: int


@dataclass(slots=True)
class Embed:
    """A batch of texts as token ids: int32 little-endian, all texts one after the other."""

    type: ClassVar[str] = "embed"

    id: int
    timeout_ms: int
    lengths: bytes
    ids: bytes


@dataclass(frozen=True, slots=True)
class Cancel:
    """The host has lost interest in a batch."""

    type: ClassVar[str] = "cancel"

    id: int


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a pong."""

    type: ClassVar[str] = "ping"

    id: int


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Finish what is queued, then exit."""

    type: ClassVar[str] = "shutdown"


FromHost = Union[Load, Embed, Cancel, Ping, Shutdown]
FromWorker = Union[Hello, Progress, Ready, Rows, Error, Pong]
