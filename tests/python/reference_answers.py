"""Models, token ids and vectors of the reference implementations, from ``tests/data`` and the embedded MiniLM."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "data" / "reference"
MINILM = "all-MiniLM-L6-v2"
TOLERANCE = 2e-6

_SHARED_MEMBERS = {
    "vocabulary_size": "vocab_size",
    "hidden_size": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "intermediate_size": "intermediate_size",
    "max_positions": "max_position_embeddings",
}
_OWN_MEMBERS = {
    "bert": {"token_types": "type_vocab_size", "layer_norm_epsilon": "layer_norm_eps"},
    "qwen3": {
        "key_value_heads": "num_key_value_heads",
        "head_size": "head_dim",
        "rms_norm_epsilon": "rms_norm_eps",
        "rope_theta": "rope_theta",
    },
}


def model_folder(name: str) -> Path:
    return ROOT / "src" / "AkiDb.Bridge.MiniLM" / "model" if name == MINILM else ROOT / "tests" / "data" / "models" / name


def max_tokens(name: str) -> int:
    manifest = json.loads((REFERENCE / "manifest.json").read_text())
    return int(manifest["vectors"][name]["max_seq_length"])


def load_members(name: str, pooling: str, **changes: Any) -> dict[str, Any]:
    """A load message, as the host would send it for this model."""
    return folder_members(model_folder(name), pooling, **{"max_tokens": max_tokens(name), **changes})


def folder_members(folder: Path, pooling: str, **changes: Any) -> dict[str, Any]:
    """The same for any folder; without a change the most tokens are the model's positions."""
    config = json.loads((folder / "config.json").read_text())
    architecture = config["model_type"]
    wire_names = {**_SHARED_MEMBERS, **_OWN_MEMBERS[architecture]}
    model = {
        "architecture": architecture,
        "weights": [str(folder / "model.safetensors")],
        "prefix": "",
        "pooling": pooling,
        "max_tokens": config["max_position_embeddings"],
        **{member: config[key] for member, key in wire_names.items()},
    }
    load = {
        "type": "load",
        "id": 1,
        "protocol": 1,
        "model": model,
        "device": "cpu",
        "dtype": "auto",
        "threads": 0,
        "batch_tokens": 512,
    }
    model.update({key: value for key, value in changes.items() if key not in load})
    load.update({key: value for key, value in changes.items() if key in load})
    return load


def token_ids(name: str) -> list[list[int]]:
    """Every text's ids, cut as the tokeniser's template cuts: the last special token stays."""
    most = max_tokens(name)
    texts = [json.loads(line)["ids"] for line in (REFERENCE / f"{name}.tokens.jsonl").read_text().splitlines()]
    return [ids if len(ids) <= most else [*ids[: most - 1], ids[-1]] for ids in texts]


def vectors(name: str, texts: int) -> npt.NDArray[np.float32]:
    return np.fromfile(REFERENCE / f"{name}.f32", dtype="<f4").reshape(texts, -1)


def normalized(rows: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    exact = rows.astype(np.float64)
    result: npt.NDArray[np.float64] = exact / np.linalg.norm(exact, axis=1, keepdims=True)
    return result
