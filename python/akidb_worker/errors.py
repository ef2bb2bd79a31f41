"""The closed set of failures that the worker reports."""

from __future__ import annotations

import errno
from enum import Enum


class ErrorKind(str, Enum):
    """What went wrong; the values are the wire's."""

    BAD_INPUT = "bad_input"
    TOO_LONG = "too_long"
    OUT_OF_MEMORY = "out_of_memory"
    OVERLOADED = "overloaded"
    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    BAD_MODEL = "bad_model"
    MISSING_LIBRARY = "missing_library"
    INTERNAL = "internal"
    POISONED = "poisoned"

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later or on another worker."""
        return self in _RETRYABLE


_RETRYABLE = frozenset({ErrorKind.OUT_OF_MEMORY, ErrorKind.OVERLOADED, ErrorKind.INTERNAL, ErrorKind.POISONED})

# What the allocators of torch, CUDA's libraries and C++ say; torch's own classes for it came late and have moved since.
_NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory", "_status_alloc_failed", "std::bad_alloc")

# After these every call to the GPU fails, until the process ends.
_LOST_GPU = ("cuda error", "cuda driver error", "hip error", "cudnn_status_execution_failed", "cudnn_status_internal_error")


class WorkerError(Exception):
    """A failure with a kind; ``input`` is the index of the text that it is about, where it is about one."""

    def __init__(self, kind: ErrorKind, message: str, input: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.input = input


def classify(error: BaseException) -> WorkerError:
    """Turns whatever a batch raised into a typed failure."""
    if isinstance(error, WorkerError):
        return error
    text = str(error)
    if _is_out_of_memory(error, text.lower()):
        return WorkerError(ErrorKind.OUT_OF_MEMORY, f"It does not fit into memory: {first_line(text)}. Send a smaller batch.")
    if isinstance(error, RuntimeError) and any(phrase in text.lower() for phrase in _LOST_GPU):
        return WorkerError(ErrorKind.POISONED, f"The GPU context is lost: {first_line(text)}. Replace the worker.")
    return WorkerError(ErrorKind.INTERNAL, f"The batch failed with {type(error).__name__}: {first_line(text)}.")


def classify_load(error: BaseException) -> WorkerError:
    """The same for what loading a model raised: with the same folder and the same libraries it would be raised again."""
    failure = classify(error)
    if failure.kind is not ErrorKind.INTERNAL or isinstance(error, OSError):
        return failure
    failed = f"loading it or computing a first text failed with {type(error).__name__}: {first_line(str(error))}"
    return WorkerError(ErrorKind.BAD_MODEL, f"The model cannot be used: {failed}.")


def _is_out_of_memory(error: BaseException, text: str) -> bool:
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and any(phrase in text for phrase in _NO_MEMORY))


def first_line(text: str) -> str:
    """What an exception says, short and without its full stop."""
    return text.strip().split("\n", 1)[0].rstrip(".")[:500] or "no details"
