"""A loaded model: token ids to pooled rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from akidb_worker.devices import release_memory
from akidb_worker.embedder import Floats, Ints
from akidb_worker.encoder import Encoder
from akidb_worker.micro_batches import MicroBatch, cut
from akidb_worker.parts import parts_of
from akidb_worker.pooling import picked_rows, pool
from akidb_worker.prompt_ends import take_prompt_ends
from akidb_worker.requests import BatchLimits
from akidb_worker.side_by_side import SideBySide
from akidb_worker.vector_modules import Step


class Inference:
    """Satisfies Embedder. Computes a batch in micro-batches; a text's row does not depend on its neighbours."""

    def __init__(
        self,
        encoder: Encoder,
        poolings: Sequence[str],
        dimension: int,
        batch_tokens: int,
        device: torch.device,
        modules: Sequence[Step] = (),
        threads: SideBySide | None = None,
        prompts: BatchLimits | None = None,
    ) -> None:
        """``prompts``: what a text may be without the mark of its prompt's end, of a model that does not pool prompts."""
        self._encoder = encoder
        self._poolings = poolings
        self._dimension = dimension
        self._batch_tokens = batch_tokens
        self._device = device
        self._modules = modules
        self._threads = threads
        self._prompts = prompts

    def embed(self, ids: Ints, lengths: Sequence[int], moved: Callable[[], None]) -> Floats:
        """One row per text, in order. The ids must be valid; ``moved`` is called at every step, by any thread, and may raise to stop."""
        skipped = None
        if self._prompts is not None:
            ids, lengths, skipped = take_prompt_ends(ids, lengths, self._prompts.vocabulary_size, self._prompts.max_tokens)
        batches = [self._parts(batch) for batch in cut(lengths, self._batch_tokens)]
        with torch.inference_mode():  # type: ignore[no-untyped-call]
            if len(batches) == 1 and batches[0][0].texts == tuple(range(len(lengths))):
                return self._pooled(ids.copy(), batches[0][0], skipped, moved)
            rows = np.empty((len(lengths), self._dimension), dtype=np.float32)
            texts = [ids[end - length : end] for end, length in zip(accumulate(lengths), lengths, strict=True)]
            for parts in batches:
                works = [partial(self._fill, rows, texts, part, skipped) for part in parts]
                if self._threads is None or len(works) == 1:
                    works[0](moved)
                else:
                    self._threads.run(works, moved)
        return rows

    def _parts(self, batch: MicroBatch) -> list[MicroBatch]:
        return [batch] if self._threads is None else parts_of(batch, self._threads.count)

    def _fill(
        self, rows: Floats, texts: Sequence[Ints], batch: MicroBatch, skipped: Sequence[int] | None, moved: Callable[[], None]
    ) -> None:
        rows[list(batch.texts)] = self._pooled(np.concatenate([texts[text] for text in batch.texts]), batch, skipped, moved)

    def release_memory(self) -> None:
        """Gives back the device's memory that torch keeps for later."""
        release_memory(self._device)

    def _pooled(self, packed: Ints, batch: MicroBatch, skipped: Sequence[int] | None, moved: Callable[[], None]) -> Floats:
        ids = torch.from_numpy(packed).to(self._device)
        picked = picked_rows(self._poolings, batch, self._device, skipped)
        hidden = self._encoder.forward(ids, batch, picked, moved)
        pooled: Tensor = pool(self._poolings, hidden, batch, skipped) if picked is None else hidden
        for module in self._modules:
            pooled = module(pooled)
        rows: Floats = pooled.cpu().numpy()
        return rows
