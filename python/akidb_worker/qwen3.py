"""Qwen3's forward pass: causal grouped-query attention with q/k norms, rotary positions, SwiGLU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.messages import Model, Qwen3Numbers
from akidb_worker.micro_batches import MicroBatch, Run
from akidb_worker.weights import Weights

_MOST_SCORES = 1 << 22


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
        self._groups = numbers.key_value_heads
        self._head_size = numbers.head_size
        self._scale = numbers.head_size**-0.5
        self._epsilon = numbers.rms_norm_epsilon
        self._words = weights.stored("embed_tokens.weight", model.vocabulary_size, model.hidden_size)
        self._layers = [_layer(weights, f"layers.{i}.", model, numbers) for i in range(model.layers)]
        self._norm = weights.float32("norm.weight", model.hidden_size)
        exponents = torch.arange(0, numbers.head_size, 2, dtype=torch.float32, device=self._norm.device) / numbers.head_size
        self._frequencies = 1.0 / numbers.rope_theta**exponents

    def forward(self, ids: Tensor, batch: MicroBatch, picked: Tensor | None, moved: Callable[[], None]) -> Tensor:
        x = F.embedding(ids, self._words).float()
        cos, sin = self._rotations(batch)
        for layer in self._layers:
            y = self._rms_norm(x, layer.input_norm)
            q = self._rotate(self._rms_norm(self._split(y, layer.query), layer.query_norm), cos, sin).mul_(self._scale)
            k = self._rotate(self._rms_norm(self._split(y, layer.key), layer.key_norm), cos, sin)
            v = self._split(y, layer.value)
            context = torch.cat([self._attend(q[run.rows], k[run.rows], v[run.rows], run) for run in batch.runs])
            if picked is not None and layer is self._layers[-1]:
                context, x = context[picked], x[picked]
            x = F.linear(context, layer.attention_output).add_(x)
            y = self._rms_norm(x, layer.output_norm)
            y = F.silu(F.linear(y, layer.gate)).mul_(F.linear(y, layer.up))
            x = F.linear(y, layer.down).add_(x)
            moved()
        return self._rms_norm(x, self._norm)

    def _split(self, x: Tensor, weight: Tensor) -> Tensor:
        return F.linear(x, weight).view(x.shape[0], -1, self._head_size)

    def _rms_norm(self, x: Tensor, weight: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True).add_(self._epsilon)) * weight

    def _rotations(self, batch: MicroBatch) -> tuple[Tensor, Tensor]:
        longest = torch.arange(batch.runs[-1].length, dtype=torch.float32, device=self._frequencies.device)
        positions = torch.cat([longest[: run.length].repeat(run.texts) for run in batch.runs])
        angles = torch.outer(positions, self._frequencies).repeat(1, 2).unsqueeze(1)
        return angles.cos(), angles.sin()

    def _rotate(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        first, second = x.chunk(2, -1)
        return (x * cos).add_(torch.cat((-second, first), -1).mul_(sin))

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, run: Run) -> Tensor:
        # The query heads that share a key/value head lie one below the other, so that nothing is repeated.
        batch = run.texts * self._groups
        q = q.view(run.texts, run.length, self._groups, -1, self._head_size).permute(0, 2, 3, 1, 4)
        q = q.reshape(batch, -1, run.length, self._head_size)
        k, v = (t.view(run.texts, run.length, self._groups, self._head_size).transpose(1, 2).reshape(batch, run.length, -1) for t in (k, v))
        step = max(1, _MOST_SCORES // (batch * q.shape[1] * run.length))
        blocks = [self._attend_block(q, k, v, first, min(first + step, run.length)) for first in range(0, run.length, step)]
        context = blocks[0] if len(blocks) == 1 else torch.cat(blocks, 2)
        context = context.view(run.texts, self._groups, -1, run.length, self._head_size).permute(0, 3, 1, 2, 4)
        return context.reshape(run.texts * run.length, -1)

    def _attend_block(self, q: Tensor, k: Tensor, v: Tensor, first: int, last: int) -> Tensor:
        batch, heads, _, size = q.shape
        k, v = k[:, :last], v[:, :last]
        block = q[:, :, first:last].reshape(batch, -1, size)
        scores = torch.bmm(block, k.transpose(1, 2))
        future = torch.ones(last - first, last, dtype=torch.bool, device=q.device).triu_(first + 1)
        scores = scores.view(batch, heads, last - first, last).masked_fill_(future, float("-inf"))
        context = torch.bmm(torch.softmax(scores, -1).view(batch, -1, last), v)
        return context.view(batch, heads, last - first, size)


def _layer(weights: Weights, name: str, model: Model, numbers: Qwen3Numbers) -> _Layer:
    hidden, inner, size = model.hidden_size, model.intermediate_size, numbers.head_size
    queries, keys = model.heads * size, numbers.key_value_heads * size
    return _Layer(
        input_norm=weights.float32(name + "input_layernorm.weight", hidden),
        query=weights.float32(name + "self_attn.q_proj.weight", queries, hidden),
        key=weights.float32(name + "self_attn.k_proj.weight", keys, hidden),
        value=weights.float32(name + "self_attn.v_proj.weight", keys, hidden),
        query_norm=weights.float32(name + "self_attn.q_norm.weight", size),
        key_norm=weights.float32(name + "self_attn.k_norm.weight", size),
        attention_output=weights.float32(name + "self_attn.o_proj.weight", hidden, queries),
        output_norm=weights.float32(name + "post_attention_layernorm.weight", hidden),
        gate=weights.float32(name + "mlp.gate_proj.weight", inner, hidden),
        up=weights.float32(name + "mlp.up_proj.weight", inner, hidden),
        down=weights.float32(name + "mlp.down_proj.weight", hidden, inner),
    )
