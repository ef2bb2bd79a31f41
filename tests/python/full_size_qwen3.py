"""A model folder of Qwen3-Embedding-0.6B's size with random weights, made once in the user's cache. Prints where it is.

Random weights say nothing about the real model's quality, and everything about its speed and memory.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from reference_answers import ROOT

_MODELS = ROOT / "tests" / "data" / "models"

# Weights in memory at once.
_BLOCK = 1 << 20

_CONFIG: dict[str, object] = {
    "architectures": ["Qwen3Model"],
    "attention_bias": False,
    "head_dim": 128,
    "hidden_act": "silu",
    "hidden_size": 1024,
    "intermediate_size": 3072,
    "max_position_embeddings": 32768,
    "max_window_layers": 28,
    "model_type": "qwen3",
    "num_attention_heads": 16,
    "num_hidden_layers": 28,
    "num_key_value_heads": 8,
    "rms_norm_eps": 1e-06,
    "rope_scaling": None,
    "rope_theta": 1000000,
    "sliding_window": None,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
    "use_cache": False,
    "use_sliding_window": False,
    "vocab_size": 151669,
}


def full_size_folder() -> Path:
    """The folder; it is written whole or not at all."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "akidb" / "bench" / "qwen3-0.6b-random-1"
    if not folder.exists():
        unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
        shutil.rmtree(unfinished, ignore_errors=True)
        _write(unfinished)
        unfinished.rename(folder)
    return folder


def _write(folder: Path) -> None:
    shutil.copytree(_MODELS / "tiny-qwen3", folder, ignore=shutil.ignore_patterns("*.safetensors", "tokenizer*"))
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(_MODELS / "qwen3-tokenizer" / file, folder)
    (folder / "config.json").write_text(json.dumps(_CONFIG, indent=2))
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(json.dumps({**json.loads(pooling.read_text()), "word_embedding_dimension": _CONFIG["hidden_size"]}, indent=2))
    _write_weights(folder / "model.safetensors")


def _write_weights(path: Path) -> None:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in _tensors():
        start, end = end, end + 2 * int(np.prod(shape))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [start, end]}
    packed = json.dumps(header).encode()
    packed += b" " * (-len(packed) % 8)
    random = np.random.default_rng(1)
    with path.open("wb") as file:
        file.write(len(packed).to_bytes(8, "little") + packed)
        for _, shape in _tensors():
            left = int(np.prod(shape))
            while left:
                count = min(left, _BLOCK)
                block = np.ones(count, np.float32) if len(shape) == 1 else random.standard_normal(count, np.float32) * np.float32(0.02)
                file.write((block.view("<u4") >> 16).astype("<u2").tobytes())
                left -= count


def _tensors() -> Iterator[tuple[str, list[int]]]:
    hidden, inner, queries, keys, head = 1024, 3072, 2048, 1024, 128
    yield "embed_tokens.weight", [151669, hidden]
    for layer in range(28):
        name = f"layers.{layer}."
        yield name + "input_layernorm.weight", [hidden]
        yield name + "self_attn.q_proj.weight", [queries, hidden]
        yield name + "self_attn.k_proj.weight", [keys, hidden]
        yield name + "self_attn.v_proj.weight", [keys, hidden]
        yield name + "self_attn.q_norm.weight", [head]
        yield name + "self_attn.k_norm.weight", [head]
        yield name + "self_attn.o_proj.weight", [hidden, queries]
        yield name + "post_attention_layernorm.weight", [hidden]
        yield name + "mlp.gate_proj.weight", [inner, hidden]
        yield name + "mlp.up_proj.weight", [inner, hidden]
        yield name + "mlp.down_proj.weight", [hidden, inner]
    yield "norm.weight", [hidden]


if __name__ == "__main__":
    print(full_size_folder())
