"""The closed set of failures that the worker reports."""

from __future__ import annotations

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

_NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory")


class WorkerError(Exception):
    """A failure with a kind; ``input`` is the index of the guilty text, where one is guilty."""

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
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and any(phrase in text for phrase in _NO_MEMORY)):
        return WorkerError(ErrorKind.OUT_OF_MEMORY, f"The batch does not fit into memory: {_first_line(text)}. Send a smaller one.")
    if isinstance(error, RuntimeError) and "CUDA error" in text:
        return WorkerError(ErrorKind.POISONED, f"The GPU context is lost: {_first_line(text)}. Replace the worker.")
    return WorkerError(ErrorKind.INTERNAL, f"The batch failed with {type(error).__name__}: {_first_line(text)}.")


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0].rstrip(".")[:500] or "no details"
