"""Which micro-batches are divided among threads."""

from __future__ import annotations

import random

import pytest
from akidb_worker.micro_batches import MicroBatch, cut, divide
from akidb_worker.parts import fewest_tokens, parts_of


def batch(*lengths: int) -> MicroBatch:
    (whole,) = cut(lengths, 100_000)
    return whole


@pytest.mark.parametrize("count", [2, 3, 7])
def test_each_text_is_in_one_part_with_its_length_and_parts_are_about_equal(count: int) -> None:
    lengths = [random.Random(text).randint(1, 100) for text in range(300)]
    parts = divide(batch(*lengths), count)
    assert len(parts) == count
    assert sorted(text for part in parts for text in part.texts) == list(range(300))
    for part in parts:
        assert [lengths[text] for text in part.texts] == [run.length for run in part.runs for _ in range(run.texts)]
        assert list(part.runs) == sorted(part.runs, key=lambda run: run.length)
    tokens = [part.tokens for part in parts]
    assert max(tokens) - min(tokens) <= min(lengths)


def test_there_are_no_more_parts_than_texts() -> None:
    assert sorted(part.tokens for part in divide(batch(3, 5), 4)) == [3, 5]


def test_large_batch_has_a_part_for_each_thread() -> None:
    assert [part.tokens for part in parts_of(batch(*[16] * 32), 4)] == [128] * 4


@pytest.mark.parametrize(
    "lengths",
    [
        pytest.param([fewest_tokens(2) - 1 - 60, 60], id="small"),
        pytest.param([500], id="one-text"),
        pytest.param([400, 50, 50], id="unequal"),
    ],
)
def test_batch_that_is_small_or_has_no_equal_parts_stays_whole(lengths: list[int]) -> None:
    whole = batch(*lengths)
    assert parts_of(whole, 2) == [whole]
