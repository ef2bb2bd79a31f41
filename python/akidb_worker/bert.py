"""BERT's forward pass: absolute positions, post-norm layers, exact GELU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch.nn.functional as F
from torch import Tensor

from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.fused_attention import choose_attention
from akidb_worker.messages import BertNumbers, Model
from akidb_worker.micro_batches import MicroBatch
from akidb_worker.row_blocks import RowBlocks
from akidb_worker.weights import Weights


@dataclass(frozen=True, slots=True)
class _Affine:
    weight: Tensor
    bias: Tensor

    def linear(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias)


@dataclass(frozen=True, slots=True)
class _Layer:
    query: _Affine
    key: _Affine
    value: _Affine
    attention_output: _Affine
    attention_norm: _Affine
    intermediate: _Affine
    output: _Affine
    output_norm: _Affine


class BertEncoder:
    """Satisfies Encoder."""

    def __init__(self, model: Model, numbers: BertNumbers, weights: Weights) -> None:
        hidden = model.hidden_size
        if hidden % model.heads:
            raise WorkerError(ErrorKind.BAD_MODEL, f"hidden_size {hidden} is not divisible by {model.heads} heads.")
        self._shape = (hidden,)
        self._head_size = hidden // model.heads
        self._epsilon = numbers.layer_norm_epsilon
        self._dtype = weights.dtype
        self._words = weights.stored("embeddings.word_embeddings.weight", model.vocabulary_size, hidden)
        positions = weights.float32("embeddings.position_embeddings.weight", model.max_positions, hidden)
        types = weights.float32("embeddings.token_type_embeddings.weight", numbers.token_types, hidden)
        self._positions = positions + types[0]
        self._embedding_norm = _norm(weights, "embeddings.LayerNorm", hidden)
        self._layers = [_layer(weights, f"encoder.layer.{i}.", hidden, model.intermediate_size) for i in range(model.layers)]
        self._attention = choose_attention(False, model.heads, model.heads, self._head_size, self._dtype, self._positions.device)

    def forward(self, ids: Tensor, batch: MicroBatch, picked: Tensor | None, moved: Callable[[], None]) -> Tensor:
        x = F.embedding(ids, self._words).float()
        for run in batch.runs:
            x[run.rows].view(run.texts, run.length, -1).add_(self._positions[: run.length])
        x = self._normed(x, self._embedding_norm)
        attend = self._attention.over(batch, ids.device)
        for layer in self._layers:
            q, k, v = RowBlocks(x, moved).gather(partial(self._project, layer, x))
            context = attend(q, k, v, moved)
            if picked is not None and layer is self._layers[-1]:
                context, x = context[picked], x[picked]
            (x,) = RowBlocks(x, moved).gather(partial(self._finish, layer, x, context))
        return x

    def _project(self, layer: _Layer, x: Tensor, rows: slice) -> tuple[Tensor, ...]:
        y = x[rows].to(self._dtype)
        return tuple(part.linear(y).view(y.shape[0], -1, self._head_size) for part in (layer.query, layer.key, layer.value))

    def _finish(self, layer: _Layer, x: Tensor, context: Tensor, rows: slice) -> tuple[Tensor, ...]:
        x = self._normed(x[rows] + layer.attention_output.linear(context[rows]), layer.attention_norm)
        y = layer.output.linear(F.gelu(layer.intermediate.linear(x.to(self._dtype))))
        return (self._normed(x.add_(y), layer.output_norm),)

    def _normed(self, x: Tensor, norm: _Affine) -> Tensor:
        return F.layer_norm(x, self._shape, norm.weight, norm.bias, self._epsilon)


def _layer(weights: Weights, name: str, hidden: int, intermediate: int) -> _Layer:
    return _Layer(
        query=_affine(weights, name + "attention.self.query", hidden, hidden),
        key=_affine(weights, name + "attention.self.key", hidden, hidden),
        value=_affine(weights, name + "attention.self.value", hidden, hidden),
        attention_output=_affine(weights, name + "attention.output.dense", hidden, hidden),
        attention_norm=_norm(weights, name + "attention.output.LayerNorm", hidden),
        intermediate=_affine(weights, name + "intermediate.dense", intermediate, hidden),
        output=_affine(weights, name + "output.dense", hidden, intermediate),
        output_norm=_norm(weights, name + "output.LayerNorm", hidden),
    )


def _affine(weights: Weights, name: str, outputs: int, inputs: int) -> _Affine:
    return _Affine(weights.computing(name + ".weight", outputs, inputs), weights.computing(name + ".bias", outputs))


def _norm(weights: Weights, name: str, size: int) -> _Affine:
    return _Affine(weights.float32(name + ".weight", size), weights.float32(name + ".bias", size))
