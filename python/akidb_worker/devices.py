"""Which device computes, and how much at once."""

from __future__ import annotations

import torch

from akidb_worker.errors import ErrorKind, WorkerError

# Fewer tokens leave most of a GPU idle.
_GPU_TOKENS = 16_384


def choose_device(name: str) -> torch.device:
    """The device with this name; ``auto`` takes the first of cuda, mps and cpu that there is."""
    mps = getattr(torch.backends, "mps", None)
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": mps is not None and bool(mps.is_available()),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, available in there.items() if available))
    kind, _, index = name.partition(":")
    if not there.get(kind, False) or (index and not (kind == "cuda" and index.isdecimal() and int(index) < torch.cuda.device_count())):
        found = ", ".join(kind for kind, available in there.items() if available)
        raise WorkerError(ErrorKind.BAD_INPUT, f"The device '{name}' is not available to this torch; it has {found}. Or say auto.")
    return torch.device(name)


def release_memory(device: torch.device) -> None:
    """Gives back the device's memory that torch keeps for later."""
    backend = getattr(torch, device.type, None)
    if backend is not None and hasattr(backend, "empty_cache"):
        backend.empty_cache()


def micro_batch_tokens(device: torch.device, asked: int) -> int:
    """The tokens of a micro-batch: what was asked for is about a CPU's cache."""
    return asked if device.type == "cpu" else max(asked, _GPU_TOKENS)
