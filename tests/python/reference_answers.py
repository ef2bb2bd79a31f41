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

# Components of up to 5 instead of parts of a vector of length 1, cosines of angles of thousands, or sums of thousands of rows.
_LARGER_TOLERANCES = {
    "tiny-distilbert": 5e-6,
    "tiny-bert-unigram": 8e-6,
    "tiny-model2vec": 6e-6,
    "tiny-jina-bert": 1e-5,
    "tiny-gte-new": 2.5e-5,
    "tiny-modernbert": 3e-5,
    "tiny-static": 4e-5,
}

# Models and answers beside the checkout, which are too many for it.
_SHARED = ROOT / ".." / "shared"

_SHARED_MEMBERS = {
    "vocabulary_size": "vocab_size",
    "hidden_size": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "intermediate_size": "intermediate_size",
    "max_positions": "max_position_embeddings",
}
_OWN_MEMBERS: dict[str, dict[str, str]] = {
    "bert": {"token_types": "type_vocab_size", "layer_norm_epsilon": "layer_norm_eps"},
    "roberta": {"token_types": "type_vocab_size", "layer_norm_epsilon": "layer_norm_eps", "padding_id": "pad_token_id"},
    "distilbert": {"hidden_size": "dim", "layers": "n_layers", "heads": "n_heads", "intermediate_size": "hidden_dim"},
    "mpnet": {
        "layer_norm_epsilon": "layer_norm_eps",
        "padding_id": "pad_token_id",
        "relative_buckets": "relative_attention_num_buckets",
    },
    "jina_bert": {"token_types": "type_vocab_size", "layer_norm_epsilon": "layer_norm_eps"},
    "modernbert": {},
    "nomic_bert": {"layer_norm_epsilon": "layer_norm_eps"},
    "new": {"layer_norm_epsilon": "layer_norm_eps"},
    "qwen2": {"key_value_heads": "num_key_value_heads", "rms_norm_epsilon": "rms_norm_eps", "rope_theta": "rope_theta"},
    "gemma3_text": {"key_value_heads": "num_key_value_heads", "rms_norm_epsilon": "rms_norm_eps", "rope_theta": "rope_theta"},
    "qwen3": {
        "key_value_heads": "num_key_value_heads",
        "head_size": "head_dim",
        "rms_norm_epsilon": "rms_norm_eps",
        "rope_theta": "rope_theta",
    },
}


def model_folder(name: str) -> Path:
    if name == MINILM:
        return ROOT / "src" / "AkiDb.Bridge.MiniLM" / "model"
    folder = ROOT / "tests" / "data" / "models" / name
    return folder if (folder / "config.json").exists() else _SHARED / "models" / name


def tolerance(name: str) -> float:
    """The largest difference of a component that a float32 implementation of a model may show."""
    return _LARGER_TOLERANCES.get(name, TOLERANCE)


def max_tokens(name: str) -> int:
    folder = REFERENCE if name in json.loads((REFERENCE / "manifest.json").read_text())["vectors"] else _SHARED / "reference" / "families"
    manifest = json.loads((folder / "manifest.json").read_text())
    return int(manifest["vectors"][name]["max_seq_length"])


def _reference(file: str) -> Path:
    return REFERENCE / file if (REFERENCE / file).exists() else _SHARED / "reference" / "families" / file


def load_members(name: str, pooling: str, **changes: Any) -> dict[str, Any]:
    """A load message, as the host would send it for this model."""
    return folder_members(model_folder(name), pooling, **{"max_tokens": max_tokens(name), **changes})


def folder_members(folder: Path, pooling: str, **changes: Any) -> dict[str, Any]:
    """The same for any folder; without a change the most tokens are the model's positions."""
    config = json.loads((folder / "config.json").read_text())
    architecture = config["model_type"].removeprefix("xlm-")
    architecture = "jina_bert" if config.get("position_embedding_type") == "alibi" else architecture
    wire_names = {**_SHARED_MEMBERS, **_OWN_MEMBERS[architecture]}
    model = {
        "architecture": architecture,
        "weights": [str(folder / "model.safetensors")],
        "prefix": "",
        "pooling": pooling,
        "max_tokens": config["max_position_embeddings"],
        "token_types": 0,
        "layer_norm_epsilon": 1e-12,
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
    texts = [json.loads(line)["ids"] for line in _reference(f"{name}.tokens.jsonl").read_text().splitlines()]
    return [ids if len(ids) <= most else [*ids[: most - 1], ids[-1]] for ids in texts]


def special_token_ids(name: str) -> list[list[int]]:
    """The ids of texts with added tokens and other traps in them."""
    ids: list[list[int]] = json.loads(_reference("special.tokens.json").read_text())[name]
    return ids


def vectors(name: str, texts: int) -> npt.NDArray[np.float32]:
    return np.fromfile(_reference(f"{name}.f32"), dtype="<f4").reshape(texts, -1)


def dense(name: str, tensor: str) -> npt.NDArray[np.float64]:
    """A tensor of a model's dense module."""
    content = (model_folder(name) / "2_Dense" / "model.safetensors").read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    entry = json.loads(content[8:start])[tensor]
    first, last = entry["data_offsets"]
    values = np.frombuffer(content[start + first : start + last], dtype="<f4")
    return values.reshape(entry["shape"]).astype(np.float64)


def normalized(rows: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    exact = rows.astype(np.float64)
    result: npt.NDArray[np.float64] = exact / np.linalg.norm(exact, axis=1, keepdims=True)
    return result
