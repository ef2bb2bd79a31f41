"""From a load request to a warm model of the sentence-transformers library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from transformers.utils.logging import disable_progress_bar

from akidb_worker.dtypes import choose_dtype, name_of
from akidb_worker.errors import ErrorKind, WorkerError, classify, first_line
from akidb_worker.library_inference import LibraryInference
from akidb_worker.library_weights import recorded_missing_keys, refuse_made_up
from akidb_worker.loaded import LoadedEncoder
from akidb_worker.messages import LIBRARY, LibraryModel, Load
from akidb_worker.prompted_texts import IDS
from akidb_worker.requests import BatchLimits
from akidb_worker.safetensors_file import SafetensorsFile

# The host bounds the length of a text; the library cuts what has too many tokens.
_MOST_CODE_POINTS = 2**31 - 1


def load_library(
    load: Load,
    model: LibraryModel,
    files: list[SafetensorsFile],
    device: torch.device,
    report: Callable[[str, float], None],
    prepare: Callable[[Callable[[], Any]], Any],
) -> LoadedEncoder:
    """Has the library load the folder, from its safetensors files alone, and compute a first text; ``prepare`` does what is not urgent."""
    report("weights", 0.5)
    # On a CPU 'auto' is float32: how large the model's layers are is the library's business.
    dtype = choose_dtype(load.dtype, device, files, 0, 0)
    # Workers that were forked from one process would otherwise make the same numbers up, and agree.
    torch.seed()
    with recorded_missing_keys() as missing:
        loaded: SentenceTransformer = prepare(lambda: _load(model, device, dtype))
    report("warm-up", 0.9)
    try:
        inference = LibraryInference(loaded)
        refuse_made_up(loaded, missing, inference.vectors)
    except Exception as error:
        if classify(error).kind is not ErrorKind.INTERNAL:
            raise
        raise WorkerError(
            ErrorKind.BAD_MODEL, f"sentence-transformers cannot compute a first text: {type(error).__name__}: {first_line(str(error))}."
        ) from error
    return LoadedEncoder(
        embedder=inference,
        limits=BatchLimits(_MOST_CODE_POINTS, IDS, inference.dimension + 1),
        encoder=LIBRARY,
        dimension=inference.dimension,
        max_tokens=inference.max_tokens,
        pooling=LIBRARY,
        dtype=name_of(dtype),
    )


def _load(model: LibraryModel, device: torch.device, dtype: torch.dtype) -> SentenceTransformer:
    # It is no line for a log.
    disable_progress_bar()
    try:
        return SentenceTransformer(
            model.folder,
            device=str(device),
            local_files_only=True,
            trust_remote_code=False,
            # Version 4 of transformers does not know the newer name, dtype.
            model_kwargs={"torch_dtype": dtype, "use_safetensors": True},
        )
    except (ImportError, KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise WorkerError(
            ErrorKind.BAD_MODEL, f"sentence-transformers cannot load '{model.folder}': {type(error).__name__}: {first_line(str(error))}."
        ) from error
