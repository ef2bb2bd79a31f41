"""Whether a micro-batch is worth dividing among threads, and how."""

from __future__ import annotations

from akidb_worker.micro_batches import MicroBatch, divide

# Each part reads all weights; undivided, the threads share them.
_FEWEST_TOKENS = 64

# The longest part against their mean: the others wait for it.
_MOST_UNEQUAL = 1.25


def fewest_tokens(threads: int) -> int:
    """Of what is worth dividing."""
    return threads * _FEWEST_TOKENS


def parts_of(batch: MicroBatch, threads: int) -> list[MicroBatch]:
    """One part for each thread; or the whole, where parts would be small or unequal."""
    if batch.tokens < fewest_tokens(threads) or len(batch.texts) < threads:
        return [batch]
    parts = divide(batch, threads)
    longest = max(part.tokens for part in parts)
    return parts if longest * threads <= _MOST_UNEQUAL * batch.tokens else [batch]
