"""Root mean square normalisation, in float32."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

_log = logging.getLogger(__name__)

_LARGEST_ERROR = 1e-5

RmsNorm = Callable[[Tensor, Tensor, float], Tensor]
"""Rows, the weight of each column, epsilon: the rows, normalised."""


def plain_rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    """For every torch."""
    return (x * x.square().mean(-1, keepdim=True).add_(epsilon).rsqrt_()).mul_(weight)


def choose_rms_norm(device: torch.device) -> RmsNorm:
    """Newer torch's own, which is one step on a GPU instead of six, where it proves to be right."""
    if not hasattr(F, "rms_norm"):
        return plain_rms_norm
    function: Callable[..., Tensor] = getattr(F, "rms_norm")  # noqa: B009 - the types of an older torch do not know it.

    def fused(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        return function(x, weight.shape, weight, epsilon)

    random = torch.Generator().manual_seed(1)
    x, weight = torch.randn(3, 64, generator=random).to(device), torch.randn(64, generator=random).to(device)
    try:
        error = float((fused(x, weight, 0.1) - plain_rms_norm(x, weight, 0.1)).abs().max())
    except (RuntimeError, TypeError) as failure:
        _log.warning("F.rms_norm of torch %s is not used: %s.", torch.__version__, failure)
        return plain_rms_norm
    if error <= _LARGEST_ERROR:
        return fused
    _log.warning("F.rms_norm of torch %s is not used: its values are off by %.2g.", torch.__version__, error)
    return plain_rms_norm
