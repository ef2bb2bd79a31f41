"""From a load request to a model that is ready to compute. Torch is imported here, and not before."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from akidb_worker.background import MOST_PAUSE_SECONDS, Throttle, at_once, in_background
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.fingerprint import Fingerprint
from akidb_worker.known_fingerprint import KnownFingerprint
from akidb_worker.libraries import installed_versions
from akidb_worker.messages import PROTOCOL_VERSION, LibraryModel, Load, Ready, StaticModel
from akidb_worker.onednn import prepare_onednn
from akidb_worker.safetensors_file import SafetensorsFile

if TYPE_CHECKING:
    from akidb_worker.embedder import Embedder
    from akidb_worker.requests import BatchLimits

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """What the rest of a worker's life is spent on."""

    inference: Embedder
    limits: BatchLimits
    ready: Ready
    close: Callable[[], None]
    """Ends the threads that it computes with."""


Loader = Callable[[Load, Callable[[str, float], None]], LoadedModel]
"""Turns a load request into a model, reporting each stage and how far it is."""


def load_model(
    load: Load, report: Callable[[str, float], None], background: bool = False, known: KnownFingerprint | None = None
) -> LoadedModel:
    """Loads what the request describes.

    1. Map and check the files.   Their fingerprint is computed beside the rest, if no worker has done so before.
    2. Import the libraries.      The slow step.
    3. Take the tensors.          Each checked for name, shape and type.
    4. Warm up.                   The first request shall pay for nothing.

    In the background steps 1 to 3 take only what other processes leave of the processor, and a pause follows whatever takes long;
    what our own encoders need to get warm is left to the batch with which the host checks a new worker.
    """
    prepare = in_background if background else at_once
    throttle = Throttle(background, at_most=MOST_PAUSE_SECONDS)
    if load.protocol != PROTOCOL_VERSION:
        raise WorkerError(ErrorKind.BAD_INPUT, f"This worker speaks protocol {PROTOCOL_VERSION}, not {load.protocol}.")
    model = load.model
    if not model.weights:
        raise WorkerError(ErrorKind.BAD_MODEL, "The model has no weights: the list of safetensors files is empty.")
    report("map", 0.0)
    files = [SafetensorsFile(path) for path in model.weights]
    fingerprint = Fingerprint(files, background, known or KnownFingerprint())
    throttle()

    report("import", 0.05)
    if not isinstance(model, LibraryModel):
        prepare_onednn(os.environ)
    # Not in the background: it starts the threads of the BLAS library.
    _import("numpy", "ndarray")
    prepare(lambda: _import("torch", "Tensor"))
    if isinstance(model, LibraryModel):
        prepare(lambda: _import("sentence_transformers", "SentenceTransformer"))
    import torch

    from akidb_worker.computing_stack import stack_line
    from akidb_worker.devices import choose_device

    # Setting them starts threads that spin for 25 ms each, even where they are what the environment has set already.
    if load.threads and load.threads != torch.get_num_threads():
        torch.set_num_threads(load.threads)
    device = choose_device(load.device)
    throttle()

    if isinstance(model, LibraryModel):
        from akidb_worker.library_loading import load_library

        loaded = load_library(load, model, files, device, report, prepare)
    elif isinstance(model, StaticModel):
        from akidb_worker.static_inference import load_static

        loaded = load_static(model, files, device, report)
    else:
        from akidb_worker.torch_loading import load_torch, warm_up

        loaded = load_torch(load, model, files, device, report, prepare)
        if not background:
            warm_up(loaded.embedder, load.batch_tokens, loaded.max_tokens, lambda: report("warm-up", 0.9))
    throttle()
    sha256 = fingerprint.result(lambda share: report("fingerprint", 0.9 + 0.1 * share))
    gc.collect()
    gc.freeze()
    _log.info("Loaded %s weights on %s in %s.", model.architecture, device, loaded.dtype)
    _log.info("Computing with %s.", stack_line(device, getattr(torch, loaded.dtype)))
    ready = Ready(
        id=load.id,
        dimension=loaded.dimension,
        max_tokens=loaded.max_tokens,
        pooling=loaded.pooling,
        weights_sha256=sha256,
        device=str(device),
        dtype=loaded.dtype,
        encoder=loaded.encoder,
        libraries={**installed_versions(), "torch": str(torch.__version__)},
    )
    embedder = loaded.embedder
    if background:
        from akidb_worker.throttled_warm_up import ThrottledWarmUp

        embedder = ThrottledWarmUp(embedder)
    return LoadedModel(embedder, loaded.limits, ready, loaded.close)


def _import(name: str, member: str) -> None:
    try:
        module = __import__(name)
        if not hasattr(module, member):
            raise ImportError(f"{getattr(module, '__file__', None) or module} has that name and is something else")
    except (ImportError, OSError) as error:
        raise WorkerError(
            ErrorKind.MISSING_LIBRARY,
            f"This Python cannot import {name}: {error}. "
            f"Install it (pip install {name.replace('_', '-')}) or set AKIDB_EMBEDDING_PYTHON_PATH to an interpreter that has it.",
        ) from error
