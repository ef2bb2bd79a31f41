"""Qwen3's forward pass: causal grouped-query attention with q/k norms, rotary positions, SwiGLU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.fused_attention import choose_attention
from akidb_worker.messages import Model, Qwen3Numbers
from akidb_worker.micro_batches import MicroBatch
from akidb_worker.norms import choose_rms_norm
from akidb_worker.row_blocks import RowBlocks
from akidb_worker.weights import Weights


@dataclass(frozen=True, slots=True)
class _Layer:
    input_norm: Tensor
    query: Tensor
    key: Tensor
    value: Tensor
    query_norm: Tensor
    key_norm: Tensor
    attention_output: Tensor
    output_norm: Tensor
    gate: Tensor
    up: Tensor
    down: Tensor


class Qwen3Encoder:
    """Satisfies Encoder."""

    def __init__(self, model: Model, numbers: Qwen3Numbers, weights: Weights) -> None:
        if model.heads % numbers.key_value_heads or numbers.head_size % 2:
            raise WorkerError(
                ErrorKind.BAD_MODEL,
                f"{model.heads} heads of size {numbers.head_size} do not fit {numbers.key_value_heads} key/value heads.",
            )
        self._head_size = numbers.head_size
        self._epsilon = numbers.rms_norm_epsilon
        self._dtype = weights.dtype
        self._words = weights.stored("embed_tokens.weight", model.vocabulary_size, model.hidden_size)
        self._layers = [_layer(weights, f"layers.{i}.", model, numbers) for i in range(model.layers)]
        self._norm = weights.float32("norm.weight", model.hidden_size)
        exponents = torch.arange(0, numbers.head_size, 2, dtype=torch.float32, device=self._norm.device) / numbers.head_size
        self._frequencies = 1.0 / numbers.rope_theta**exponents
        self._rms_norm = choose_rms_norm(self._norm.device)
        self._attention = choose_attention(True, model.heads, numbers.key_value_heads, self._head_size, self._dtype, self._norm.device)

    def forward(self, ids: Tensor, batch: MicroBatch, picked: Tensor | None, moved: Callable[[], None]) -> Tensor:
        x = F.embedding(ids, self._words).float()
        cos, sin = self._rotations(batch)
        attend = self._attention.over(batch, ids.device)
        for layer in self._layers:
            q, k, v = RowBlocks(x, moved).gather(partial(self._project, layer, x, cos, sin))
            context = attend(q, k, v, moved)
            if picked is not None and layer is self._layers[-1]:
                context, x = context[picked], x[picked]
            for rows in RowBlocks(x, moved):
                self._add(layer, x[rows], context[rows])
        for rows in RowBlocks(x, moved):
            x[rows] = self._normed(x[rows], self._norm)
        return x

    def _project(self, layer: _Layer, x: Tensor, cos: Tensor, sin: Tensor, rows: slice) -> tuple[Tensor, ...]:
        x, cos, sin = x[rows], cos[rows], sin[rows]
        y = self._normed(x, layer.input_norm).to(self._dtype)
        q = self._rotate(self._normed(self._split(y, layer.query).float(), layer.query_norm), cos, sin)
        k = self._rotate(self._normed(self._split(y, layer.key).float(), layer.key_norm), cos, sin)
        return q.to(self._dtype), k.to(self._dtype), self._split(y, layer.value)

    def _add(self, layer: _Layer, x: Tensor, context: Tensor) -> None:
        """What follows the attention, into the rows themselves."""
        x.add_(F.linear(context, layer.attention_output))
        y = self._normed(x, layer.output_norm).to(self._dtype)
        y = F.silu(F.linear(y, layer.gate), inplace=True).mul_(F.linear(y, layer.up))
        x.add_(F.linear(y, layer.down))

    def _split(self, x: Tensor, weight: Tensor) -> Tensor:
        return F.linear(x, weight).view(x.shape[0], -1, self._head_size)

    def _normed(self, x: Tensor, weight: Tensor) -> Tensor:
        return self._rms_norm(x, weight, self._epsilon)

    def _rotations(self, batch: MicroBatch) -> tuple[Tensor, Tensor]:
        longest = torch.arange(batch.runs[-1].length, dtype=torch.float32, device=self._frequencies.device)
        positions = torch.cat([longest[: run.length].repeat(run.texts) for run in batch.runs])
        angles = torch.outer(positions, self._frequencies).unsqueeze(1)
        return angles.cos().repeat(1, 1, 2), angles.sin()

    def _rotate(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        first, second = x.chunk(2, -1)
        rotated = x * cos
        left, right = rotated.chunk(2, -1)
        left.addcmul_(second, sin, value=-1)
        right.addcmul_(first, sin)
        return rotated


def _layer(weights: Weights, name: str, model: Model, numbers: Qwen3Numbers) -> _Layer:
    hidden, inner, size = model.hidden_size, model.intermediate_size, numbers.head_size
    queries, keys = model.heads * size, numbers.key_value_heads * size
    return _Layer(
        input_norm=weights.float32(name + "input_layernorm.weight", hidden),
        query=weights.computing(name + "self_attn.q_proj.weight", queries, hidden),
        key=weights.computing(name + "self_attn.k_proj.weight", keys, hidden),
        value=weights.computing(name + "self_attn.v_proj.weight", keys, hidden),
        query_norm=weights.float32(name + "self_attn.q_norm.weight", size),
        key_norm=weights.float32(name + "self_attn.k_norm.weight", size),
        attention_output=weights.computing(name + "self_attn.o_proj.weight", hidden, queries),
        output_norm=weights.float32(name + "post_attention_layernorm.weight", hidden),
        gate=weights.computing(name + "mlp.gate_proj.weight", inner, hidden),
        up=weights.computing(name + "mlp.up_proj.weight", inner, hidden),
        down=weights.computing(name + "mlp.down_proj.weight", hidden, inner),
    )
