"""The functions between two linear layers, or behind one, by their names on the wire."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from akidb_worker.errors import ErrorKind, WorkerError


def _identity(x: Tensor) -> Tensor:
    return x


def _gelu_tanh(x: Tensor) -> Tensor:
    y: Tensor = F.gelu(x, approximate="tanh")
    return y


def _clipped_gelu(x: Tensor) -> Tensor:
    y: Tensor = F.gelu(x).clamp_(-10.0, 10.0)
    return y


def _quick_gelu(x: Tensor) -> Tensor:
    return x * torch.sigmoid(1.702 * x)


def _squared_relu(x: Tensor) -> Tensor:
    return F.relu(x).square_()


_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": _identity,
    "gelu": F.gelu,
    "gelu_tanh": _gelu_tanh,
    "relu": F.relu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "gelu_10": _clipped_gelu,
    "quick_gelu": _quick_gelu,
    "mish": F.mish,
    "leaky_relu": F.leaky_relu,
    "relu2": _squared_relu,
    "relu6": F.relu6,
    "elu": F.elu,
    "selu": F.selu,
    "softplus": F.softplus,
    "hardswish": F.hardswish,
}


def activation(name: str) -> Callable[[Tensor], Tensor]:
    """The function with this name."""
    if name not in _ACTIVATIONS:
        raise WorkerError(ErrorKind.BAD_MODEL, f"The activation '{name[:100]}' is unknown; this worker has {', '.join(_ACTIVATIONS)}.")
    return _ACTIVATIONS[name]
