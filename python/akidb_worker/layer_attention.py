"""The attention of every layer of a model: layers that see equally far share one."""

from __future__ import annotations

from collections.abc import Callable

import torch

from akidb_worker.attention import Attend, Attention, PlainAttention, Shares
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.fused_attention import choose_attention
from akidb_worker.messages import ONLY_ITSELF, Model
from akidb_worker.micro_batches import MicroBatch
from akidb_worker.rotary import Rotary, Rotation, plain_frequencies

Computing = tuple[Attend, "Rotation | None"]
"""The attention of a layer, and how its queries and keys are turned before it."""


class LayerAttention:
    """Chooses and keeps the attentions of a model."""

    def __init__(
        self,
        model: Model,
        head_size: int,
        key_value_heads: int,
        causal: bool,
        dtype: torch.dtype,
        device: torch.device,
        shares: Shares | None = None,
    ) -> None:
        self._windows = model.windows or (0,) * model.layers
        self._rotaries = {window: _rotary(model, window, head_size, device) for window in set(self._windows)}

        def choose(window: int) -> Attention:
            if window or shares is not None:
                return PlainAttention(causal, shares, _reach(window))
            return choose_attention(causal, model.heads, key_value_heads, head_size, dtype, device)

        self._attentions = {window: choose(window) for window in set(self._windows)}

    def over(self, batch: MicroBatch, device: torch.device) -> Callable[[int], Computing]:
        """For a layer's number, what computes its attention over this micro-batch."""
        kinds: dict[int, Computing] = {
            window: (attention.over(batch, device), rotary.of(batch) if (rotary := self._rotaries[window]) else None)
            for window, attention in self._attentions.items()
        }
        return lambda layer: kinds[self._windows[layer]]


def _reach(window: int) -> int | None:
    return None if window == 0 else 0 if window == ONLY_ITSELF else window


def _rotary(model: Model, window: int, head_size: int, device: torch.device) -> Rotary | None:
    if model.rope_theta is None:
        return None
    if window and model.local_rope_theta is not None:
        theta, factor, scaling = model.local_rope_theta, 1.0, model.local_rope_scaling
    else:
        theta, factor, scaling = model.rope_theta, model.rope_factor, model.rope_scaling
    if scaling is None:
        return Rotary(plain_frequencies(head_size, theta, factor, device))
    if len(scaling.frequencies) * 2 != head_size:
        raise WorkerError(ErrorKind.BAD_MODEL, f"{len(scaling.frequencies)} rotary frequencies do not fit heads of size {head_size}.")
    return Rotary(torch.tensor(scaling.frequencies, dtype=torch.float32, device=device), scaling.magnitude)
