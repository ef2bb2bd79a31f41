"""From a load request to a model of our own encoders."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
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
from akidb_worker.linear import LinearLayout
from akidb_worker.loaded import LoadedEncoder
from akidb_worker.messages import Load, Model
from akidb_worker.parts import fewest_tokens
from akidb_worker.pooling import poolings_of
from akidb_worker.requests import BatchLimits
from akidb_worker.safetensors_file import SafetensorsFile
from akidb_worker.side_by_side import SideBySide
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
    with ExitStack() as started:
        # Not in the background: threads have the priority of the one that starts them.
        threads = SideBySide.on(device)
        if threads is not None:
            started.callback(threads.close)
        dtype = choose_dtype(load.dtype, device, own, model.hidden_size, model.intermediate_size)
        weights = Weights(own, model.prefix, device, dtype, lambda fraction: report("weights", 0.5 + 0.4 * fraction))
        encoder: Encoder = prepare(lambda: _encoder(model, weights, LinearLayout(weights, threads)))
        modules = load_modules(model.modules, files, pooled_size, device)
        close = started.pop_all().close
    dimension = model.modules[-1].outputs if model.modules else pooled_size
    batch_tokens = micro_batch_tokens(device, load.batch_tokens)
    limits = BatchLimits(model.max_tokens, model.vocabulary_size, dimension)
    prompts = None if model.pools_prompt else limits
    return LoadedEncoder(
        embedder=Inference(encoder, poolings, dimension, batch_tokens, device, modules, threads, prompts),
        # One id more, for the mark of a prompt's end.
        limits=limits if prompts is None else BatchLimits(model.max_tokens + 1, model.vocabulary_size + 1, dimension),
        encoder="torch",
        dimension=dimension,
        max_tokens=model.max_tokens,
        pooling=model.pooling,
        dtype=name_of(dtype),
        close=close,
    )


def _encoder(model: Model, weights: Weights, linears: LinearLayout) -> Encoder:
    if model.windows and len(model.windows) != model.layers:
        raise WorkerError(ErrorKind.BAD_MODEL, f"There are {len(model.windows)} windows for {model.layers} layers.")
    if model.encoder is not None:
        padding = model.encoder.padding_id
        has_table = ENCODERS[model.architecture].positions is not None
        if has_table and model.max_tokens > model.max_positions - (0 if padding is None else padding + 1):
            raise WorkerError(ErrorKind.BAD_MODEL, f"max_tokens {model.max_tokens} exceeds the model's {model.max_positions} positions.")
        return TransformerEncoder(model, model.encoder, weights, linears)
    if model.decoder is not None:
        return TransformerDecoder(model, model.decoder, weights, linears)
    raise WorkerError(
        ErrorKind.BAD_MODEL,
        f"The architecture '{model.architecture[:100]}' is unknown; this worker has {', '.join((*ENCODERS, *DECODERS))}.",
    )


def warm_up(embedder: Embedder, batch_tokens: int, max_tokens: int, moved: Callable[[], None]) -> None:
    """Computes first batches; ``moved`` is called at every step."""
    moved()
    length = min(16, max_tokens)
    # Enough of them to be divided among threads, if any batch is.
    texts = max(8, -(-fewest_tokens(torch.get_num_threads()) // length))
    for count in (1, max(1, min(texts, batch_tokens // length))):
        rows = embedder.embed(np.zeros(count * length, dtype=np.int32), [length] * count, moved)
        if not np.isfinite(rows).all():
            raise WorkerError(ErrorKind.BAD_MODEL, "The model answers with numbers that are not finite: its weights are damaged.")
