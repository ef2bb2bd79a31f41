"""Which failure is which."""

from __future__ import annotations

import errno
from collections.abc import Callable

import numpy as np
import pytest
import torch
from akidb_worker.errors import ErrorKind, WorkerError, classify, classify_load

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
        (RuntimeError("MPS backend out of memory (MPS allocated: 5 GB)"), ErrorKind.OUT_OF_MEMORY, True),
        (RuntimeError("HIP out of memory. Tried to allocate 2.00 GiB"), ErrorKind.OUT_OF_MEMORY, True),
        (RuntimeError("CUDA error: out of memory"), ErrorKind.OUT_OF_MEMORY, True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), ErrorKind.OUT_OF_MEMORY, True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), ErrorKind.OUT_OF_MEMORY, True),
        (RuntimeError("std::bad_alloc"), ErrorKind.OUT_OF_MEMORY, True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), ErrorKind.OUT_OF_MEMORY, True),
        (OSError(errno.EIO, "Input/output error"), ErrorKind.INTERNAL, True),
        (RuntimeError("CUDA error: device-side assert triggered"), ErrorKind.POISONED, True),
        (RuntimeError("CUDA error: an illegal memory access was encountered\nCompile with"), ErrorKind.POISONED, True),
        (RuntimeError("CUDA driver error: unknown error"), ErrorKind.POISONED, True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), ErrorKind.POISONED, True),
        (RuntimeError("HIP error: invalid device function"), ErrorKind.POISONED, True),
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


@pytest.mark.parametrize("allocate", [lambda: torch.empty(1 << 60, dtype=torch.uint8), lambda: np.empty(1 << 60, dtype=np.uint8)])
def test_real_allocators_are_understood(allocate: Callable[[], object]) -> None:
    with pytest.raises((RuntimeError, MemoryError)) as raised:
        allocate()
    assert classify(raised.value).kind is ErrorKind.OUT_OF_MEMORY


@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        (IndexError("index out of range in self"), ErrorKind.BAD_MODEL, False),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ErrorKind.BAD_MODEL, False),
        (AttributeError("module 'torch' has no attribute 'Tensor'"), ErrorKind.BAD_MODEL, False),
        (MemoryError(), ErrorKind.OUT_OF_MEMORY, True),
        (OSError(errno.EMFILE, "Too many open files"), ErrorKind.INTERNAL, True),
        (WorkerError(ErrorKind.BAD_INPUT, "No."), ErrorKind.BAD_INPUT, False),
    ],
)
def test_what_loading_a_model_raises_would_be_raised_again(error: Exception, kind: ErrorKind, retryable: bool) -> None:
    classified = classify_load(error)
    assert (classified.kind, classified.kind.retryable) == (kind, retryable)
