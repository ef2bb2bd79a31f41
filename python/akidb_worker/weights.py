"""A model's tensors by name, mapped from its safetensors files and checked against what the architecture needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.safetensors_file import ITEM_BYTES, SafetensorsFile, TensorEntry

_TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}

# What is only looked up may have any of these.
_LOOKED_UP = {**_TYPES, "F64": torch.float64, "I64": torch.int64, "I32": torch.int32, "I8": torch.int8}


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
        self.device = device
        self.dtype = dtype
        self._taken = taken
        self._taken_bytes = 0
        self.total_bytes = 0
        self._divided: dict[str, tuple[Tensor, int]] = {}
        self._entries: dict[str, tuple[SafetensorsFile, TensorEntry]] = {}
        for file in files:
            for name, entry in file.tensors.items():
                if name in self._entries:
                    raise WorkerError(
                        ErrorKind.BAD_MODEL,
                        f"Tensor '{name}' is in both '{self._entries[name][0].path}' and '{file.path}'.",
                    )
                self._entries[name] = file, entry
                self.total_bytes += entry.bytes
        self._files = tuple(files)

    def float32(self, name: str, *shape: int) -> Tensor:
        """The tensor in float32, converted once if the file holds 16 bits: for norms."""
        return self._taken_as(torch.float32, name, shape)

    def computing(self, name: str, *shape: int) -> Tensor:
        """The tensor in the type that computes, converted once if the file holds another."""
        return self._taken_as(self.dtype, name, shape)

    def computing_part(self, name: str, part: int, parts: int, *shape: int) -> Tensor:
        """One of several tensors that lie in one, one below the other; ``shape`` is its own."""
        if parts == 1:
            return self.computing(name, *shape)
        # Converted once, not once for each part, and kept until the last one was taken.
        if name not in self._divided:
            self._divided[name] = self.computing(name, shape[0] * parts, *shape[1:]), parts
        whole, left = self._divided.pop(name)
        if left > 1:
            self._divided[name] = whole, left - 1
        return whole[part * shape[0] : (part + 1) * shape[0]]

    def stored(self, name: str, *shape: int) -> Tensor:
        """The tensor in the file's own type: for a table of which only a few rows are needed at a time."""
        return self._taken_as(None, name, shape)

    def looked_up(self, name: str, *shape: int) -> Tensor:
        """The tensor in the file's own type, which may be one that no layer computes with."""
        return self._taken_as(None, name, shape, _LOOKED_UP)

    def forget(self) -> None:
        """Gives the memory of all files back, after their tensors were copied; what is still in use is read again."""
        for file in self._files:
            file.forget(0, len(file.mapping))

    def _taken_as(self, dtype: torch.dtype | None, name: str, shape: tuple[int, ...], types: Mapping[str, torch.dtype] = _TYPES) -> Tensor:
        name = self._prefix + name
        name = name if name in self._entries else _old_name(name)
        if name not in self._entries:
            raise WorkerError(ErrorKind.BAD_MODEL, f"Tensor '{name}' is missing from {', '.join(repr(file.path) for file in self._files)}.")
        file, entry = self._entries[name]
        if entry.dtype not in types:
            raise WorkerError(
                ErrorKind.BAD_MODEL,
                f"Tensor '{name}' in '{file.path}' has the type {entry.dtype}; this worker reads {', '.join(types)}.",
            )
        if entry.shape != shape:
            raise WorkerError(
                ErrorKind.BAD_MODEL,
                f"Tensor '{name}' in '{file.path}' has the shape {list(entry.shape)}; config.json asks for {list(shape)}.",
            )
        self._taken_bytes += entry.bytes
        self._taken(self._taken_bytes / max(1, self.total_bytes))
        mapped = _map(file, entry, types[entry.dtype])
        tensor = mapped.to(self.device).to(dtype or mapped.dtype)
        if tensor.data_ptr() != mapped.data_ptr():
            file.forget(entry.offset, entry.bytes)
        return tensor


def _old_name(name: str) -> str:
    """What old checkpoints call a normalisation's weight and bias."""
    for current, old in ((".LayerNorm.weight", ".LayerNorm.gamma"), (".LayerNorm.bias", ".LayerNorm.beta")):
        if name.endswith(current):
            return name.removesuffix(current) + old
    return name


def _map(file: SafetensorsFile, entry: TensorEntry, kind: torch.dtype) -> Tensor:
    if entry.offset % ITEM_BYTES[entry.dtype]:
        aligned = bytearray(file.mapping[entry.offset : entry.offset + entry.bytes])
        return torch.frombuffer(aligned, dtype=kind).view(entry.shape)
    count = entry.bytes // ITEM_BYTES[entry.dtype]
    return torch.frombuffer(file.mapping, dtype=kind, count=count, offset=entry.offset).view(entry.shape)
