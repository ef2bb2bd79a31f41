"""A static model: a text's row is the mean of its tokens' vectors, without a network behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from akidb_worker.devices import release_memory
from akidb_worker.embedder import Floats, Ints
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.loaded import LoadedEncoder
from akidb_worker.messages import StaticModel
from akidb_worker.requests import BatchLimits
from akidb_worker.safetensors_file import SafetensorsFile
from akidb_worker.weights import Weights

# Tokens whose vectors are looked up at a time.
_BLOCK = 4096


class StaticInference:
    """Satisfies Embedder."""

    def __init__(self, model: StaticModel, weights: Weights, device: torch.device) -> None:
        self._tokens = model.vocabulary_size
        self._device = device
        self._table = weights.looked_up(model.table, model.rows, model.hidden_size)
        self._mapping = weights.looked_up(model.mapping, self._tokens) if model.mapping else None
        self._weights = weights.looked_up(model.token_weights, self._tokens) if model.token_weights else None
        self._sum = torch.float32 if device.type == "mps" else torch.float64
        highest = self._tokens - 1 if self._mapping is None else int(self._mapping.max())
        if highest >= model.rows or (self._mapping is not None and int(self._mapping.min()) < 0):
            raise WorkerError(ErrorKind.BAD_MODEL, f"A token has no row in the tensor '{model.table}', which has {model.rows}.")

    def embed(self, ids: Ints, lengths: Sequence[int], moved: Callable[[], None]) -> Floats:
        """One row per text, in order. An id beyond the vocabulary stands for no token; a text without tokens is zero."""
        with torch.inference_mode():  # type: ignore[no-untyped-call]
            texts = torch.from_numpy(np.repeat(np.arange(len(lengths)), lengths)).to(self._device)
            tokens = torch.from_numpy(ids.astype(np.int64)).to(self._device)
            texts, tokens = texts[tokens < self._tokens], tokens[tokens < self._tokens]
            sums = torch.zeros(len(lengths), self._table.shape[1], dtype=self._sum, device=self._device)
            for first in range(0, tokens.shape[0], _BLOCK):
                sums.index_add_(0, texts[first : first + _BLOCK], self._vectors(tokens[first : first + _BLOCK]))
                moved()
            counts = torch.bincount(texts, minlength=len(lengths)).clamp_(min=1).unsqueeze(1)
            rows: Floats = (sums / counts).float().cpu().numpy()
        return rows

    def release_memory(self) -> None:
        """Gives back the device's memory that torch keeps for later."""
        release_memory(self._device)

    def _vectors(self, tokens: Tensor) -> Tensor:
        rows = tokens if self._mapping is None else self._mapping[tokens].long()
        vectors = F.embedding(rows, self._table).to(self._sum)
        return vectors if self._weights is None else vectors.mul_(self._weights[tokens].to(self._sum).unsqueeze(1))


def load_static(
    model: StaticModel, files: list[SafetensorsFile], device: torch.device, report: Callable[[str, float], None]
) -> LoadedEncoder:
    """Takes the tensors from the files."""
    weights = Weights(files, "", device, torch.float32, lambda fraction: report("weights", 0.5 + 0.4 * fraction))
    return LoadedEncoder(
        embedder=StaticInference(model, weights, device),
        # One id more, for a text without tokens.
        limits=BatchLimits(model.max_tokens, model.vocabulary_size + 1, model.hidden_size),
        encoder="torch",
        dimension=model.hidden_size,
        max_tokens=model.max_tokens,
        pooling="mean",
        dtype="float32",
    )
