"""The forward pass of BERT and its kin: what a family does differently is a row of ``architectures`` and the numbers of its model."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from akidb_worker.activations import activation
from akidb_worker.architectures import ENCODERS, EncoderLayout, LinearName
from akidb_worker.attention import Shares
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.layer_attention import LayerAttention
from akidb_worker.linear import Linear, LinearLayout, Linears, Part
from akidb_worker.messages import EncoderNumbers, Model
from akidb_worker.micro_batches import MicroBatch
from akidb_worker.rotary import Rotation
from akidb_worker.row_blocks import RowBlocks
from akidb_worker.weights import Weights

# The farthest that MPNet tells apart, and into how many buckets the library puts all distances, however many rows their table has.
_FARTHEST = 128
_BUCKETS = 32


@dataclass(frozen=True, slots=True)
class _Norm:
    weight: Tensor
    bias: Tensor | None


@dataclass(frozen=True, slots=True)
class _Layer:
    query_key_value: Linears
    attention_output: Linear
    attention_norm: _Norm | None
    # And the gate where there is one.
    up: Linears
    down: Linear
    output_norm: _Norm


class TransformerEncoder:
    """Satisfies Encoder."""

    def __init__(self, model: Model, numbers: EncoderNumbers, weights: Weights, linears: LinearLayout) -> None:
        hidden = model.hidden_size
        if hidden % model.heads:
            raise WorkerError(ErrorKind.BAD_MODEL, f"hidden_size {hidden} is not divisible by {model.heads} heads.")
        layout = ENCODERS[model.architecture]
        self._shape = (hidden,)
        self._head_size = hidden // model.heads
        self._epsilon = numbers.layer_norm_epsilon
        self._activation = activation(numbers.activation)
        self._padding_id = numbers.padding_id
        self._dtype = weights.dtype
        self._words = weights.stored(f"{layout.words}.weight", model.vocabulary_size, hidden)
        self._added = _added_embeddings(model, numbers, layout, weights)
        reader = _Reader(weights, linears, numbers.biases if numbers.biases is not None else layout.biases, model)
        self._embedding_norm = reader.norm(layout.embedding_norm)
        self._layers = [reader.layer(layout, i) for i in range(model.layers)]
        linears.finish()
        self._final_norm = reader.norm(layout.final_norm) if layout.final_norm else None
        device = self._embedding_norm.weight.device
        self._attention = LayerAttention(
            model, self._head_size, model.heads, False, self._dtype, device, _shares(model, numbers, layout, weights, device)
        )

    def forward(self, ids: Tensor, batch: MicroBatch, picked: Tensor | None, moved: Callable[[], None]) -> Tensor:
        x = F.embedding(ids, self._words).float()
        if self._added is not None:
            self._add_embeddings(x, ids, batch, self._added)
        x = self._normed(x, self._embedding_norm)
        attention_of = self._attention.over(batch, ids.device)
        for number, layer in enumerate(self._layers):
            attend, rotation = attention_of(number)
            q, k, v = RowBlocks(x, moved).gather(partial(self._project, layer, x, rotation))
            context = attend(q, k, v, moved)
            if picked is not None and layer is self._layers[-1]:
                context, x = context[picked], x[picked]
            (x,) = RowBlocks(x, moved).gather(partial(self._finish, layer, x, context))
        return x if self._final_norm is None else self._normed(x, self._final_norm)

    def _add_embeddings(self, x: Tensor, ids: Tensor, batch: MicroBatch, added: Tensor) -> None:
        """Of positions and token types.

        RoBERTa counts only what is not padding, from the place behind it; padding that a text holds as a token stands at its own id.
        """
        if added.dim() == 1:
            x.add_(added)
            return
        for run in batch.runs:
            rows = x[run.rows].view(run.texts, run.length, -1)
            if self._padding_id is None:
                rows.add_(added[: run.length])
            else:
                counted = (ids[run.rows].view(run.texts, run.length) != self._padding_id).long()
                rows.add_(added[counted.cumsum(1) * counted + self._padding_id])

    def _project(self, layer: _Layer, x: Tensor, rotation: Rotation | None, rows: slice) -> tuple[Tensor, ...]:
        y = x[rows]
        if self._final_norm is not None and layer.attention_norm is not None:
            y = self._normed(y, layer.attention_norm)
        y = y.to(self._dtype)
        q, k, v = (part.view(y.shape[0], -1, self._head_size) for part in layer.query_key_value(y))
        if rotation is not None:
            q, k = (rotation.turned(part.float(), rows).to(self._dtype) for part in (q, k))
        return q, k, v

    def _finish(self, layer: _Layer, x: Tensor, context: Tensor, rows: slice) -> tuple[Tensor, ...]:
        x = x[rows] + layer.attention_output(context[rows])
        if self._final_norm is None and layer.attention_norm is not None:
            x = self._normed(x, layer.attention_norm)
        y = (x if self._final_norm is None else self._normed(x, layer.output_norm)).to(self._dtype)
        inner, *gate = layer.up(y)
        inner = self._activation(gate[0]).mul_(inner) if gate else self._activation(inner)
        x = x.add_(layer.down(inner))
        return (self._normed(x, layer.output_norm) if self._final_norm is None else x,)

    def _normed(self, x: Tensor, norm: _Norm) -> Tensor:
        return F.layer_norm(x, self._shape, norm.weight, norm.bias, self._epsilon)


class _Reader:
    """Takes the tensors of layers from the files."""

    def __init__(self, weights: Weights, linears: LinearLayout, biases: frozenset[str], model: Model) -> None:
        self._weights = weights
        self._linears = linears
        self._biases = biases
        self._hidden = model.hidden_size
        self._wide = model.intermediate_size

    def norm(self, name: str) -> _Norm:
        weight = self._weights.float32(f"{name}.weight", self._hidden)
        return _Norm(weight, self._weights.float32(f"{name}.bias", self._hidden) if "norm" in self._biases else None)

    def layer(self, layout: EncoderLayout, number: int) -> _Layer:
        at = f"{layout.layer}{number}."
        hidden, wide = self._hidden, self._wide
        first_of_pre_norm = layout.final_norm is not None and number == 0
        projections = [self._part(at, name, "query", hidden, hidden) for name in (layout.query, layout.key, layout.value)]
        wideners = [self._part(at, name, "up", wide, hidden) for name in (layout.up, layout.gate) if name is not None]
        return _Layer(
            query_key_value=self._linears.joined(*projections),
            attention_output=self._linears.single(self._part(at, layout.attention_output, "attention_output", hidden, hidden)),
            attention_norm=None if first_of_pre_norm else self.norm(at + layout.attention_norm),
            up=self._linears.joined(*wideners),
            down=self._linears.single(self._part(at, layout.down, "down", hidden, wide)),
            output_norm=self.norm(at + layout.output_norm),
        )

    def _part(self, at: str, name: LinearName, part: str, outputs: int, inputs: int) -> Part:
        module = at + name.module
        weight = self._weights.computing_part(f"{module}.weight", name.part, name.parts, outputs, inputs)
        bias = self._weights.computing_part(f"{module}.bias", name.part, name.parts, outputs) if part in self._biases else None
        return weight, bias


def _added_embeddings(model: Model, numbers: EncoderNumbers, layout: EncoderLayout, weights: Weights) -> Tensor | None:
    """What is added to the words' embeddings: a row for each position, or one for all, or nothing."""
    hidden = model.hidden_size
    types = weights.float32(f"{layout.token_types}.weight", numbers.token_types, hidden)[0] if numbers.token_types else None
    if layout.positions is None:
        return types
    positions = weights.float32(f"{layout.positions}.weight", model.max_positions, hidden)
    return positions if types is None else positions + types


def _shares(model: Model, numbers: EncoderNumbers, layout: EncoderLayout, weights: Weights, device: torch.device) -> Shares | None:
    """None where distances add nothing."""
    if layout.alibi:
        return Alibi(model.heads, device)
    if numbers.relative_buckets is None:
        return None
    table = weights.float32("encoder.relative_attention_bias.weight", numbers.relative_buckets, model.heads)
    shares = table[torch.tensor(_buckets(model.max_tokens - 1), device=device)].t().contiguous()
    return lambda length: shares


class Alibi:
    """Satisfies Shares. Made for the longest text so far: a model may state a maximum that no text will ever have."""

    def __init__(self, heads: int, device: torch.device) -> None:
        self._slopes = torch.tensor(alibi_slopes(heads), dtype=torch.float32, device=device)
        self._shares = self._of(511)

    def __call__(self, length: int) -> Tensor:
        # Another thread may put shorter ones there meanwhile.
        shares = self._shares
        if length - 1 > shares.shape[-1] // 2:
            self._shares = shares = self._of(2 * length)
        return shares

    def _of(self, farthest: int) -> Tensor:
        distances = torch.arange(-farthest, farthest + 1, dtype=torch.float32, device=self._slopes.device).abs()
        return torch.outer(self._slopes, distances).neg_()


def alibi_slopes(heads: int) -> list[float]:
    """What a distance of one costs each head.

    Where the heads are no power of two, those beyond it take every second slope of twice that power.
    """
    power: int = 2 ** (heads.bit_length() - 1)
    first = [2 ** (-8 * (head + 1) / power) for head in range(power)]
    return first + [2 ** (-8 * (2 * head + 1) / (2 * power)) for head in range(heads - power)]


def _buckets(farthest: int) -> list[int]:
    """Which of MPNet's buckets each distance from -farthest to farthest is in: near ones alone, far ones ever more together."""
    side = _BUCKETS // 2
    near = side // 2

    def bucket(distance: int) -> int:
        length = abs(distance)
        # At the powers of two the quotient of logarithms is whole, and may round to just below.
        far = near + int(math.log(max(length, 1) / near) / math.log(_FARTHEST / near) * (side - near) + 1e-6)
        return (length if length < near else min(far, side - 1)) + (side if distance > 0 else 0)

    return [bucket(distance) for distance in range(-farthest, farthest + 1)]
