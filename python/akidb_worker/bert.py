"""BERT's forward pass: absolute positions, post-norm layers, exact GELU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.messages import BertNumbers, Model
from akidb_worker.micro_batches import MicroBatch, Run
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
        self._heads = model.heads
        self._scale = (hidden // model.heads) ** -0.5
        self._epsilon = numbers.layer_norm_epsilon
        self._words = weights.stored("embeddings.word_embeddings.weight", model.vocabulary_size, hidden)
        positions = weights.float32("embeddings.position_embeddings.weight", model.max_positions, hidden)
        types = weights.float32("embeddings.token_type_embeddings.weight", numbers.token_types, hidden)
        self._positions = positions + types[0]
        self._embedding_norm = _affine(weights, "embeddings.LayerNorm", hidden)
        self._layers = [_layer(weights, f"encoder.layer.{i}.", hidden, model.intermediate_size) for i in range(model.layers)]

    def forward(self, ids: Tensor, batch: MicroBatch, picked: Tensor | None, moved: Callable[[], None]) -> Tensor:
        x = F.embedding(ids, self._words).float()
        for run in batch.runs:
            x[run.rows].view(run.texts, run.length, -1).add_(self._positions[: run.length])
        x = self._norm(x, self._embedding_norm)
        for layer in self._layers:
            context = self._attend(layer, x, batch.runs)
            if picked is not None and layer is self._layers[-1]:
                context, x = context[picked], x[picked]
            x = self._norm(layer.attention_output.linear(context).add_(x), layer.attention_norm)
            y = F.gelu(layer.intermediate.linear(x))
            x = self._norm(layer.output.linear(y).add_(x), layer.output_norm)
            moved()
        return x

    def _attend(self, layer: _Layer, x: Tensor, runs: tuple[Run, ...]) -> Tensor:
        q, k, v = layer.query.linear(x).mul_(self._scale), layer.key.linear(x), layer.value.linear(x)
        if len(runs) == 1:
            return self._attend_run(q, k, v, runs[0])
        return torch.cat([self._attend_run(q[run.rows], k[run.rows], v[run.rows], run) for run in runs])

    def _attend_run(self, q: Tensor, k: Tensor, v: Tensor, run: Run) -> Tensor:
        q, k, v = (self._split_heads(t, run) for t in (q, k, v))
        context = torch.bmm(torch.softmax(torch.bmm(q, k.transpose(1, 2)), -1), v)
        return context.view(run.texts, self._heads, run.length, -1).transpose(1, 2).reshape(run.texts * run.length, -1)

    def _split_heads(self, t: Tensor, run: Run) -> Tensor:
        split = t.view(run.texts, run.length, self._heads, -1).transpose(1, 2)
        return split.reshape(run.texts * self._heads, run.length, -1)

    def _norm(self, x: Tensor, norm: _Affine) -> Tensor:
        return F.layer_norm(x, self._shape, norm.weight, norm.bias, self._epsilon)


def _layer(weights: Weights, name: str, hidden: int, intermediate: int) -> _Layer:
    return _Layer(
        query=_affine(weights, name + "attention.self.query", hidden, hidden),
        key=_affine(weights, name + "attention.self.key", hidden, hidden),
        value=_affine(weights, name + "attention.self.value", hidden, hidden),
        attention_output=_affine(weights, name + "attention.output.dense", hidden, hidden),
        attention_norm=_affine(weights, name + "attention.output.LayerNorm", hidden),
        intermediate=_affine(weights, name + "intermediate.dense", intermediate, hidden),
        output=_affine(weights, name + "output.dense", hidden, intermediate),
        output_norm=_affine(weights, name + "output.LayerNorm", hidden),
    )


def _affine(weights: Weights, name: str, outputs: int, *inputs: int) -> _Affine:
    return _Affine(weights.float32(name + ".weight", outputs, *inputs), weights.float32(name + ".bias", outputs))
