"""Whether a library took all of a model from its files. It fills what is missing with random numbers, and only logs a line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from akidb_worker.embedder import Floats
from akidb_worker.errors import ErrorKind, WorkerError

_TEXTS = ("warm up", "A longer text, with several words and 3 numbers: 1, 22, 333. " * 4)


@contextmanager
def recorded_missing_keys() -> Iterator[list[str]]:
    """While it is open, the names of the tensors that transformers says it has made up are added to the list."""
    from transformers import PreTrainedModel

    missing: list[str] = []
    original = PreTrainedModel.__dict__["from_pretrained"]

    def from_pretrained(cls: type[Any], *arguments: Any, **options: Any) -> Any:
        wanted = options.pop("output_loading_info", False)
        model, info = original.__func__(cls, *arguments, output_loading_info=True, **options)
        missing.extend(info["missing_keys"])
        # Name and shapes of what did not fit.
        missing.extend(key if isinstance(key, str) else key[0] for key in info["mismatched_keys"])
        return (model, info) if wanted else model

    setattr(PreTrainedModel, "from_pretrained", classmethod(from_pretrained))  # noqa: B010 - a method of another's class.
    try:
        yield missing
    finally:
        setattr(PreTrainedModel, "from_pretrained", original)  # noqa: B010


def refuse_made_up(model: nn.Module, missing: Sequence[str], compute: Callable[[list[str]], Floats]) -> None:
    """Raises if a vector depends on a tensor that was made up. A pooler or a head that nobody uses may be missing.

    What was made up becomes NaN, and stays so: no vector that depends on it can ever pass for one.
    """
    names = sorted(set(missing))
    if not names:
        return
    before = compute(list(_TEXTS))
    parameters = _parameters(model, names)
    with torch.no_grad():
        for parameter in parameters:
            parameter.fill_(math.nan)
    if not np.array_equal(before, compute(list(_TEXTS))):
        raise WorkerError(
            ErrorKind.BAD_MODEL,
            f"The weights lack {len(names)} tensors of the architecture, such as '{names[0]}', and vectors depend on them; "
            "the library would make them up. Take weights that were saved for this architecture, under its names.",
        )


def _parameters(model: nn.Module, names: Sequence[str]) -> list[nn.Parameter]:
    """The parameters with these names; the library's names may have a prefix more or less than the model's."""
    known = set(names)
    ends = {tail for name in names for tail in _tails(name)}
    is_missing = {name: name in ends or not known.isdisjoint(_tails(name)) for name, _ in model.named_parameters()}
    # One that shares its memory with one that was read is no other.
    read = {value.data_ptr() for name, value in model.named_parameters() if not is_missing[name]}
    return [
        value for name, value in model.named_parameters() if is_missing[name] and value.is_floating_point() and value.data_ptr() not in read
    ]


def _tails(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[first:]) for first in range(len(parts)))
