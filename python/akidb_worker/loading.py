"""From a load request to a warm model. Torch is imported here, and not before."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from akidb_worker.background import at_once, in_background
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.fingerprint import Fingerprint
from akidb_worker.libraries import installed_versions
from akidb_worker.messages import PROTOCOL_VERSION, Load, Ready
from akidb_worker.safetensors_file import SafetensorsFile

if TYPE_CHECKING:
    from akidb_worker.encoder import Encoder
    from akidb_worker.inference import Inference
    from akidb_worker.weights import Weights

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """What the rest of a worker's life is spent on."""

    inference: Inference
    ready: Ready


Loader = Callable[[Load, Callable[[str, float], None]], LoadedModel]
"""Turns a load request into a model, reporting each stage and how far it is."""


def load_model(load: Load, report: Callable[[str, float], None], background: bool = False) -> LoadedModel:
    """Loads what the request describes.

    1. Map and check the files.   Their fingerprint is computed beside the rest.
    2. Import torch.              The slow step.
    3. Take the tensors.          Each checked for name, shape and type.
    4. Warm up.                   The first request shall pay for nothing.

    In the background steps 1 to 3 take only what other processes leave of the processor.
    """
    prepare = in_background if background else at_once
    if load.protocol != PROTOCOL_VERSION:
        raise WorkerError(ErrorKind.BAD_INPUT, f"This worker speaks protocol {PROTOCOL_VERSION}, not {load.protocol}.")
    model = load.model
    if not model.weights:
        raise WorkerError(ErrorKind.BAD_MODEL, "The model has no weights: the list of safetensors files is empty.")
    report("map", 0.0)
    files = [SafetensorsFile(path) for path in model.weights]
    fingerprint = Fingerprint(files, background)

    report("import", 0.05)
    # Not in the background: it starts the threads of the BLAS library.
    _import("numpy")
    prepare(lambda: _import("torch"))
    import torch

    from akidb_worker.devices import choose_device, micro_batch_tokens
    from akidb_worker.dtypes import choose_dtype, name_of
    from akidb_worker.inference import Inference
    from akidb_worker.pooling import POOLINGS
    from akidb_worker.weights import Weights

    if model.pooling not in POOLINGS:
        raise WorkerError(ErrorKind.BAD_MODEL, f"The pooling '{model.pooling}' is unknown; this worker has {', '.join(sorted(POOLINGS))}.")
    if load.threads:
        torch.set_num_threads(load.threads)
    device = choose_device(load.device)

    dtype = choose_dtype(load.dtype, device, files, model.hidden_size, model.intermediate_size)
    weights = Weights(files, model.prefix, device, dtype, lambda fraction: report("weights", 0.5 + 0.4 * fraction))
    encoder = prepare(lambda: _encoder(load, weights))
    inference = Inference(encoder, model.pooling, model.hidden_size, micro_batch_tokens(device, load.batch_tokens), device)

    report("warm-up", 0.9)
    _warm_up(inference, load)
    sha256 = fingerprint.result()
    gc.collect()
    gc.freeze()
    _log.info("Loaded %s from %s on %s in %s.", model.architecture, ", ".join(model.weights), device, name_of(dtype))
    ready = Ready(
        id=load.id,
        dimension=model.hidden_size,
        max_tokens=model.max_tokens,
        pooling=model.pooling,
        weights_sha256=sha256,
        device=str(device),
        dtype=name_of(dtype),
        encoder="torch",
        libraries={**installed_versions(), "torch": str(torch.__version__)},
    )
    return LoadedModel(inference, ready)


def _import(name: str) -> None:
    try:
        __import__(name)
    except (ImportError, OSError) as error:
        raise WorkerError(
            ErrorKind.MISSING_LIBRARY,
            f"This Python cannot import {name}: {error}. "
            f"Install it (pip install {name}) or set AKIDB_EMBEDDING_PYTHON_PATH to an interpreter that has it.",
        ) from error


def _encoder(load: Load, weights: Weights) -> Encoder:
    from akidb_worker.bert import BertEncoder
    from akidb_worker.qwen3 import Qwen3Encoder

    model = load.model
    if model.bert is not None:
        if model.max_tokens > model.max_positions:
            raise WorkerError(ErrorKind.BAD_MODEL, f"max_tokens {model.max_tokens} exceeds the model's {model.max_positions} positions.")
        return BertEncoder(model, model.bert, weights)
    if model.qwen3 is not None:
        return Qwen3Encoder(model, model.qwen3, weights)
    raise WorkerError(ErrorKind.BAD_MODEL, f"The architecture '{model.architecture}' is unknown; this worker has bert, qwen3.")


def _warm_up(inference: Inference, load: Load) -> None:
    import numpy as np

    length = min(16, load.model.max_tokens)
    texts = max(1, load.batch_tokens // length)
    for count in (1, min(texts, 8)):
        rows = inference.embed(np.zeros(count * length, dtype=np.int32), [length] * count, lambda: None)
        if not np.isfinite(rows).all():
            raise WorkerError(ErrorKind.BAD_MODEL, "The model answers with numbers that are not finite: its weights are damaged.")
