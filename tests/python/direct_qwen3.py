"""Qwen3 once more, in float64 and NumPy, as plainly as it can be said: one text, all of it at once but for the rows of the scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from akidb_worker.safetensors_file import SafetensorsFile
from akidb_worker.weights import Weights

Matrix = npt.NDArray[np.float64]

_ROWS = 512


def hidden_states(model: dict[str, Any], ids: list[int], rows: list[int]) -> Matrix:
    """The last hidden states of these rows; ``model`` is what a load message says."""
    weights = Weights([SafetensorsFile(path) for path in model["weights"]], model["prefix"], torch.device("cpu"), torch.float32, _ignore)
    hidden, inner, size = model["hidden_size"], model["intermediate_size"], model["head_size"]
    queries, keys = model["heads"] * size, model["key_value_heads"] * size

    def matrix(name: str, *shape: int) -> Matrix:
        exact: Matrix = weights.float32(name, *shape).numpy().astype(np.float64)
        return exact

    def norm(x: Matrix, weight: Matrix) -> Matrix:
        normed: Matrix = x / np.sqrt((x * x).mean(-1, keepdims=True) + model["rms_norm_epsilon"]) * weight
        return normed

    def rotate(x: Matrix) -> Matrix:
        angles = np.outer(np.arange(len(x)), float(model["rope_theta"]) ** (-np.arange(0, size, 2) / size))[:, None, :]
        first, second = np.split(x, 2, -1)
        return np.concatenate((first * np.cos(angles) - second * np.sin(angles), second * np.cos(angles) + first * np.sin(angles)), -1)

    x = matrix("embed_tokens.weight", model["vocabulary_size"], hidden)[ids]
    for number in range(model["layers"]):
        name = f"layers.{number}."
        y = norm(x, matrix(name + "input_layernorm.weight", hidden))
        q = (y @ matrix(name + "self_attn.q_proj.weight", queries, hidden).T).reshape(len(ids), -1, size)
        k = (y @ matrix(name + "self_attn.k_proj.weight", keys, hidden).T).reshape(len(ids), -1, size)
        v = (y @ matrix(name + "self_attn.v_proj.weight", keys, hidden).T).reshape(len(ids), -1, size)
        q = rotate(norm(q, matrix(name + "self_attn.q_norm.weight", size)))
        k = rotate(norm(k, matrix(name + "self_attn.k_norm.weight", size)))
        if number == model["layers"] - 1:
            wanted, q, x = np.array(rows), q[rows], x[rows]
        else:
            wanted = np.arange(len(ids))
        x = x + _attention(q, k, v, wanted) @ matrix(name + "self_attn.o_proj.weight", hidden, queries).T
        y = norm(x, matrix(name + "post_attention_layernorm.weight", hidden))
        gate = y @ matrix(name + "mlp.gate_proj.weight", inner, hidden).T
        up = y @ matrix(name + "mlp.up_proj.weight", inner, hidden).T
        x = x + (gate / (1 + np.exp(-gate)) * up) @ matrix(name + "mlp.down_proj.weight", hidden, inner).T
    return norm(x, matrix("norm.weight", hidden))


def _attention(q: Matrix, k: Matrix, v: Matrix, positions: npt.NDArray[np.int64]) -> Matrix:
    context = np.empty_like(q)
    shared = q.shape[1] // k.shape[1]
    for first in range(0, len(q), _ROWS):
        some = slice(first, first + _ROWS)
        seen = int(positions[some].max()) + 1
        for head in range(q.shape[1]):
            scores = q[some, head] @ k[:seen, head // shared].T / np.sqrt(q.shape[2])
            scores[np.arange(seen) > positions[some, None]] = -np.inf
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            context[some, head] = scores @ v[:seen, head // shared] / scores.sum(-1, keepdims=True)
    return context.reshape(len(q), -1)


def _ignore(fraction: float) -> None:
    pass
