"""The fault kit: ``AKIDB_WORKER_FAULTS`` makes a worker misbehave on purpose. ``FAULTS.md`` says what each fault does."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

VARIABLE = "AKIDB_WORKER_FAULTS"

_ENVIRONMENTS = ("DOTNET_ENVIRONMENT", "ASPNETCORE_ENVIRONMENT")


@dataclass(frozen=True, slots=True)
class Faults:
    """What is armed; the names are the variable's, with underscores."""

    die_at_start: bool = False
    die_after: int | None = None
    die_on_ids: tuple[int, ...] = ()
    hang_on_ids: tuple[int, ...] = ()
    hang_native_on_ids: tuple[int, ...] = ()
    slow_start: float = 0.0
    print_to_stdout: bool = False
    flood_stderr: bool = False
    leak: int = 0
    truncate_frame_after: int | None = None
    corrupt_length_after: int | None = None
    answer_out_of_order: bool = False
    answer_twice: bool = False
    wrong_id_after: int | None = None
    nan_after: int | None = None
    wrong_dimension_after: int | None = None
    refuse_sigterm: bool = False
    out_of_memory_above: int | None = None


class BadFaultsError(ValueError):
    """The variable cannot be obeyed."""


def read_faults(environment: Mapping[str, str]) -> Faults | None:
    """The faults that the environment arms; None without any. Raises BadFaultsError for a name or value that is none, and in production."""
    entries = [entry.strip() for entry in environment.get(VARIABLE, "").split(",") if entry.strip()]
    if not entries:
        return None
    for name in _ENVIRONMENTS:
        if environment.get(name, "").lower() == "production":
            raise BadFaultsError(f"{VARIABLE} is set and {name} is Production: no worker misbehaves there. Unset one of them.")
    armed: dict[str, Any] = dict(_read(entry) for entry in entries)
    return Faults(**armed)


def _read(entry: str) -> tuple[str, object]:
    name, equals, text = entry.partition("=")
    member = name.replace("-", "_")
    if "_" in name or member not in _KINDS:
        raise BadFaultsError(f"{VARIABLE} names the fault '{name}', which there is not. Known are {', '.join(sorted(_NAMES))}.")
    kind = _KINDS[member]
    if kind == "bool":
        if equals:
            raise BadFaultsError(f"{VARIABLE}: '{name}' takes no value.")
        return member, True
    read, expected = _VALUES[kind]
    try:
        return member, read(text)
    except ValueError:
        raise BadFaultsError(f"{VARIABLE}: '{name}' needs {expected}, as in {name}={_EXAMPLES[kind]}.") from None


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(text)
    return int(text)


def _seconds(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or value < 0:
        raise ValueError(text)
    return value


def _ids(text: str) -> tuple[int, ...]:
    return tuple(_count(id) for id in text.split("+"))


_KINDS = {field.name: str(field.type) for field in fields(Faults)}
_NAMES = [name.replace("_", "-") for name in _KINDS]
_EXAMPLES = {"int": "100", "int | None": "100", "float": "2.5", "tuple[int, ...]": "7592+2088"}
_VALUES: dict[str, tuple[Callable[[str], object], str]] = {
    "int": (_count, "a whole number"),
    "int | None": (_count, "a whole number"),
    "float": (_seconds, "a number of seconds"),
    "tuple[int, ...]": (_ids, "token ids joined by +"),
}
