"""Which failure is which."""

from __future__ import annotations

import pytest
from akidb_worker.errors import ErrorKind, WorkerError, classify

TORCH_CPU = "[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
TORCH_WINDOWS = "DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."
TORCH_CUDA = "CUDA out of memory. Tried to allocate 2.00 GiB"


@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        (MemoryError(), ErrorKind.OUT_OF_MEMORY, True),
        (RuntimeError(TORCH_CPU), ErrorKind.OUT_OF_MEMORY, True),
        (RuntimeError(TORCH_WINDOWS), ErrorKind.OUT_OF_MEMORY, True),
        (RuntimeError(TORCH_CUDA), ErrorKind.OUT_OF_MEMORY, True),
        (RuntimeError("CUDA error: device-side assert triggered"), ErrorKind.POISONED, True),
        (RuntimeError("shapes differ\nand more"), ErrorKind.INTERNAL, True),
        (KeyError("x"), ErrorKind.INTERNAL, True),
        (WorkerError(ErrorKind.TOO_LONG, "long", 3), ErrorKind.TOO_LONG, False),
    ],
)
def test_failure_is_classified(error: Exception, kind: ErrorKind, retryable: bool) -> None:
    classified = classify(error)
    assert classified.kind is kind
    assert classified.kind.retryable is retryable
    assert "\n" not in classified.message
