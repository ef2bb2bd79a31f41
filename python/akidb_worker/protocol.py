"""Messages to bytes and back: one MessagePack map each, members in the order of the dataclass."""

from __future__ import annotations

import struct
import threading
from dataclasses import fields

import msgpack

from akidb_worker.architectures import DECODERS, ENCODERS
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.members import Members
from akidb_worker.messages import (
    LIBRARY,
    ONLY_ITSELF,
    Cancel,
    DecoderNumbers,
    Embed,
    EncoderNumbers,
    Error,
    FromHost,
    FromWorker,
    Hello,
    LibraryModel,
    Load,
    Model,
    Ping,
    Pong,
    Progress,
    Ready,
    RopeScaling,
    Rows,
    Shutdown,
    StaticModel,
    VectorModule,
)

_MOST_TEXT = 1 << 20
_MOST_ITEMS = 4096

_NOTHING = memoryview(b"")

# By hand, every number in its widest form: a batch drives other code out of the processor's caches, and much of it is the packer's.
_ROWS = struct.Struct(">15sQ7sI11sI12sQ6sI")

# One for all, because each brings a buffer of a megabyte.
_packer = msgpack.Packer()
_packing = threading.Lock()

_FIELD_NAMES = {kind: tuple(field.name for field in fields(kind)) for kind in (Hello, Progress, Ready, Error, Pong)}


class MalformedFrameError(Exception):
    """The bytes are no message at all: the two sides no longer understand each other."""


class BadMessageError(Exception):
    """A message that cannot be used; the conversation goes on."""

    def __init__(self, id: int | None, error: WorkerError) -> None:
        super().__init__(error.message)
        self.id = id
        self.error = error


def encode(message: FromWorker) -> tuple[bytes, memoryview]:
    """The message as two pieces that follow each other: what was packed, and the rows as they lie in memory (or nothing)."""
    if isinstance(message, Rows):
        return _encode_rows(message)
    members: dict[str, object] = {"type": message.type}
    for name in _FIELD_NAMES[type(message)]:
        members[name] = getattr(message, name)
    return _pack(members), _NOTHING


def _encode_rows(rows: Rows) -> tuple[bytes, memoryview]:
    data = rows.data.cast("B")
    head = _ROWS.pack(
        b"\x86\xa4type\xa4rows\xa2id\xcf",
        rows.id,
        b"\xa5count\xce",
        rows.count,
        b"\xa9dimension\xce",
        rows.dimension,
        b"\xaacompute_us\xcf",
        rows.compute_us,
        b"\xa4data\xc6",
        data.nbytes,
    )
    return head, data


def _pack(members: dict[str, object]) -> bytes:
    with _packing:
        packed: bytes = _packer.pack(members)
    return packed


def decode(body: memoryview) -> FromHost:
    """The message in a frame's body.

    Raises MalformedFrameError for bytes that are no map with a type, BadMessageError for a message with wrong members.
    """
    values = _unpack(body)
    kind = values.get("type")
    if not isinstance(kind, str):
        raise MalformedFrameError("The map has no member 'type' that is a string.")
    members = Members(kind, values)
    try:
        return _from_members(kind, members)
    except WorkerError as error:
        raise BadMessageError(_id_or_none(members), error) from None


def _unpack(body: memoryview) -> dict[str, object]:
    try:
        values = msgpack.unpackb(
            body,
            raw=False,
            strict_map_key=True,
            max_str_len=_MOST_TEXT,
            max_bin_len=body.nbytes,
            max_array_len=_MOST_ITEMS,
            max_map_len=_MOST_ITEMS,
            max_ext_len=0,
        )
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        raise MalformedFrameError(f"The frame is no MessagePack value within the limits: {error}") from error
    if not isinstance(values, dict):
        raise MalformedFrameError(f"The frame holds a {type(values).__name__}, not a map.")
    return values


def _from_members(kind: str, members: Members) -> FromHost:
    match kind:
        case Embed.type:
            return Embed(
                members.integer("id"),
                members.integer("timeout_ms", least=-(2**63)),
                members.binary("lengths"),
                members.binary("ids"),
            )
        case Ping.type:
            return Ping(members.integer("id"))
        case Cancel.type:
            return Cancel(members.integer("id"))
        case Shutdown.type:
            return Shutdown()
        case Load.type:
            return Load(
                members.integer("id"),
                members.integer("protocol"),
                _model(members.map("model")),
                members.text("device"),
                members.text("dtype"),
                members.integer("threads"),
                members.integer("batch_tokens", least=1),
            )
        case _:
            raise WorkerError(ErrorKind.BAD_INPUT, f"The message type '{kind[:100]}' is unknown. This worker speaks protocol 1.")


def _model(members: Members) -> Model | StaticModel | LibraryModel:
    architecture = members.text("architecture")
    if architecture == LIBRARY:
        return LibraryModel(architecture, members.text("folder"), members.texts("weights"))
    if architecture == "static":
        return StaticModel(
            architecture=architecture,
            weights=members.texts("weights"),
            max_tokens=members.integer("max_tokens", least=1),
            vocabulary_size=members.integer("vocabulary_size", least=1),
            hidden_size=members.integer("hidden_size", least=1),
            rows=members.integer("rows", least=1),
            table=members.text("table"),
            mapping=members.text("mapping"),
            token_weights=members.text("token_weights"),
        )
    return Model(
        architecture=architecture,
        weights=members.texts("weights"),
        prefix=members.text("prefix"),
        pooling=members.text("pooling"),
        max_tokens=members.integer("max_tokens", least=1),
        vocabulary_size=members.integer("vocabulary_size", least=1),
        hidden_size=members.integer("hidden_size", least=1),
        layers=members.integer("layers", least=1),
        heads=members.integer("heads", least=1),
        intermediate_size=members.integer("intermediate_size", least=1),
        max_positions=members.integer("max_positions", least=1),
        rope_theta=members.number("rope_theta") if architecture in DECODERS else members.optional_number("rope_theta"),
        rope_factor=members.optional_number("rope_factor") or 1.0,
        rope_scaling=_rope_scaling(members, ""),
        local_rope_theta=members.optional_number("local_rope_theta"),
        local_rope_scaling=_rope_scaling(members, "local_"),
        windows=members.integers("windows", least=ONLY_ITSELF) if members.has("windows") else (),
        modules=tuple(_module(module) for module in members.maps("modules")) if members.has("modules") else (),
        pools_prompt=members.flag("pools_prompt") if members.has("pools_prompt") else True,
        encoder=_encoder(members, architecture) if architecture in ENCODERS else None,
        decoder=_decoder(members) if architecture in DECODERS else None,
    )


def _rope_scaling(members: Members, prefix: str) -> RopeScaling | None:
    if not members.has(f"{prefix}rope_frequencies"):
        return None
    return RopeScaling(members.numbers(f"{prefix}rope_frequencies"), members.number(f"{prefix}rope_magnitude"))


def _encoder(members: Members, architecture: str) -> EncoderNumbers:
    return EncoderNumbers(
        token_types=members.integer("token_types", least=1 if architecture in ("bert", "roberta") else 0),
        layer_norm_epsilon=members.number("layer_norm_epsilon"),
        padding_id=members.integer("padding_id") if architecture in ("roberta", "mpnet") else None,
        relative_buckets=members.integer("relative_buckets", least=32) if architecture == "mpnet" else None,
        activation=members.text("activation") if members.has("activation") else "gelu",
        biases=frozenset(members.texts("biases")) if members.has("biases") else None,
    )


def _decoder(members: Members) -> DecoderNumbers:
    return DecoderNumbers(
        key_value_heads=members.integer("key_value_heads", least=1),
        head_size=members.integer("head_size", least=1),
        rms_norm_epsilon=members.number("rms_norm_epsilon"),
        activation=members.text("activation") if members.has("activation") else "silu",
        attention_bias=members.flag("attention_bias") if members.has("attention_bias") else False,
        causal=members.flag("causal") if members.has("causal") else True,
        score_scalar=members.optional_number("score_scalar"),
    )


def _module(members: Members) -> VectorModule:
    return VectorModule(
        type=members.text("type"),
        inputs=members.integer("inputs", least=1),
        outputs=members.integer("outputs", least=1),
        file=members.text("file") if members.has("file") else "",
        bias=members.flag("bias") if members.has("bias") else False,
        activation=members.text("activation") if members.has("activation") else "identity",
    )


def _id_or_none(members: Members) -> int | None:
    try:
        return members.integer("id")
    except WorkerError:
        return None
