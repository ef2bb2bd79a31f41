"""The forward pass of language models that are used as encoders: what a family does differently is a row of ``architectures``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch.nn.functional as F
from torch import Tensor

from akidb_worker.activations import activation
from akidb_worker.architectures import DECODERS, DecoderLayout
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.layer_attention import LayerAttention
from akidb_worker.linear import Linear, LinearLayout, Linears, Part
from akidb_worker.messages import DecoderNumbers, Model
from akidb_worker.micro_batches import MicroBatch
from akidb_worker.norms import choose_rms_norm
from akidb_worker.rotary import Rotation
from akidb_worker.row_blocks import RowBlocks
from akidb_worker.weights import Weights


@dataclass(frozen=True, slots=True)
class _Layer:
    input_norm: Tensor
    query_key_value: Linears
    query_norm: Tensor | None
    key_norm: Tensor | None
    attention_output: Linear
    attention_output_norm: Tensor | None
    feed_forward_norm: Tensor
    gate_up: Linears
    down: Linear
    feed_forward_output_norm: Tensor | None


class TransformerDecoder:
    """Satisfies Encoder."""

    def __init__(self, model: Model, numbers: DecoderNumbers, weights: Weights, linears: LinearLayout) -> None:
        if model.heads % numbers.key_value_heads or numbers.head_size % 2:
            raise WorkerError(
                ErrorKind.BAD_MODEL,
                f"{model.heads} heads of size {numbers.head_size} do not fit {numbers.key_value_heads} key/value heads.",
            )
        layout = DECODERS[model.architecture]
        self._head_size = numbers.head_size
        self._epsilon = numbers.rms_norm_epsilon
        self._activation = activation(numbers.activation)
        self._dtype = weights.dtype
        self._scale = model.hidden_size**0.5 if layout.scaled_embeddings else None
        # The attention divides by the root of the head's size.
        self._query_scale = (numbers.head_size / numbers.score_scalar) ** 0.5 if numbers.score_scalar is not None else None
        self._words = weights.stored("embed_tokens.weight", model.vocabulary_size, model.hidden_size)
        self._layers = [_layer(weights, linears, f"layers.{i}.", model, numbers, layout) for i in range(model.layers)]
        linears.finish()
        self._norm = _norm(weights, "norm", model.hidden_size, layout)
        device = self._norm.device
        self._rms_norm = choose_rms_norm(device)
        self._attention = LayerAttention(model, self._head_size, numbers.key_value_heads, numbers.causal, self._dtype, device)

    def forward(self, ids: Tensor, batch: MicroBatch, picked: Tensor | None, moved: Callable[[], None]) -> Tensor:
        x = F.embedding(ids, self._words).float()
        if self._scale is not None:
            x.mul_(self._scale)
        attention_of = self._attention.over(batch, ids.device)
        for number, layer in enumerate(self._layers):
            attend, rotation = attention_of(number)
            q, k, v = RowBlocks(x, moved).gather(partial(self._project, layer, x, rotation))
            context = attend(q, k, v, moved)
            if picked is not None and layer is self._layers[-1]:
                context, x = context[picked], x[picked]
            for rows in RowBlocks(x, moved):
                self._add(layer, x[rows], context[rows])
        for rows in RowBlocks(x, moved):
            x[rows] = self._normed(x[rows], self._norm)
        return x

    def _project(self, layer: _Layer, x: Tensor, rotation: Rotation | None, rows: slice) -> tuple[Tensor, ...]:
        y = self._normed(x[rows], layer.input_norm).to(self._dtype)
        q, k, v = (part.view(y.shape[0], -1, self._head_size) for part in layer.query_key_value(y))
        q, k = self._heads(q, layer.query_norm), self._heads(k, layer.key_norm)
        if rotation is not None:
            q, k = rotation.turned(q, rows), rotation.turned(k, rows)
        if self._query_scale is not None:
            q = q * self._query_scale
        return q.to(self._dtype), k.to(self._dtype), v

    def _add(self, layer: _Layer, x: Tensor, context: Tensor) -> None:
        """What follows the attention, into the rows themselves."""
        x.add_(self._output(layer.attention_output(context), layer.attention_output_norm))
        y = self._normed(x, layer.feed_forward_norm).to(self._dtype)
        gate, up = layer.gate_up(y)
        x.add_(self._output(layer.down(self._activation(gate).mul_(up)), layer.feed_forward_output_norm))

    def _output(self, y: Tensor, norm: Tensor | None) -> Tensor:
        return y if norm is None else self._normed(y.float(), norm)

    def _heads(self, heads: Tensor, norm: Tensor | None) -> Tensor:
        return heads.float() if norm is None else self._normed(heads.float(), norm)

    def _normed(self, x: Tensor, weight: Tensor) -> Tensor:
        return self._rms_norm(x, weight, self._epsilon)


def _layer(weights: Weights, linears: LinearLayout, name: str, model: Model, numbers: DecoderNumbers, layout: DecoderLayout) -> _Layer:
    hidden, inner, size = model.hidden_size, model.intermediate_size, numbers.head_size
    queries, keys = model.heads * size, numbers.key_value_heads * size
    attention = f"{name}self_attn."

    def norm(of: str | None) -> Tensor | None:
        return None if of is None else _norm(weights, name + of, hidden, layout)

    def projection(of: str, outputs: int) -> Part:
        bias = weights.computing(f"{attention}{of}.bias", outputs) if layout.query_bias or numbers.attention_bias else None
        return weights.computing(f"{attention}{of}.weight", outputs, hidden), bias

    def output() -> Part:
        bias = weights.computing(attention + "o_proj.bias", hidden) if numbers.attention_bias else None
        return weights.computing(attention + "o_proj.weight", hidden, queries), bias

    def feed_forward(of: str, outputs: int, inputs: int) -> Part:
        return weights.computing(f"{name}mlp.{of}.weight", outputs, inputs), None

    return _Layer(
        input_norm=_norm(weights, name + "input_layernorm", hidden, layout),
        query_key_value=linears.joined(projection("q_proj", queries), projection("k_proj", keys), projection("v_proj", keys)),
        query_norm=_norm(weights, attention + "q_norm", size, layout) if layout.head_norms else None,
        key_norm=_norm(weights, attention + "k_norm", size, layout) if layout.head_norms else None,
        attention_output=linears.single(output()),
        attention_output_norm=norm(layout.attention_output_norm),
        feed_forward_norm=_norm(weights, name + layout.feed_forward_norm, hidden, layout),
        gate_up=linears.joined(feed_forward("gate_proj", inner, hidden), feed_forward("up_proj", inner, hidden)),
        down=linears.single(feed_forward("down_proj", hidden, inner)),
        feed_forward_output_norm=norm(layout.feed_forward_output_norm),
    )


def _norm(weights: Weights, name: str, size: int, layout: DecoderLayout) -> Tensor:
    weight = weights.float32(f"{name}.weight", size)
    return weight + layout.norm_offset if layout.norm_offset else weight
