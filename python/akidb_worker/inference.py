"""A loaded model: token ids to pooled rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from akidb_worker.encoder import Encoder
from akidb_worker.micro_batches import MicroBatch, cut
from akidb_worker.pooling import picked_rows, pool

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


class Inference:
    """Computes a batch in micro-batches; a text's row does not depend on its neighbours."""

    def __init__(self, encoder: Encoder, pooling: str, dimension: int, batch_tokens: int, device: torch.device) -> None:
        self._encoder = encoder
        self._pooling = pooling
        self._dimension = dimension
        self._batch_tokens = batch_tokens
        self._device = device

    def embed(self, ids: Ints, lengths: Ints, moved: Callable[[], None]) -> Floats:
        """One row per text, in order. The ids must be valid; ``moved`` is called at every step and may raise to stop."""
        ends = np.cumsum(lengths, dtype=np.int64).tolist()
        texts = [ids[end - length : end] for end, length in zip(ends, lengths.tolist(), strict=True)]
        rows = np.empty((len(texts), self._dimension), dtype=np.float32)
        with torch.inference_mode():  # type: ignore[no-untyped-call]
            for batch in cut(lengths.tolist(), self._batch_tokens):
                packed = np.concatenate([texts[text] for text in batch.texts])
                pooled = self._pooled(torch.from_numpy(packed).to(self._device), batch, moved)
                rows[list(batch.texts)] = pooled.cpu().numpy()
        return rows

    def _pooled(self, ids: Tensor, batch: MicroBatch, moved: Callable[[], None]) -> Tensor:
        picked = picked_rows(self._pooling, batch, self._device)
        hidden = self._encoder.forward(ids, batch, picked, moved)
        return pool(self._pooling, hidden, batch) if picked is None else hidden
