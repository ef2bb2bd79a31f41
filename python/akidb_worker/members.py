"""Reads the members of a decoded map, each with its type and range, or says what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping

from akidb_worker.errors import ErrorKind, WorkerError

_LARGEST = 2**63 - 1


class Members:
    """The members of one message. Members that nobody asks for are ignored."""

    def __init__(self, owner: str, values: Mapping[str, object]) -> None:
        self._owner = owner
        self._values = values

    def integer(self, name: str, least: int = 0) -> int:
        value = self._values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _LARGEST:
            raise self._wrong(name, f"a whole number of at least {least}")
        return value

    def number(self, name: str) -> float:
        value = self._values.get(name)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < float("inf"):
            raise self._wrong(name, "a finite number that is not negative")
        return float(value)

    def text(self, name: str) -> str:
        value = self._values.get(name)
        if not isinstance(value, str):
            raise self._wrong(name, "a string")
        return value

    def binary(self, name: str) -> bytes:
        value = self._values.get(name)
        if not isinstance(value, bytes):
            raise self._wrong(name, "a byte string")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._values.get(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(name, "a list of strings")
        return tuple(value)

    def map(self, name: str) -> Members:
        value = self._values.get(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "a map")
        return Members(f"{self._owner}.{name}", value)

    def _wrong(self, name: str, expected: str) -> WorkerError:
        found = type(self._values[name]).__name__ if name in self._values else "nothing"
        return WorkerError(ErrorKind.BAD_INPUT, f"Member '{name}' of '{self._owner}' must be {expected}; found {found}.")
