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

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def optional_number(self, name: str) -> float | None:
        return self.number(name) if self.has(name) else None

    def flag(self, name: str) -> bool:
        value = self._values.get(name)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

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

    def integers(self, name: str, least: int = 0) -> tuple[int, ...]:
        value = self._values.get(name)
        if not isinstance(value, list) or not all(type(item) is int and least <= item <= _LARGEST for item in value):
            raise self._wrong(name, f"a list of whole numbers of at least {least}")
        return tuple(value)

    def numbers(self, name: str) -> tuple[float, ...]:
        value = self._values.get(name)
        if not isinstance(value, list) or not all(type(item) is float and 0 <= item < float("inf") for item in value):
            raise self._wrong(name, "a list of finite floats that are not negative")
        return tuple(value)

    def maps(self, name: str) -> tuple[Members, ...]:
        value = self._values.get(name)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._wrong(name, "a list of maps")
        return tuple(Members(f"{self._owner}.{name}[{index}]", item) for index, item in enumerate(value))

    def map(self, name: str) -> Members:
        value = self._values.get(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "a map")
        return Members(f"{self._owner}.{name}", value)

    def _wrong(self, name: str, expected: str) -> WorkerError:
        found = type(self._values[name]).__name__ if name in self._values else "nothing"
        return WorkerError(ErrorKind.BAD_INPUT, f"Member '{name}' of '{self._owner}' must be {expected}; found {found}.")
