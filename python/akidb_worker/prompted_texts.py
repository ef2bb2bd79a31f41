"""Texts that travel where token ids do: an id is a code point, for a model whose tokeniser is the library's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from akidb_worker.errors import ErrorKind, WorkerError

# One more than the last code point: it stands between a prompt and its text, because a library may treat the two differently.
PROMPT_END = 0x110000
IDS = PROMPT_END + 1


def read_texts(ids: npt.NDArray[np.int32], lengths: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Each text with the prompt before it; without a prompt that is empty."""
    for text, (end, length) in enumerate(zip(accumulate(lengths), lengths, strict=True)):
        points = ids[end - length : end]
        ends = np.flatnonzero(points == PROMPT_END)
        if ends.size != 1:
            raise WorkerError(ErrorKind.BAD_INPUT, f"Text {text} has {ends.size} marks of a prompt's end; it must have one.", text)
        try:
            yield _decode(points[: ends[0]]), _decode(points[ends[0] + 1 :])
        except UnicodeDecodeError as error:
            raise WorkerError(ErrorKind.BAD_INPUT, f"Text {text} is no Unicode text: {error.reason}.", text) from None


def _decode(points: npt.NDArray[np.int32]) -> str:
    return points.astype("<i4").tobytes().decode("utf-32-le")
