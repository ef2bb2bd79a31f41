"""Checks an embed request against the model, before anything is computed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.messages import Embed, Model

_INT32 = np.dtype("<i4")


def read_batch(embed: Embed, model: Model, max_reply_bytes: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """The ids and lengths of a valid request."""
    lengths, ids = _int32(embed.lengths, "lengths"), _int32(embed.ids, "ids")
    if not lengths.size:
        raise WorkerError(ErrorKind.BAD_INPUT, "The batch has no texts.")
    if lengths.min() < 1:
        text = int(lengths.argmin())
        raise WorkerError(ErrorKind.BAD_INPUT, f"Text {text} has the length {lengths[text]}; each must be at least 1.", text)
    total = int(lengths.sum(dtype=np.int64))
    if total != ids.size:
        raise WorkerError(ErrorKind.BAD_INPUT, f"The lengths add up to {total} tokens, but there are {ids.size} ids.")
    if lengths.max() > model.max_tokens:
        text = int(lengths.argmax())
        raise WorkerError(ErrorKind.TOO_LONG, f"Text {text} has {lengths[text]} tokens; the model takes at most {model.max_tokens}.", text)
    wrong = (ids < 0) | (ids >= model.vocabulary_size)
    if wrong.any():
        token = int(wrong.argmax())
        text = int(np.searchsorted(np.cumsum(lengths, dtype=np.int64), token, side="right"))
        raise WorkerError(
            ErrorKind.BAD_INPUT, f"Text {text} has the token id {ids[token]}; they go from 0 to {model.vocabulary_size - 1}.", text
        )
    reply = lengths.size * model.hidden_size * 4
    if reply > max_reply_bytes:
        raise WorkerError(
            ErrorKind.BAD_INPUT, f"The rows of {lengths.size} texts take {reply} bytes; a frame holds {max_reply_bytes}. Send fewer."
        )
    return ids, lengths


def _int32(content: bytes, name: str) -> npt.NDArray[np.int32]:
    if len(content) % 4:
        raise WorkerError(ErrorKind.BAD_INPUT, f"Member '{name}' has {len(content)} bytes, which is no multiple of 4.")
    return np.frombuffer(content, dtype=_INT32)
