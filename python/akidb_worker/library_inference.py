"""A model that the sentence-transformers library runs: texts to rows, everything in between being the library's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch import nn

from akidb_worker.devices import release_memory
from akidb_worker.embedder import Floats, Ints
from akidb_worker.errors import ErrorKind, WorkerError, classify, first_line
from akidb_worker.prompted_texts import read_texts

_MOST_TEXTS = 32

# What the library reports for a model without a maximum.
NO_MAXIMUM = 2**31 - 1


class LibraryInference:
    """Satisfies Embedder. Its texts travel as code points (``prompted_texts``); a row is the vector and, after it, the token count.

    It computes a first text when it is made, so that the first request pays for nothing.
    """

    def __init__(self, model: SentenceTransformer) -> None:
        self._model = model
        self._moved: Callable[[], None] = _nothing
        # A model without a maximum says None, or that it is infinite.
        self.max_tokens = int(min(model.max_seq_length or NO_MAXIMUM, NO_MAXIMUM))
        for module in model.modules():
            if isinstance(module, nn.ModuleList):
                for layer in module:
                    layer.register_forward_hook(self._step)
        self.dimension = self.vectors(["warm up"]).shape[1]
        self._check_empty_text()

    def embed(self, ids: Ints, lengths: Sequence[int], moved: Callable[[], None]) -> Floats:
        """One row per text, in order; ``moved`` is called after every layer and may raise to stop.

        The last value of a row is the number of tokens that were computed, negative where the library cut the text.
        """
        groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for index, (prompt, text) in enumerate(read_texts(ids, lengths)):
            groups[prompt].append((index, text))
        rows = np.empty((len(lengths), self.dimension + 1), dtype=np.float32)
        self._moved = moved
        try:
            for prompt, members in groups.items():
                indices = [index for index, _ in members]
                texts = [text for _, text in members]
                rows[indices, :-1] = self.vectors(texts, prompt)
                rows[indices, -1] = [self._count(prompt + text) for text in texts]
        finally:
            self._moved = _nothing
        return rows

    def vectors(self, texts: list[str], prompt: str = "") -> Floats:
        """One vector per text, as the library makes it."""
        # No prompt at all would have the library put its default one.
        answer: Floats = self._model.encode(texts, prompt=prompt, batch_size=_MOST_TEXTS, show_progress_bar=False)
        return answer.astype(np.float32, copy=False)

    def release_memory(self) -> None:
        """Gives back the device's memory that torch keeps for later."""
        release_memory(torch.device(self._model.device))

    def _check_empty_text(self) -> None:
        try:
            self.vectors([""])
        except Exception as error:
            if classify(error).kind is not ErrorKind.INTERNAL:
                raise
            raise WorkerError(
                ErrorKind.BAD_MODEL,
                f"The empty text is a valid one, but the library cannot compute it ({type(error).__name__}: {first_line(str(error))}): "
                "the tokenizer adds no token of its own to it.",
            ) from error

    def _count(self, text: str) -> int:
        total = _token_count(self._model.tokenizer, text)
        return total if total <= self.max_tokens else -self.max_tokens

    def _step(self, *_: Any) -> None:
        self._moved()


def _token_count(tokenizer: Any, text: str) -> int:
    # Static embeddings have the tokenizers library's own object; it says how many without being told not to cut.
    if hasattr(tokenizer, "encode_batch"):
        return len(tokenizer.encode(text, add_special_tokens=False).ids)
    return len(tokenizer(text, truncation=False, verbose=False)["input_ids"])


def _nothing() -> None:
    pass
