"""Prompts whose tokens are not pooled, in the worker's encoders, against the library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import numpy.typing as npt
import pytest
from akidb_worker.embedder import Embedder
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.loading import LoadedModel, load_model
from akidb_worker.messages import Embed, Load
from akidb_worker.protocol import decode
from akidb_worker.requests import read_batch
from family_loads import family_load
from prompt_cases import CASES, PromptCase, sampled
from reference_answers import load_members, model_folder, tolerance

MOST = 32


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
@pytest.mark.parametrize("batch_tokens", [4096, 48])
def test_worker_gives_the_librarys_vectors_for_texts_behind_prompts(case: PromptCase, batch_tokens: int) -> None:
    inference = _model(case, batch_tokens=batch_tokens).inference
    texts = case.ids()
    # Texts of equal length that do not begin to be pooled at the same place, in one batch.
    shuffled = sorted(range(len(texts)), key=lambda text: (len(set(texts[text])) * 7) % 5)
    together = np.empty((len(texts), _rows(inference, [texts[0]]).shape[1]), dtype=np.float32)
    together[shuffled] = _rows(inference, [texts[text] for text in shuffled])
    alone = np.concatenate([_rows(inference, [ids]) for ids in texts])
    for rows in (together, alone):
        vectors = rows.astype(np.float64)
        if case.model != "tiny-modernbert":
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        assert np.abs(sampled(vectors) - case.expected()).max() <= tolerance(case.model)


@pytest.mark.parametrize(
    ("ids", "kind"),
    [
        ([8000, 5, 6], ErrorKind.BAD_INPUT),
        ([5, 6, 8000], ErrorKind.BAD_INPUT),
        ([5, 8000, 6, 8000, 7], ErrorKind.BAD_INPUT),
        ([5] * (MOST + 1), ErrorKind.TOO_LONG),
        ([5, 8000, *([6] * MOST)], ErrorKind.TOO_LONG),
        ([5, 8001, 6], ErrorKind.BAD_INPUT),
    ],
)
def test_text_with_a_wrong_mark_or_too_many_tokens_is_refused(ids: list[int], kind: ErrorKind) -> None:
    model = _model(CASES[0])
    with pytest.raises(WorkerError) as refusal:
        read = read_batch(_embed([[5, 6], ids]), model.limits, 1 << 20)
        model.inference.embed(*read, lambda: None)
    assert refusal.value.kind is kind
    assert refusal.value.input == 1


def test_worker_that_knows_of_no_mark_refuses_it() -> None:
    model = _model(CASES[0], pools_prompt=True)
    with pytest.raises(WorkerError, match="token id 8000"):
        read_batch(_embed([[5, 8000, 6]]), model.limits, 1 << 20)


def test_marks_stand_where_the_vocabulary_ends() -> None:
    for case in CASES:
        config = json.loads((Path(model_folder(case.model)) / "config.json").read_text())
        assert max(token for ids in case.ids() for token in ids) == config["vocab_size"]


def _rows(inference: Embedder, texts: list[list[int]]) -> npt.NDArray[np.float32]:
    ids = np.array([token for text in texts for token in text], dtype=np.int32)
    return inference.embed(ids, [len(text) for text in texts], lambda: None)


def _embed(texts: list[list[int]]) -> Embed:
    lengths = np.array([len(ids) for ids in texts], dtype="<i4").tobytes()
    ids = np.array([token for text in texts for token in text], dtype="<i4").tobytes()
    return Embed(1, 1000, lengths, ids)


def _model(case: PromptCase, **changes: Any) -> LoadedModel:
    numbers: dict[str, Any] = {"max_tokens": MOST, "pools_prompt": False, **changes}
    if case.model == "tiny-modernbert":
        members = family_load(case.model, **numbers)
        members["model"]["pooling"] = case.pooling
    else:
        members = load_members(case.model, case.pooling, **numbers)
    load = decode(memoryview(msgpack.packb(members)))
    assert isinstance(load, Load)
    return load_model(load, lambda stage, fraction: None)
