"""Writes ``tests/data/protocol``: one frame of every message, and ``frames.json`` that says what each means.

Run it only when the protocol gets a new version. It packs plain maps and uses nothing of the worker, so that the worker's
own encoder is compared with something else.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import msgpack

FOLDER = Path(__file__).resolve().parents[1] / "data" / "protocol"

LIBRARIES = {"torch": "2.13.0", "numpy": "2.4.0", "msgpack": "1.2.0"}

BERT = {
    "architecture": "bert",
    "weights": ["/models/minilm/model.safetensors"],
    "prefix": "",
    "pooling": "mean",
    "max_tokens": 256,
    "vocabulary_size": 30522,
    "hidden_size": 384,
    "layers": 6,
    "heads": 12,
    "intermediate_size": 1536,
    "max_positions": 512,
    "token_types": 2,
    "layer_norm_epsilon": 1e-12,
}

QWEN3 = {
    "architecture": "qwen3",
    "weights": ["/models/qwen3/model-00001-of-00002.safetensors", "/models/qwen3/model-00002-of-00002.safetensors"],
    "prefix": "model.",
    "pooling": "lasttoken",
    "max_tokens": 32768,
    "vocabulary_size": 151669,
    "hidden_size": 1024,
    "layers": 28,
    "heads": 16,
    "intermediate_size": 3072,
    "max_positions": 32768,
    "key_value_heads": 8,
    "head_size": 128,
    "rms_norm_epsilon": 1e-06,
    "rope_theta": 1000000.0,
}

MODERNBERT = {
    "architecture": "modernbert",
    "weights": ["/models/modernbert/model.safetensors", "/models/modernbert/2_LayerNorm/model.safetensors"],
    "prefix": "model.",
    "pooling": "cls",
    "max_tokens": 8192,
    "vocabulary_size": 50368,
    "hidden_size": 768,
    "layers": 4,
    "heads": 12,
    "intermediate_size": 1152,
    "max_positions": 8192,
    "token_types": 0,
    "layer_norm_epsilon": 1e-05,
    "activation": "gelu_tanh",
    "biases": ["down", "norm"],
    "rope_theta": 160000.0,
    "rope_factor": 2.0,
    "local_rope_theta": 10000.0,
    "windows": [0, 64, 64, 0],
    "modules": [
        {"type": "normalize", "inputs": 768, "outputs": 768},
        {"type": "layer_norm", "inputs": 768, "outputs": 768, "file": "/models/modernbert/2_LayerNorm/model.safetensors"},
    ],
}

GEMMA3 = {
    "architecture": "gemma3_text",
    "weights": ["/models/gemma3/model.safetensors", "/models/gemma3/2_Dense/model.safetensors"],
    "prefix": "",
    "pooling": "mean",
    "max_tokens": 2048,
    "vocabulary_size": 262144,
    "hidden_size": 768,
    "layers": 2,
    "heads": 3,
    "intermediate_size": 1152,
    "max_positions": 2048,
    "key_value_heads": 1,
    "head_size": 256,
    "rms_norm_epsilon": 1e-06,
    "rope_theta": 1000000.0,
    "activation": "gelu_tanh",
    "causal": False,
    "score_scalar": 200.0,
    "local_rope_theta": 10000.0,
    "windows": [256, 0],
    "modules": [
        {
            "type": "dense",
            "inputs": 768,
            "outputs": 3072,
            "file": "/models/gemma3/2_Dense/model.safetensors",
            "bias": False,
            "activation": "tanh",
        }
    ],
}

MPNET = {
    "architecture": "mpnet",
    "weights": ["/models/mpnet/model.safetensors"],
    "prefix": "",
    "pooling": "mean",
    "max_tokens": 512,
    "vocabulary_size": 30527,
    "hidden_size": 768,
    "layers": 12,
    "heads": 12,
    "intermediate_size": 3072,
    "max_positions": 514,
    "token_types": 0,
    "layer_norm_epsilon": 1e-05,
    "padding_id": 1,
    "relative_buckets": 32,
    "activation": "relu",
}

# A rule for longer texts in both kinds of layers, and a layer whose tokens see nothing but themselves.
SCALED_GEMMA3 = {
    "architecture": "gemma3_text",
    "weights": ["/models/scaled/model.safetensors"],
    "prefix": "model.",
    "pooling": "lasttoken",
    "max_tokens": 131072,
    "vocabulary_size": 262144,
    "hidden_size": 640,
    "layers": 3,
    "heads": 4,
    "intermediate_size": 2048,
    "max_positions": 131072,
    "key_value_heads": 1,
    "head_size": 8,
    "rms_norm_epsilon": 1e-06,
    "rope_theta": 1000000.0,
    "activation": "gelu_tanh",
    "attention_bias": True,
    "score_scalar": 256.0,
    "local_rope_theta": 10000.0,
    "rope_frequencies": [1.0, 0.25, 0.015625, 0.00048828125],
    "rope_magnitude": 1.25,
    "local_rope_frequencies": [0.5, 0.125, 0.0625, 0.03125],
    "local_rope_magnitude": 1.0,
    "windows": [-1, 512, 0],
}

# A model that leaves the prompt's tokens out of the pooling.
UNPOOLED: dict[str, Any] = {**BERT, "pools_prompt": False}

LENGTHS = struct.pack("<2i", 4, 3)
IDS = struct.pack("<7i", 101, 7592, 2088, 102, 101, 30521, 102)
FLOATS = struct.pack("<4f", 0.5, -0.25, 1.0, -2.0)

# Name, direction, members in the order of the wire. A frame whose name says "extra" has a member of a later version:
# it is there to be read, not to be written.
LIBRARY = {
    "architecture": "sentence-transformers",
    "folder": "/models/mpnet",
    "weights": ["/models/mpnet/model.safetensors", "/models/mpnet/2_Dense/model.safetensors"],
}

FRAMES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "hello",
        "worker",
        {
            "type": "hello",
            "protocol_min": 1,
            "protocol_max": 1,
            "worker_version": "0.1.0",
            "pid": 4242,
            "python": "3.11.2",
            "libraries": LIBRARIES,
        },
    ),
    (
        "load",
        "host",
        {"type": "load", "id": 1, "protocol": 1, "model": BERT, "device": "auto", "dtype": "auto", "threads": 0, "batch_tokens": 512},
    ),
    (
        "load-qwen3",
        "host",
        {"type": "load", "id": 1, "protocol": 1, "model": QWEN3, "device": "cpu", "dtype": "bfloat16", "threads": 4, "batch_tokens": 256},
    ),
    (
        "load-modernbert",
        "host",
        {"type": "load", "id": 1, "protocol": 1, "model": MODERNBERT, "device": "cpu", "dtype": "auto", "threads": 0, "batch_tokens": 512},
    ),
    (
        "load-gemma3",
        "host",
        {"type": "load", "id": 1, "protocol": 1, "model": GEMMA3, "device": "cpu", "dtype": "auto", "threads": 0, "batch_tokens": 512},
    ),
    (
        "load-gemma3-scaled",
        "host",
        {
            "type": "load",
            "id": 1,
            "protocol": 1,
            "model": SCALED_GEMMA3,
            "device": "cpu",
            "dtype": "float32",
            "threads": 0,
            "batch_tokens": 512,
        },
    ),
    (
        "load-mpnet",
        "host",
        {"type": "load", "id": 1, "protocol": 1, "model": MPNET, "device": "cpu", "dtype": "auto", "threads": 0, "batch_tokens": 512},
    ),
    (
        "load-unpooled-prompts",
        "host",
        {"type": "load", "id": 1, "protocol": 1, "model": UNPOOLED, "device": "cpu", "dtype": "auto", "threads": 0, "batch_tokens": 512},
    ),
    (
        "load-sentence-transformers",
        "host",
        {"type": "load", "id": 1, "protocol": 1, "model": LIBRARY, "device": "cpu", "dtype": "auto", "threads": 2, "batch_tokens": 512},
    ),
    ("progress", "worker", {"type": "progress", "id": 1, "stage": "weights", "fraction": 0.75}),
    (
        "ready",
        "worker",
        {
            "type": "ready",
            "id": 1,
            "dimension": 384,
            "max_tokens": 256,
            "pooling": "mean",
            "weights_sha256": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "device": "cpu",
            "dtype": "float32",
            "encoder": "torch",
            "libraries": LIBRARIES,
        },
    ),
    ("embed", "host", {"type": "embed", "id": 70000, "timeout_ms": 10000, "lengths": LENGTHS, "ids": IDS}),
    ("rows", "worker", {"type": "rows", "id": 70000, "count": 2, "dimension": 2, "compute_us": 4321, "data": FLOATS}),
    (
        "rows-large-id",
        "worker",
        {"type": "rows", "id": 2**40, "count": 1, "dimension": 64, "compute_us": 2**40, "data": struct.pack("<64f", *range(64))},
    ),
    (
        "error",
        "worker",
        {
            "type": "error",
            "id": 70000,
            "kind": "too_long",
            "message": "Text 1 has 300 tokens; the model takes at most 256.",
            "retryable": False,
            "input": 1,
        },
    ),
    (
        "error-out-of-memory",
        "worker",
        {"type": "error", "id": 7, "kind": "out_of_memory", "message": "Zu groß für den Speicher.", "retryable": True, "input": None},
    ),
    (
        "error-connection",
        "worker",
        {
            "type": "error",
            "id": None,
            "kind": "bad_input",
            "message": "A frame of 4294967295 bytes is outside the limits: 1 to 67108864.",
            "retryable": False,
            "input": None,
        },
    ),
    ("cancel", "host", {"type": "cancel", "id": 70000}),
    ("ping", "host", {"type": "ping", "id": 12}),
    (
        "pong",
        "worker",
        {
            "type": "pong",
            "id": 12,
            "running": 70000,
            "running_ms": 1500,
            "progress_ms": 20,
            "queued": 1,
            "served": 300,
            "rss_bytes": 5_000_000_000,
        },
    ),
    (
        "pong-idle",
        "worker",
        {
            "type": "pong",
            "id": 13,
            "running": None,
            "running_ms": None,
            "progress_ms": None,
            "queued": 0,
            "served": 0,
            "rss_bytes": 20_000_000,
        },
    ),
    ("shutdown", "host", {"type": "shutdown"}),
    ("ping-extra-member", "host", {"later": {"a": [1, None, True, 2.5, b"\x00\xff"]}, "type": "ping", "id": 14}),
    (
        "progress-extra-member",
        "worker",
        {"later": [{"b": b"\x01"}], "type": "progress", "id": 1, "stage": "warm-up", "fraction": 1.0},
    ),
]


def _readable(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: _readable(member) for name, member in value.items()}
    return [_readable(item) for item in value] if isinstance(value, list) else value


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    descriptions = []
    for name, direction, members in FRAMES:
        body = msgpack.packb(members)
        (FOLDER / f"{name}.frame").write_bytes(struct.pack("<I", len(body)) + body)
        readable = {member: _readable(value) for member, value in members.items() if member != "type"}
        descriptions.append({"file": f"{name}.frame", "type": members["type"], "direction": direction, "members": readable})
    (FOLDER / "frames.json").write_text(json.dumps(descriptions, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
