"""From a load request to a model of our own encoders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from akidb_worker.architectures import DECODERS, ENCODERS
from akidb_worker.decoders import TransformerDecoder
from akidb_worker.devices import micro_batch_tokens
from akidb_worker.dtypes import choose_dtype, name_of
from akidb_worker.embedder import Embedder
from akidb_worker.encoder import Encoder
from akidb_worker.encoders import TransformerEncoder
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.inference import Inference
from akidb_worker.loaded import LoadedEncoder
from akidb_worker.messages import Load, Model
from akidb_worker.pooling import poolings_of
from akidb_worker.requests import BatchLimits
from akidb_worker.safetensors_file import SafetensorsFile
from akidb_worker.vector_modules import load_modules
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
    poolings = poolings_of(model.pooling)
    pooled_size = len(poolings) * model.hidden_size
    of_modules = {module.file for module in model.modules}
    own = [file for file in files if file.path not in of_modules]
    dtype = choose_dtype(load.dtype, device, own, model.hidden_size, model.intermediate_size)
    weights = Weights(own, model.prefix, device, dtype, lambda fraction: report("weights", 0.5 + 0.4 * fraction))
    encoder: Encoder = prepare(lambda: _encoder(model, weights))
    modules = load_modules(model.modules, files, pooled_size, device)
    dimension = model.modules[-1].outputs if model.modules else pooled_size
    return LoadedEncoder(
        embedder=Inference(encoder, poolings, dimension, micro_batch_tokens(device, load.batch_tokens), device, modules),
        limits=BatchLimits(model.max_tokens, model.vocabulary_size, dimension),
        encoder="torch",
        dimension=dimension,
        max_tokens=model.max_tokens,
        pooling=model.pooling,
        dtype=name_of(dtype),
    )


def _encoder(model: Model, weights: Weights) -> Encoder:
    if model.windows and len(model.windows) != model.layers:
        raise WorkerError(ErrorKind.BAD_MODEL, f"There are {len(model.windows)} windows for {model.layers} layers.")
    if model.encoder is not None:
        padding = model.encoder.padding_id
        has_table = ENCODERS[model.architecture].positions is not None
        if has_table and model.max_tokens > model.max_positions - (0 if padding is None else padding + 1):
            raise WorkerError(ErrorKind.BAD_MODEL, f"max_tokens {model.max_tokens} exceeds the model's {model.max_positions} positions.")
        return TransformerEncoder(model, model.encoder, weights)
    if model.decoder is not None:
        return TransformerDecoder(model, model.decoder, weights)
    raise WorkerError(
        ErrorKind.BAD_MODEL,
        f"The architecture '{model.architecture[:100]}' is unknown; this worker has {', '.join((*ENCODERS, *DECODERS))}.",
    )


def warm_up(embedder: Embedder, batch_tokens: int, max_tokens: int, moved: Callable[[], None]) -> None:
    """Computes first batches; ``moved`` is called at every step."""
    moved()
    length = min(16, max_tokens)
    texts = max(1, batch_tokens // length)
    for count in (1, min(texts, 8)):
        rows = embedder.embed(np.zeros(count * length, dtype=np.int32), [length] * count, moved)
        if not np.isfinite(rows).all():
            raise WorkerError(ErrorKind.BAD_MODEL, "The model answers with numbers that are not finite: its weights are damaged.")
