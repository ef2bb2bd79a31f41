"""Whether a library took all of a model from its files. It fills what is missing with random numbers, and only logs a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from akidb_worker.safetensors_file import SafetensorsFile

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Old checkpoints call a normalisation's weight and bias so.
_OLD_NAMES = {"gamma": "weight", "beta": "bias"}


def missing_tensors(model: SentenceTransformer, files: Iterable[SafetensorsFile]) -> list[str]:
    """The parameters that none of the files has, by name.

    A file may call them with a prefix more or less than the model does. A pooler is left out: sentence-transformers pools the token
    vectors itself, and many models come without one.
    """
    stored = {_current(name) for file in files for name in file.tensors}
    tails = {tail for name in stored for tail in _tails(name)}
    return [name for name in _parameters(model) if name not in tails and stored.isdisjoint(_tails(name))]


def _parameters(model: SentenceTransformer) -> Iterator[str]:
    for module in model.children():
        # The library's Transformer wraps a model of the transformers library, whose names the files have.
        wrapped = getattr(module, "model", None) or getattr(module, "auto_model", None) or module
        for name, _ in wrapped.named_parameters():
            if "pooler" not in name.split("."):
                yield name


def _current(name: str) -> str:
    path, _, last = name.rpartition(".")
    return f"{path}.{_OLD_NAMES[last]}" if last in _OLD_NAMES else name


def _tails(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[first:]) for first in range(len(parts)))
