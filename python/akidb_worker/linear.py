"""Linear layers, their weights as this torch multiplies them fastest."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import accumulate
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from akidb_worker.errors import first_line
from akidb_worker.side_by_side import SideBySide
from akidb_worker.weights import Weights

_log = logging.getLogger(__name__)

Part = tuple[Tensor, "Tensor | None"]
"""A weight of [outputs, inputs] and its bias."""

Linear = Callable[[Tensor], Tensor]
"""Of rows, the products with a weight, and its bias added."""

Linears = Callable[[Tensor], "tuple[Tensor, ...]"]
"""Several products of the same input."""

Layout = Callable[[Sequence[Tensor], "Tensor | None"], Linear]
"""Lays weights of the same inputs out as one, and says how it is multiplied."""

# Weights that are the file itself cost their memory once for all processes; in another layout each process has its own.
_MOST_COPIED_BYTES = 1 << 29

# A short text, and the fewest rows that a thread computes beside others. With many rows the layouts differ little.
_ROWS_TOGETHER = 8
_ROWS_ALONE = 64
_ROUNDS = 5
_CLEARLY = 0.95

# What another layout gains on one thread is lost between threads, which are woken for each product that is not oneDNN's own.
_FAR_SLOWER = 2.0

# Of the processor, for all shapes of a model together: what others take of it meanwhile must not decide.
_MOST_SECONDS = 0.1

# Relative to the largest value, against the product with the weight as it is stored.
_LARGEST_ERROR = 1e-5


class LinearLayout:
    """Makes a model's linear layers. On a CPU, in float32, it measures each shape once and copies weights into the layout that is fastest.

    Where copies would take much memory, the weights stay where they are, and oneDNN multiplies them if this torch can have it do so.

    All measuring together takes about a tenth of a second at most; what is not measured by then is packed as the others are, or
    stays as it is stored.
    """

    def __init__(self, weights: Weights, threads: SideBySide | None) -> None:
        self._weights = weights
        self._threads = threads
        self._chooses = weights.device.type == "cpu" and weights.dtype == torch.float32
        self._copies = self._chooses and weights.total_bytes <= _MOST_COPIED_BYTES
        self._time = MeasuringTime(_MOST_SECONDS)
        self._fastest: dict[torch.Size, Layout] = {}

    def single(self, part: Part) -> Linear:
        """One linear layer."""
        weight, bias = part
        return self._layout(weight)([weight], bias)

    def joined(self, *parts: Part) -> Linears:
        """Layers of the same input, as one product where that may take memory."""
        if not self._copies:
            return partial(_each, [self.single(part) for part in parts])
        weights = [weight for weight, _ in parts]
        biases = [bias for _, bias in parts if bias is not None]
        sizes = [weight.shape[0] for weight in weights]
        columns = [slice(end - size, end) for end, size in zip(accumulate(sizes), sizes, strict=True)]
        return partial(_columns, self._layout(weights[0])(weights, torch.cat(biases) if biases else None), columns)

    def finish(self) -> None:
        """Called when all layers are made."""
        if self._copies:
            self._weights.forget()
        for (outputs, inputs), layout in self._fastest.items():
            _log.info("Weights of %d inputs and %d outputs are multiplied as %s.", inputs, outputs, layout.__name__)

    def _layout(self, weight: Tensor) -> Layout:
        if not self._chooses:
            return stored
        if weight.shape not in self._fastest:
            self._fastest[weight.shape] = self._choose(weight)
        return self._fastest[weight.shape]

    def _choose(self, weight: Tensor) -> Layout:
        if not self._copies:
            return stored if _proven(unpacked, weight) is None else unpacked
        if self._time.left > 0:
            return fastest_layout(weight, self._time, self._threads)
        return packed if packed in self._fastest.values() else stored


def stored(weights: Sequence[Tensor], bias: Tensor | None) -> Linear:
    """As files have them, [outputs, inputs]; a single one is not copied."""
    whole = _whole(weights)
    return lambda x: F.linear(x, whole, bias)


def turned(weights: Sequence[Tensor], bias: Tensor | None) -> Linear:
    """As [inputs, outputs], side by side."""
    ends = list(accumulate(weight.shape[0] for weight in weights))
    whole = weights[0].new_empty(weights[0].shape[1], ends[-1])
    for end, weight in zip(ends, weights, strict=True):
        whole[:, end - weight.shape[0] : end].copy_(weight.t())
    return partial(_turned_product, whole, bias)


def packed(weights: Sequence[Tensor], bias: Tensor | None) -> Linear:
    """In the blocks that oneDNN multiplies: newer versions of torch can, the others raise AttributeError or RuntimeError."""
    functions = _onednn()
    return partial(_product_of_onednn, functions._linear_pointwise, functions._reorder_linear_weight(_whole(weights)), bias)


def unpacked(weights: Sequence[Tensor], bias: Tensor | None) -> Linear:
    """As files have them, a single one not copied, multiplied by oneDNN; raises as ``packed`` does."""
    return partial(_product_of_onednn, _onednn()._linear_pointwise, _whole(weights), bias)


class MeasuringTime:
    """What is left of the processor's time that measuring may take, on whatever threads."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    @contextmanager
    def spent(self) -> Iterator[None]:
        """What the calling thread takes within it is no longer left."""
        started = time.thread_time()
        try:
            yield
        finally:
            self.left -= time.thread_time() - started


def fastest_layout(weight: Tensor, measuring: MeasuringTime, threads: SideBySide | None) -> Layout:
    """Of the layouts that prove to be right the one in which such a weight is multiplied fastest, as far as there is time to measure it.

    Few rows are measured with all threads, some rows as one of the threads computes them that compute side by side. Packed is
    taken unless it is far slower: all shapes of a model are to be multiplied by the same library.
    """
    with measuring.spent():
        linears = _right_layouts(weight)
    few, some = weight.new_ones(_ROWS_TOGETHER, weight.shape[1]), weight.new_ones(_ROWS_ALONE, weight.shape[1])
    alone = _best_times(linears, some, measuring) if threads is None else threads.alone(lambda: _best_times(linears, some, measuring))
    if packed in linears and alone[packed] < _FAR_SLOWER * min(alone.values()):
        return packed
    together = _best_times(linears, few, measuring)
    seconds = {layout: together[layout] / _ROWS_TOGETHER + alone[layout] / _ROWS_ALONE for layout in linears}
    fastest = min(seconds, key=seconds.__getitem__)
    return fastest if seconds[fastest] < _CLEARLY * seconds[stored] else stored


def _right_layouts(weight: Tensor) -> dict[Layout, Linear]:
    linears: dict[Layout, Linear] = {stored: stored([weight], None)}
    layouts: tuple[Layout, ...] = (turned, packed)
    for layout in layouts:
        if (linear := _proven(layout, weight)) is not None:
            linears[layout] = linear
    return linears


def _proven(layout: Layout, weight: Tensor) -> Linear | None:
    """The layer in this layout; None where this torch has no such layout or multiplies it wrongly."""
    try:
        linear = layout([weight], None)
        why = _refusal(linear, weight)
    except (AttributeError, RuntimeError, TypeError) as error:
        why = f"{type(error).__name__}: {first_line(str(error))}"
    if why is None:
        return linear
    _log.debug("Weights are not %s with torch %s: %s.", layout.__name__, torch.__version__, why)
    return None


def _best_times(linears: dict[Layout, Linear], x: Tensor, measuring: MeasuringTime) -> dict[Layout, float]:
    """Of several rounds, because others use the processor too; of as many as there is time for."""
    best = dict.fromkeys(linears, math.inf)
    for _ in range(_ROUNDS):
        with measuring.spent():
            for layout, linear in linears.items():
                started = time.perf_counter()
                linear(x)
                best[layout] = min(best[layout], time.perf_counter() - started)
        if measuring.left <= 0:
            break
    return best


def _refusal(linear: Linear, weight: Tensor) -> str | None:
    x = torch.randn(3, weight.shape[1], generator=torch.Generator().manual_seed(1))
    expected = F.linear(x, weight)
    error = float((linear(x) - expected).abs().max() / expected.abs().max())
    return None if error <= _LARGEST_ERROR else f"its values are off by {error:.2g}"


def _whole(weights: Sequence[Tensor]) -> Tensor:
    return weights[0] if len(weights) == 1 else torch.cat(list(weights))


def _onednn() -> Any:
    return getattr(torch, "ops").mkldnn  # noqa: B009 - the types of torch do not export it.


def _product_of_onednn(multiply: Callable[..., Tensor], whole: Tensor, bias: Tensor | None, x: Tensor) -> Tensor:
    return multiply(x, whole, bias, "none", [], "")


def _turned_product(whole: Tensor, bias: Tensor | None, x: Tensor) -> Tensor:
    return torch.mm(x, whole) if bias is None else torch.addmm(bias, x, whole)


def _each(linears: Sequence[Linear], x: Tensor) -> tuple[Tensor, ...]:
    return tuple(linear(x) for linear in linears)


def _columns(linear: Linear, columns: Sequence[slice], x: Tensor) -> tuple[Tensor, ...]:
    whole = linear(x)
    return tuple(whole[:, part] for part in columns)
