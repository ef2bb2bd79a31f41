"""Cuts a batch of texts into pieces that the processor's cache holds and that contain no padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Run:
    """Texts of equal length whose tokens are neighbouring rows of the micro-batch."""

    start: int
    texts: int
    length: int

    @property
    def stop(self) -> int:
        return self.start + self.texts * self.length

    @property
    def rows(self) -> slice:
        return slice(self.start, self.stop)


@dataclass(frozen=True, slots=True)
class MicroBatch:
    """Some texts of a batch, shortest first, by their index in it."""

    texts: tuple[int, ...]
    runs: tuple[Run, ...]

    @property
    def tokens(self) -> int:
        return self.runs[-1].stop


def cut(lengths: Sequence[int], batch_tokens: int) -> list[MicroBatch]:
    """Sorts the texts by length and cuts wherever the next text would exceed the token budget; a longer text goes alone."""
    micro_batches = []
    texts: list[int] = []
    tokens = 0
    for text in sorted(range(len(lengths)), key=lengths.__getitem__):
        if texts and tokens + lengths[text] > batch_tokens:
            micro_batches.append(_micro_batch(texts, lengths))
            texts, tokens = [], 0
        texts.append(text)
        tokens += lengths[text]
    if texts:
        micro_batches.append(_micro_batch(texts, lengths))
    return micro_batches


def divide(batch: MicroBatch, count: int) -> list[MicroBatch]:
    """Each text in one of so many parts, or of as many as there are texts: the longest first, each into the part with the fewest tokens."""
    lengths = dict(zip(batch.texts, (run.length for run in batch.runs for _ in range(run.texts)), strict=True))
    parts: list[list[int]] = [[] for _ in range(min(count, len(batch.texts)))]
    tokens = [0] * len(parts)
    for text in reversed(batch.texts):
        fewest = tokens.index(min(tokens))
        parts[fewest].append(text)
        tokens[fewest] += lengths[text]
    return [_micro_batch(part[::-1], lengths) for part in parts]


def _micro_batch(texts: Sequence[int], lengths: Sequence[int] | Mapping[int, int]) -> MicroBatch:
    runs = []
    start = 0
    for length, equals in groupby(lengths[text] for text in texts):
        run = Run(start, sum(1 for _ in equals), length)
        runs.append(run)
        start = run.stop
    return MicroBatch(tuple(texts), tuple(runs))
