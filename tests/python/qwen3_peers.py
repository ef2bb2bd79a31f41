"""Other implementations of the same model, in this process: what ``bench_qwen3.py`` compares the worker with."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Texts = Sequence[list[int]]
Rows = npt.NDArray[np.float32]
Embed = Callable[[Texts], Rows]


def transformers_model(folder: Path, device: str, dtype: str) -> Embed:
    """``Qwen3Model`` of the transformers library on padded batches. Raises where it cannot be had."""
    import torch

    library = importlib.import_module("transformers")
    model = library.Qwen3Model.from_pretrained(folder, torch_dtype=getattr(torch, dtype)).to(device).eval()

    def embed(texts: Texts) -> Rows:
        ids, mask = _padded(texts, device)
        with torch.inference_mode():  # type: ignore[no-untyped-call]
            hidden = model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
            last = hidden[torch.arange(len(texts), device=device), mask.sum(1) - 1]
        rows: Rows = last.float().cpu().numpy()
        return rows

    return embed


def sentence_transformers_model(folder: Path, device: str, dtype: str) -> Embed:
    """The sentence-transformers library, without its tokeniser. Raises where it cannot be had."""
    import torch

    library = importlib.import_module("sentence_transformers")
    model = library.SentenceTransformer(str(folder), device=device, model_kwargs={"torch_dtype": getattr(torch, dtype)})

    def embed(texts: Texts) -> Rows:
        ids, mask = _padded(texts, device)
        with torch.inference_mode():  # type: ignore[no-untyped-call]
            rows: Rows = model({"input_ids": ids, "attention_mask": mask})["sentence_embedding"].float().cpu().numpy()
        return rows

    return embed


def _padded(texts: Texts, device: str) -> tuple[Any, Any]:
    import torch

    ids = torch.zeros(len(texts), max(map(len, texts)), dtype=torch.int64)
    mask = torch.zeros_like(ids)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = torch.tensor(text)
        mask[row, : len(text)] = 1
    return ids.to(device), mask.to(device)
