"""What the scripts here have in common."""

import json
import os
from collections.abc import Callable, Sequence

CHECK = json.loads(os.environ["AKIDB_CHECK"])


def check(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"It does not hold that {what}.")


def check_vectors(actual: Sequence[Sequence[float]], expected: Sequence[Sequence[float]]) -> None:
    check(len(actual) == len(expected), f"there are {len(expected)} vectors ({len(actual)})")
    for row, (vector, reference) in enumerate(zip(actual, expected, strict=True)):
        check(len(vector) == len(reference), f"vector {row} has {len(reference)} components ({len(vector)})")
        worst = max(abs(value - right) for value, right in zip(vector, reference, strict=True))
        check(worst < 1e-5, f"vector {row} is the reference's ({worst})")


def expect_error(call: Callable[[], object], kind: type[Exception], **members: object) -> None:
    try:
        call()
    except kind as error:
        for name, value in members.items():
            actual = str(error) if name == "message" else getattr(error, name)
            holds = str(value) in actual if name == "message" else actual == value
            check(holds, f"its {name} is {value}: {actual} ({error!r})")
        return
    check(False, f"there is a {kind.__name__} with {members}")
