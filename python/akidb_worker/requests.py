"""Checks an embed request against the model, before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.messages import Embed

_INT32 = np.dtype("<i4")
_UINT32 = np.dtype("<u4")

# Up to here Python is faster than NumPy, whose code the last batch has driven out of the processor's caches.
_SMALL_BYTES = 2048


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What a batch may hold: ids of one text, the number of different ids, and how many values a row of the answer has."""

    max_tokens: int
    vocabulary_size: int
    row_values: int


def read_batch(embed: Embed, limits: BatchLimits, max_reply_bytes: int) -> tuple[npt.NDArray[np.int32], list[int]]:
    """The ids and lengths of a valid request."""
    lengths: list[int] = _int32(embed.lengths, "lengths").tolist()
    ids = _int32(embed.ids, "ids")
    if not lengths:
        raise WorkerError(ErrorKind.BAD_INPUT, "The batch has no texts.")
    if (shortest := min(lengths)) < 1:
        text = lengths.index(shortest)
        raise WorkerError(ErrorKind.BAD_INPUT, f"Text {text} has the length {shortest}; each must be at least 1.", text)
    total = sum(lengths)
    if total != ids.size:
        raise WorkerError(ErrorKind.BAD_INPUT, f"The lengths add up to {total} tokens, but there are {ids.size} ids.")
    if (longest := max(lengths)) > limits.max_tokens:
        text = lengths.index(longest)
        raise WorkerError(ErrorKind.TOO_LONG, f"Text {text} has {longest} tokens; the model takes at most {limits.max_tokens}.", text)
    if _largest(embed.ids) >= limits.vocabulary_size:
        token = int((ids.view(_UINT32) >= limits.vocabulary_size).argmax())
        text = int(np.searchsorted(np.cumsum(lengths, dtype=np.int64), token, side="right"))
        raise WorkerError(
            ErrorKind.BAD_INPUT, f"Text {text} has the token id {ids[token]}; they go from 0 to {limits.vocabulary_size - 1}.", text
        )
    reply = len(lengths) * limits.row_values * 4
    if reply > max_reply_bytes:
        raise WorkerError(
            ErrorKind.BAD_INPUT, f"The rows of {len(lengths)} texts take {reply} bytes; a frame holds {max_reply_bytes}. Send fewer."
        )
    return ids, lengths


def _largest(ids: bytes) -> int:
    # Without its sign a negative id is a large one.
    if len(ids) <= _SMALL_BYTES:
        return max(memoryview(ids).cast("I"))
    return int(np.frombuffer(ids, dtype=_UINT32).max())


def _int32(content: bytes, name: str) -> npt.NDArray[np.int32]:
    if len(content) % 4:
        raise WorkerError(ErrorKind.BAD_INPUT, f"Member '{name}' has {len(content)} bytes, which is no multiple of 4.")
    return np.frombuffer(content, dtype=_INT32)
