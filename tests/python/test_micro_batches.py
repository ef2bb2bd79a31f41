"""Cutting a batch, and checking one."""

from __future__ import annotations

import random
import struct

import pytest
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.messages import Embed
from akidb_worker.micro_batches import Run, cut
from akidb_worker.requests import BatchLimits, read_batch

LIMITS = BatchLimits(max_tokens=512, vocabulary_size=8000, row_values=96)


def test_texts_are_sorted_and_grouped_by_length() -> None:
    (batch,) = cut([3, 5, 3, 1], 512)
    assert batch.texts == (3, 0, 2, 1)
    assert batch.runs == (Run(0, 1, 1), Run(1, 2, 3), Run(7, 1, 5))
    assert batch.tokens == 12


def test_every_text_is_in_exactly_one_micro_batch_within_the_budget() -> None:
    lengths = [random.Random(text).randint(1, 300) for text in range(500)]
    batches = cut(lengths, 256)
    assert sorted(text for batch in batches for text in batch.texts) == list(range(500))
    assert all(batch.tokens <= 256 or len(batch.texts) == 1 for batch in batches)
    for batch in batches:
        assert [lengths[text] for text in batch.texts] == [run.length for run in batch.runs for _ in range(run.texts)]


def test_longer_text_goes_alone_and_no_texts_make_no_batch() -> None:
    assert [batch.texts for batch in cut([9, 2, 2], 4)] == [(1, 2), (0,)]
    assert cut([], 4) == []


def ints(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


@pytest.mark.parametrize(
    ("lengths", "ids", "kind", "input"),
    [
        (b"", b"", ErrorKind.BAD_INPUT, None),
        (b"\1\0", ints(1), ErrorKind.BAD_INPUT, None),
        (ints(1), b"\1\0\0", ErrorKind.BAD_INPUT, None),
        (ints(1, 0), ints(5), ErrorKind.BAD_INPUT, 1),
        (ints(2, -1), ints(5), ErrorKind.BAD_INPUT, 1),
        (ints(2), ints(5), ErrorKind.BAD_INPUT, None),
        (ints(2**31 - 1, 2**31 - 1), ints(5, 5), ErrorKind.BAD_INPUT, None),
        (ints(1, 513), ints(*[5] * 514), ErrorKind.TOO_LONG, 1),
        (ints(2, 2), ints(5, 5, 8000, 5), ErrorKind.BAD_INPUT, 1),
        (ints(2, 2), ints(5, -1, 5, 5), ErrorKind.BAD_INPUT, 0),
        (ints(500, 500), ints(*[5] * 999, 8000), ErrorKind.BAD_INPUT, 1),
        (ints(500, 500), ints(*[5] * 499, -1, *[5] * 500), ErrorKind.BAD_INPUT, 0),
    ],
)
def test_impossible_batch_is_refused(lengths: bytes, ids: bytes, kind: ErrorKind, input: int | None) -> None:
    with pytest.raises(WorkerError) as raised:
        read_batch(Embed(1, 1, lengths, ids), LIMITS, 1 << 20)
    assert (raised.value.kind, raised.value.input) == (kind, input)


def test_reply_that_no_frame_holds_is_refused() -> None:
    embed = Embed(1, 1, ints(1, 1), ints(5, 5))
    ids, lengths = read_batch(embed, LIMITS, 2 * 96 * 4)
    assert (ids.tolist(), lengths) == ([5, 5], [1, 1])
    with pytest.raises(WorkerError, match="Send fewer"):
        read_batch(embed, LIMITS, 2 * 96 * 4 - 1)
