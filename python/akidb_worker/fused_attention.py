"""The attention functions of newer versions of torch, each used only where it proves to be right."""

from __future__ import annotations

import importlib
import inspect
import logging
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from akidb_worker.attention import Attend, Attention, PlainAttention
from akidb_worker.errors import first_line
from akidb_worker.micro_batches import MicroBatch, Run, cut

_log = logging.getLogger(__name__)

# Pairs of tokens in one call: a call cannot be stopped.
_MOST_PAIRS = 1 << 28

_PROOF_LENGTHS = (1, 5, 5, 33, 64)

# Of values around 1, from the same computation in float32.
_LARGEST_ERROR = {torch.float32: 2e-5, torch.float16: 4e-3, torch.bfloat16: 3e-2}


def choose_attention(causal: bool, heads: int, key_value_heads: int, size: int, dtype: torch.dtype, device: torch.device) -> Attention:
    """The fastest that this torch has for this device and proves to be right."""
    shapes = ((heads, size), (key_value_heads, size), (key_value_heads, size))
    for attention in _candidates(causal, dtype, device):
        why = _refusal(attention, causal, shapes, dtype, device)
        if why is None:
            _log.info("Attention is computed by %s.", type(attention).__name__)
            return attention
        _log.warning("%s of torch %s is not used: %s.", type(attention).__name__, torch.__version__, why)
    return PlainAttention(causal)


class VariableLengthAttention:
    """One call for all texts, whatever their lengths: ``torch.nn.attention.varlen``."""

    def __init__(self, function: Callable[..., Any], causal: bool) -> None:
        names = inspect.signature(function).parameters
        self._function = function
        self._options: dict[str, object] = {}
        if "enable_gqa" in names:
            self._options["enable_gqa"] = True
        if causal and "window_size" in names:
            self._options["window_size"] = (-1, 0)
        elif causal:
            self._options["is_causal"] = True

    def over(self, batch: MicroBatch, device: torch.device) -> Attend:
        lengths = [run.length for run in batch.runs for _ in range(run.texts)]
        ends = torch.tensor([0, *accumulate(lengths)], dtype=torch.int32, device=device)

        def attend(q: Tensor, k: Tensor, v: Tensor, moved: Callable[[], None]) -> Tensor:
            context: Tensor = self._function(q, k, v, ends, ends, lengths[-1], lengths[-1], **self._options)
            moved()
            return context.reshape(q.shape[0], -1)

        return attend


class ScaledDotProductAttention:
    """A call for the texts of each length: ``F.scaled_dot_product_attention``.

    Query heads that share a key/value head are computed one after the other: given both kinds of heads at once, most of torch's
    kernels step aside for one that repeats the heads and holds all scores.
    """

    def __init__(self, function: Callable[..., Tensor], causal: bool) -> None:
        self._function = function
        self._causal = causal

    def over(self, batch: MicroBatch, device: torch.device) -> Attend:
        def attend(q: Tensor, k: Tensor, v: Tensor, moved: Callable[[], None]) -> Tensor:
            context = torch.empty_like(q)
            for run in batch.runs:
                self._attend(q[run.rows], k[run.rows], v[run.rows], context[run.rows], run, moved)
            return context.view(q.shape[0], -1)

        return attend

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, context: Tensor, run: Run, moved: Callable[[], None]) -> None:
        texts, length, groups, size = run.texts, run.length, k.shape[1], k.shape[2]
        q, context = (t.view(texts, length, groups, -1, size) for t in (q, context))
        k, v = (t.view(texts, length, groups, size).transpose(1, 2) for t in (k, v))
        step = max(1, _MOST_PAIRS // (texts * length**2))
        for first in range(0, groups, step):
            some = slice(first, first + step)
            for member in range(q.shape[3]):
                answer = self._function(q[:, :, some, member].transpose(1, 2), k[:, some], v[:, some], is_causal=self._causal)
                context[:, :, some, member] = answer.transpose(1, 2)
                moved()


def _candidates(causal: bool, dtype: torch.dtype, device: torch.device) -> Iterator[Attention]:
    if device.type == "cuda" and dtype != torch.float32:
        try:
            function = importlib.import_module("torch.nn.attention.varlen").varlen_attn
        except (ImportError, AttributeError):
            pass
        else:
            yield VariableLengthAttention(function, causal)
    function = getattr(F, "scaled_dot_product_attention", None)
    bounded = device.type == "cuda" or (device.type == "cpu" and hasattr(torch, "_scaled_dot_product_flash_attention_for_cpu"))
    # Elsewhere it holds all scores of a text at once.
    if function is not None and bounded:
        yield ScaledDotProductAttention(function, causal)


def _refusal(
    attention: Attention, causal: bool, shapes: tuple[tuple[int, int], ...], dtype: torch.dtype, device: torch.device
) -> str | None:
    """What is wrong with it, on a batch of mixed lengths."""
    (batch,) = cut(_PROOF_LENGTHS, sum(_PROOF_LENGTHS))
    random = torch.Generator().manual_seed(1)
    q, k, v = (torch.randn(batch.tokens, *shape, generator=random).to(dtype) for shape in shapes)
    expected = PlainAttention(causal).over(batch, q.device)(q.float().clone(), k.float(), v.float(), _nothing)
    try:
        actual = attention.over(batch, device)(q.to(device), k.to(device), v.to(device), _nothing)
        error = float((actual.cpu().float() - expected).abs().max())
    except Exception as failure:
        return f"{type(failure).__name__}: {first_line(str(failure))}"
    return None if error <= _LARGEST_ERROR[dtype] else f"its values are off by {error:.2g}"


def _nothing() -> None:
    pass
