"""Which element type computes the linear layers and the attention."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.processor import processor_flags
from akidb_worker.safetensors_file import SafetensorsFile

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_HALF = frozenset({"BF16", "F16"})

# The first capability of NVIDIA's whose processors multiply bfloat16 themselves.
_BFLOAT16_CAPABILITY = (8, 0)

# The processor's flag for matrices of bfloat16. Without it products in bfloat16 take as long as in float32, or several times as long.
_BFLOAT16_FLAG = "amx_bf16"

# With a smaller layer the conversions around it take as long as it saves.
_WORTH_IT = 1 << 20


def choose_dtype(name: str, device: torch.device, files: Sequence[SafetensorsFile], hidden: int, intermediate: int) -> torch.dtype:
    """The element type with this name; ``auto`` takes bfloat16 where it is fast and the weights have no more than 16 bits anyway.

    Weights in float32 stay float32: whoever stores them so gets the vectors of the in-process engine to the last digits.
    What is fast is told by what the machine is, and never measured: all of its workers must compute in the same type, and so must the
    next one after a kill.
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
    return (
        device.type == "cpu"
        and _BFLOAT16_FLAG in processor_flags()
        and hidden * intermediate >= _WORTH_IT
        and _computes(device, torch.bfloat16)
    )
