"""A model's tensors by name, mapped from its safetensors files and checked against what the architecture needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.safetensors_file import ITEM_BYTES, SafetensorsFile, TensorEntry

_TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


class Weights:
    """Hands out tensors on the device. A tensor that the CPU uses as it is stored is the file itself, not a copy."""

    def __init__(
        self,
        files: Sequence[SafetensorsFile],
        prefix: str,
        device: torch.device,
        dtype: torch.dtype,
        taken: Callable[[float], None],
    ) -> None:
        self._prefix = prefix
        self._device = device
        self.dtype = dtype
        self._taken = taken
        self._taken_bytes = 0
        self._total_bytes = 0
        self._entries: dict[str, tuple[SafetensorsFile, TensorEntry]] = {}
        for file in files:
            for name, entry in file.tensors.items():
                if name in self._entries:
                    raise WorkerError(
                        ErrorKind.BAD_MODEL,
                        f"Tensor '{name}' is in both '{self._entries[name][0].path}' and '{file.path}'.",
                    )
                self._entries[name] = file, entry
                self._total_bytes += entry.bytes
        self._files = [file.path for file in files]

    def float32(self, name: str, *shape: int) -> Tensor:
        """The tensor in float32, converted once if the file holds 16 bits: for norms."""
        return self._taken_as(torch.float32, name, shape)

    def computing(self, name: str, *shape: int) -> Tensor:
        """The tensor in the type that computes, converted once if the file holds another."""
        return self._taken_as(self.dtype, name, shape)

    def stored(self, name: str, *shape: int) -> Tensor:
        """The tensor in the file's own type: for a table of which only a few rows are needed at a time."""
        return self._taken_as(None, name, shape)

    def _taken_as(self, dtype: torch.dtype | None, name: str, shape: tuple[int, ...]) -> Tensor:
        name = self._prefix + name
        if name not in self._entries:
            raise WorkerError(ErrorKind.BAD_MODEL, f"Tensor '{name}' is missing from {', '.join(repr(path) for path in self._files)}.")
        file, entry = self._entries[name]
        if entry.dtype not in _TYPES:
            raise WorkerError(
                ErrorKind.BAD_MODEL,
                f"Tensor '{name}' in '{file.path}' has the type {entry.dtype}; this worker reads {', '.join(_TYPES)}.",
            )
        if entry.shape != shape:
            raise WorkerError(
                ErrorKind.BAD_MODEL,
                f"Tensor '{name}' in '{file.path}' has the shape {list(entry.shape)}; config.json asks for {list(shape)}.",
            )
        self._taken_bytes += entry.bytes
        self._taken(self._taken_bytes / max(1, self._total_bytes))
        mapped = _map(file, entry)
        tensor = mapped.to(self._device).to(dtype or mapped.dtype)
        if tensor.data_ptr() != mapped.data_ptr():
            file.forget(entry.offset, entry.bytes)
        return tensor


def _map(file: SafetensorsFile, entry: TensorEntry) -> Tensor:
    kind = _TYPES[entry.dtype]
    if entry.offset % ITEM_BYTES[entry.dtype]:
        aligned = bytearray(file.mapping[entry.offset : entry.offset + entry.bytes])
        return torch.frombuffer(aligned, dtype=kind).view(entry.shape)
    count = entry.bytes // ITEM_BYTES[entry.dtype]
    return torch.frombuffer(file.mapping, dtype=kind, count=count, offset=entry.offset).view(entry.shape)
