"""Texts whose first tokens are not pooled: one more than the last id of the vocabulary stands behind these, and is no token itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from akidb_worker.embedder import Ints
from akidb_worker.errors import ErrorKind, WorkerError


def take_prompt_ends(ids: Ints, lengths: Sequence[int], end: int, max_tokens: int) -> tuple[Ints, list[int], list[int] | None]:
    """The tokens, how many each text has, and how many of these are not pooled; None where all are."""
    marks = np.flatnonzero(ids == end)
    tokens = list(lengths)
    skipped = [0] * len(tokens)
    last = np.cumsum(lengths, dtype=np.int64)
    for mark in marks.tolist():
        text = int(np.searchsorted(last, mark, side="right"))
        before = mark - int(last[text]) + lengths[text]
        if skipped[text] or before == 0 or before == lengths[text] - 1:
            raise WorkerError(
                ErrorKind.BAD_INPUT, f"Text {text} must have one mark of a prompt's end, {end}, with tokens on both sides of it.", text
            )
        skipped[text] = before
        tokens[text] -= 1
    # With the mark a text may have one id more than without it.
    if (longest := max(tokens)) > max_tokens:
        text = tokens.index(longest)
        raise WorkerError(ErrorKind.TOO_LONG, f"Text {text} has {longest} tokens; the model takes at most {max_tokens}.", text)
    return (np.delete(ids, marks), tokens, skipped) if marks.size else (ids, tokens, None)
