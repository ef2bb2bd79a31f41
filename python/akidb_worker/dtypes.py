"""Which element type computes the linear layers and the attention."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
import torch.nn.functional as F

from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.safetensors_file import SafetensorsFile

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_HALF = frozenset({"BF16", "F16"})

# The first capability of NVIDIA's whose processors multiply bfloat16 themselves.
_BFLOAT16_CAPABILITY = (8, 0)

# A smaller layer takes too short to be measured, and too short to matter.
_WORTH_MEASURING = 1 << 20
_ROWS = 32
_ROUNDS = 3
_CLEARLY = 1.5


def choose_dtype(name: str, device: torch.device, files: Sequence[SafetensorsFile], hidden: int, intermediate: int) -> torch.dtype:
    """The element type with this name; ``auto`` takes bfloat16 where it is fast and the weights have no more than 16 bits anyway.

    Weights in float32 stay float32: whoever stores them so gets the vectors of the in-process engine to the last digits.
    """
    if name == "auto":
        fast = _stored_in_half(files) and _bfloat16_is_fast(device, hidden, intermediate)
        return torch.bfloat16 if fast else torch.float32
    if name not in _DTYPES:
        raise WorkerError(ErrorKind.BAD_INPUT, f"The dtype '{name[:100]}' is unknown; this worker has auto, {', '.join(_DTYPES)}.")
    dtype = _DTYPES[name]
    if not _computes(device, dtype):
        raise WorkerError(
            ErrorKind.BAD_INPUT,
            f"Torch {torch.__version__} cannot compute in {name} on '{device}'. Say auto or float32, or install a newer torch.",
        )
    return dtype


def name_of(dtype: torch.dtype) -> str:
    """As the wire writes it."""
    return str(dtype).removeprefix("torch.")


def _stored_in_half(files: Sequence[SafetensorsFile]) -> bool:
    return all(entry.dtype in _HALF for file in files for entry in file.tensors.values() if len(entry.shape) > 1)


def _computes(device: torch.device, dtype: torch.dtype) -> bool:
    x = torch.zeros(2, 2, dtype=dtype, device=device)
    try:
        torch.softmax(torch.bmm(x.view(1, 2, 2), F.linear(x, x, x[0]).view(1, 2, 2)), -1)
    except (RuntimeError, TypeError):
        return False
    return True


def _bfloat16_is_fast(device: torch.device, hidden: int, intermediate: int) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= _BFLOAT16_CAPABILITY
    if device.type != "cpu" or hidden * intermediate < _WORTH_MEASURING or not _computes(device, torch.bfloat16):
        return False
    single = torch.ones(_ROWS, hidden), torch.ones(intermediate, hidden)
    half = single[0].bfloat16(), single[1].bfloat16()
    # Every round counts, and the first that is not clearly faster ends it: float32 is never wrong.
    return all(_seconds(*half) * _CLEARLY < _seconds(*single) for _ in range(_ROUNDS))


def _seconds(x: torch.Tensor, weight: torch.Tensor) -> float:
    F.linear(x[:1], weight)
    started = time.perf_counter()
    F.linear(x, weight)
    return time.perf_counter() - started
