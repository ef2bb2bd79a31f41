"""From a load request to a model of our own encoders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from akidb_worker.bert import BertEncoder
from akidb_worker.devices import micro_batch_tokens
from akidb_worker.dtypes import choose_dtype, name_of
from akidb_worker.embedder import Embedder
from akidb_worker.encoder import Encoder
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.inference import Inference
from akidb_worker.loaded import LoadedEncoder
from akidb_worker.messages import Load, Model
from akidb_worker.pooling import POOLINGS
from akidb_worker.qwen3 import Qwen3Encoder
from akidb_worker.requests import BatchLimits
from akidb_worker.safetensors_file import SafetensorsFile
from akidb_worker.weights import Weights


def load_torch(
    load: Load,
    model: Model,
    files: list[SafetensorsFile],
    device: torch.device,
    report: Callable[[str, float], None],
    prepare: Callable[[Callable[[], Any]], Any],
) -> LoadedEncoder:
    """Takes the tensors from the files; ``prepare`` does what is not urgent."""
    if model.pooling not in POOLINGS:
        raise WorkerError(ErrorKind.BAD_MODEL, f"The pooling '{model.pooling}' is unknown; this worker has {', '.join(sorted(POOLINGS))}.")
    dtype = choose_dtype(load.dtype, device, files, model.hidden_size, model.intermediate_size)
    weights = Weights(files, model.prefix, device, dtype, lambda fraction: report("weights", 0.5 + 0.4 * fraction))
    encoder: Encoder = prepare(lambda: _encoder(model, weights))
    return LoadedEncoder(
        embedder=Inference(encoder, model.pooling, model.hidden_size, micro_batch_tokens(device, load.batch_tokens), device),
        limits=BatchLimits(model.max_tokens, model.vocabulary_size, model.hidden_size),
        encoder="torch",
        dimension=model.hidden_size,
        max_tokens=model.max_tokens,
        pooling=model.pooling,
        dtype=name_of(dtype),
    )


def _encoder(model: Model, weights: Weights) -> Encoder:
    if model.bert is not None:
        if model.max_tokens > model.max_positions:
            raise WorkerError(ErrorKind.BAD_MODEL, f"max_tokens {model.max_tokens} exceeds the model's {model.max_positions} positions.")
        return BertEncoder(model, model.bert, weights)
    if model.qwen3 is not None:
        return Qwen3Encoder(model, model.qwen3, weights)
    raise WorkerError(ErrorKind.BAD_MODEL, f"The architecture '{model.architecture}' is unknown; this worker has bert, qwen3.")


def warm_up(embedder: Embedder, batch_tokens: int, max_tokens: int, moved: Callable[[], None]) -> None:
    """Computes first batches; ``moved`` is called at every step."""
    moved()
    length = min(16, max_tokens)
    texts = max(1, batch_tokens // length)
    for count in (1, min(texts, 8)):
        rows = embedder.embed(np.zeros(count * length, dtype=np.int32), [length] * count, moved)
        if not np.isfinite(rows).all():
            raise WorkerError(ErrorKind.BAD_MODEL, "The model answers with numbers that are not finite: its weights are damaged.")
