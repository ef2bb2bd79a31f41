"""A loaded model that dies, hangs, leaks and prints as the armed faults say."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import NoReturn

import torch

from akidb_worker.crash import crash
from akidb_worker.embedder import Embedder, Floats, Ints
from akidb_worker.faults import Faults
from akidb_worker.loading import LoadedModel

_FLOOD_LINE = b"WARNING flood " + b"x" * 1000 + b"\n"
_FLOOD_LINES = 1000

# More than any address space has: the allocator fails at once, as it does when memory is really short.
_TOO_MANY_BYTES = 1 << 60


def with_faults(loaded: LoadedModel, faults: Faults) -> LoadedModel:
    """The loaded model, misbehaving. Its warm-up is over: only the host's batches count."""
    return replace(loaded, inference=FaultyInference(loaded.inference, faults))


class FaultyInference:
    """Satisfies Embedder. Computes right whatever it lives to compute."""

    def __init__(self, inner: Embedder, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults
        self._served = 0
        self._leaked: list[bytes] = []
        self._make_noise()

    def embed(self, ids: Ints, lengths: Sequence[int], moved: Callable[[], None]) -> Floats:
        faults = self._faults
        self._make_noise()
        if self._served == faults.die_after or _holds(ids, lengths, faults.die_on_ids):
            crash()
        if _holds(ids, lengths, faults.hang_on_ids):
            _hang()
        if _holds(ids, lengths, faults.hang_native_on_ids):
            _hang_in_native_code()
        if faults.out_of_memory_above is not None and len(lengths) > faults.out_of_memory_above:
            torch.empty(_TOO_MANY_BYTES, dtype=torch.uint8)
        self._leaked.append(b"x" * faults.leak)
        rows = self._inner.embed(ids, lengths, moved)
        self._served += 1
        return rows

    def release_memory(self) -> None:
        self._inner.release_memory()

    def _make_noise(self) -> None:
        if self._faults.print_to_stdout:
            print("printed by Python", flush=True)
            os.write(1, b"written by Python\n")
            library = ctypes.CDLL(None)
            library.puts(b"printed by a native library")
            library.fflush(None)
        if self._faults.flood_stderr:
            for _ in range(_FLOOD_LINES):
                os.write(2, _FLOOD_LINE)


def _hang() -> NoReturn:
    while True:
        time.sleep(3600)


def _hang_in_native_code() -> NoReturn:
    # Functions of a PyDLL keep the interpreter's lock: no other Python thread runs any more.
    while True:
        ctypes.PyDLL(None).sleep(3600)


def _holds(ids: Ints, lengths: Sequence[int], wanted: tuple[int, ...]) -> bool:
    """Whether one of the texts holds these ids, one after the other."""
    return bool(wanted) and any(
        wanted == tuple(text[start : start + len(wanted)]) for text in _texts(ids.tolist(), lengths) for start in range(len(text))
    )


def _texts(ids: list[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    for end, length in zip(accumulate(lengths), lengths, strict=True):
        yield ids[end - length : end]
