"""Maps a safetensors file: an 8-byte little-endian header length, a JSON header, the tensors' bytes. Needs no torch."""

from __future__ import annotations

import json
import math
import mmap
import os
import sys
import time
from dataclasses import dataclass

from akidb_worker.errors import ErrorKind, WorkerError

ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}

_MOST_HEADER_BYTES = 100 << 20


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """Where a tensor lies in its file."""

    dtype: str
    shape: tuple[int, ...]
    offset: int
    bytes: int


class SafetensorsFile:
    """One mapped file. The pages are shared with every other process that maps it."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            with open(path, "rb") as file:
                self.opened = time.time()
                self.status = os.fstat(file.fileno())
                size = self.status.st_size
                if size < 8:
                    raise self._bad(f"it is only {size} bytes long")
                # A copy-on-write mapping is what torch calls writable, and nothing ever writes to it.
                self.mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except OSError as error:
            raise WorkerError(ErrorKind.BAD_MODEL, f"The weights '{path}' cannot be opened: {error.strerror}.") from error
        self.tensors = self._read_header(size)

    def forget(self, start: int, count: int) -> None:
        """Gives the memory of these bytes back, where the system lets us; whoever reads them again gets them from the file again."""
        if sys.platform != "win32" and count:
            first = start - start % mmap.PAGESIZE
            self.mapping.madvise(mmap.MADV_DONTNEED, first, start + count - first)

    def _read_header(self, size: int) -> dict[str, TensorEntry]:
        length = int.from_bytes(self.mapping[:8], "little")
        if not 2 <= length <= min(size - 8, _MOST_HEADER_BYTES):
            raise self._bad(f"its header claims {length} bytes in a file of {size}")
        try:
            header = json.loads(self.mapping[8 : 8 + length], object_pairs_hook=_once_each)
        except (ValueError, RecursionError) as error:
            raise self._bad(f"its header is no JSON: {error}") from error
        if not isinstance(header, dict):
            raise self._bad("its header is no JSON object")
        return {name: self._entry(name, entry, start=8 + length, end=size) for name, entry in header.items() if name != "__metadata__"}

    def _entry(self, name: str, entry: object, start: int, end: int) -> TensorEntry:
        match entry:
            case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [int(first), int(last)]}:
                if not all(type(size) is int and size >= 0 for size in shape):
                    raise self._bad(f"tensor '{name}' has the shape {shape}")
                if not 0 <= first <= last <= end - start:
                    raise self._bad(f"tensor '{name}' lies at {first} to {last}, outside the file's {end - start} bytes of data")
                if dtype in ITEM_BYTES and last - first != math.prod(shape) * ITEM_BYTES[dtype]:
                    raise self._bad(f"tensor '{name}' of type {dtype} and shape {shape} cannot have {last - first} bytes")
                return TensorEntry(dtype, tuple(shape), start + first, last - first)
            case _:
                raise self._bad(f"tensor '{name}' has no valid dtype, shape and data_offsets")

    def _bad(self, what: str) -> WorkerError:
        return WorkerError(ErrorKind.BAD_MODEL, f"The file '{self.path}' is no valid safetensors file: {what}. Download it again.")


def _once_each(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("it says a member twice")
    return found
