"""Configurations that published models may have, in the worker's encoders, against the library and a form of our own in float64."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import float64_forms
import msgpack
import numpy as np
import pytest
from akidb_worker.loading import load_model
from akidb_worker.messages import Load
from akidb_worker.protocol import decode
from family_loads import family_load
from reference_answers import load_members, tolerance
from variants import VARIANTS, Variant, sampled

NAMES = [variant.name for variant in VARIANTS]


@pytest.mark.parametrize("variant", VARIANTS, ids=NAMES)
def test_library_and_our_own_form_agree(variant: Variant, tmp_path: Path) -> None:
    rows = float64_forms.compute(variant.write(tmp_path), variant.ids())
    assert np.abs(sampled(rows) - variant.expected()).max() <= tolerance(variant.model)


@pytest.mark.parametrize("variant", VARIANTS, ids=NAMES)
def test_worker_gives_the_librarys_vectors(variant: Variant, tmp_path: Path) -> None:
    folder = variant.write(tmp_path)
    load = decode(memoryview(msgpack.packb(_load(variant, folder))))
    assert isinstance(load, Load)
    inference = load_model(load, lambda stage, fraction: None).inference
    texts = variant.ids()
    together = inference.embed(
        np.array([token for ids in texts for token in ids], dtype=np.int32), [len(ids) for ids in texts], lambda: None
    )
    alone = np.concatenate([inference.embed(np.array(ids, dtype=np.int32), [len(ids)], lambda: None) for ids in texts])
    for rows in (together, alone):
        vectors = rows.astype(np.float64)
        if variant.model not in ("tiny-modernbert", "tiny-distilbert"):
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        assert np.abs(sampled(vectors) - variant.expected()).max() <= tolerance(variant.model)


def _load(variant: Variant, folder: Path) -> dict[str, Any]:
    """What the host would send: its own tests say that it reads these folders so."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    changes: dict[str, Any] = {"weights": [str(folder / "model.safetensors")]}
    if variant.model in ("tiny-bert-cls", "tiny-qwen3"):
        members = load_members(variant.model, "+".join(float64_forms.poolings(folder)))
    else:
        members = family_load(variant.model)
        changes["weights"] += members["model"]["weights"][1:]
    model = members["model"]
    model.update(changes)
    if variant.model in ("tiny-bert-cls", "tiny-qwen3"):
        model["activation"] = config["hidden_act"]
    if variant.biases:
        model["attention_bias"] = True
    if variant.model == "tiny-qwen3":
        model["causal"] = config.get("is_causal", True)
        window = -1 if config["sliding_window"] == 1 else (config["sliding_window"] or 0) - 1
        if config["use_sliding_window"]:
            model["windows"] = [window if layer >= config["max_window_layers"] else 0 for layer in range(config["num_hidden_layers"])]
        _add_rope(model, {**config.get("rope_parameters", {}), **(config.get("rope_scaling") or {})}, "", model["rope_theta"], config)
    if variant.model == "tiny-modernbert":
        _modern(model, config)
    if variant.model == "tiny-gemma3":
        model["causal"] = not config.get("use_bidirectional_attention")
        if config["sliding_window"] == 1:
            model["windows"] = [-1 if window else 0 for window in model["windows"]]
        _add_rope(model, config.get("rope_scaling") or {}, "", model["rope_theta"], config)
    for module in model.get("modules", []):
        module["activation"] = _wire_name(folder)
    return members


def _modern(model: dict[str, Any], config: dict[str, Any]) -> None:
    if config["local_attention"] == 1:
        model["windows"] = [-1 if window else 0 for window in model["windows"]]
    model["local_rope_theta"] = config.get("local_rope_theta", model["local_rope_theta"])
    kinds = config.get("rope_parameters", {"full_attention": {}, "sliding_attention": {}})
    _add_rope(model, kinds["full_attention"], "", model["rope_theta"], config)
    _add_rope(model, kinds["sliding_attention"], "local_", model["local_rope_theta"], config)


def _add_rope(model: dict[str, Any], rope: dict[str, Any], prefix: str, theta: float, config: dict[str, Any]) -> None:
    if rope.get("rope_type", rope.get("type", "default")) != "default":
        size = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
        found, magnitude = float64_forms.frequencies(rope, theta, size, config["max_position_embeddings"])
        model[f"{prefix}rope_frequencies"] = found.tolist()
        model[f"{prefix}rope_magnitude"] = magnitude


def _wire_name(folder: Path) -> str:
    name = json.loads((folder / "2_Dense" / "config.json").read_text(encoding="utf-8"))["activation_function"].rsplit(".", 1)[1]
    return {"LeakyReLU": "leaky_relu"}.get(name, name.lower())
