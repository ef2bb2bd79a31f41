"""Static models: the mean of rows that are looked up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.loading import LoadedModel, load_model
from akidb_worker.messages import Load, StaticModel

TOKENS = 10


def write_file(path: Path, **tensors: tuple[str, npt.NDArray[Any]]) -> None:
    header, data = {}, b""
    for name, (kind, values) in tensors.items():
        content = values.tobytes()
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def loaded(
    folder: Path, table: npt.NDArray[Any], kind: str, background: bool = False, **others: tuple[str, npt.NDArray[Any]]
) -> LoadedModel:
    file = folder / "model.safetensors"
    write_file(file, embeddings=(kind, table), **others)
    model = StaticModel(
        architecture="static",
        weights=(str(file),),
        max_tokens=2**31 - 1,
        vocabulary_size=TOKENS,
        hidden_size=table.shape[1],
        rows=table.shape[0],
        table="embeddings",
        mapping="mapping" if "mapping" in others else "",
        token_weights="weights" if "weights" in others else "",
    )
    return load_model(Load(1, 1, model, "cpu", "auto", 0, 512), lambda stage, fraction: None, background)


def embed(model: LoadedModel, texts: list[list[int]]) -> npt.NDArray[np.float32]:
    ids = np.array([token for text in texts for token in text], dtype=np.int32)
    return model.inference.embed(ids, [len(text) for text in texts], lambda: None)


@pytest.mark.parametrize(("kind", "numbers"), [("F32", "f4"), ("F16", "f2"), ("F64", "f8"), ("I8", "i1")])
def test_row_is_the_mean_of_the_tokens_rows(tmp_path: Path, kind: str, numbers: str) -> None:
    table = np.arange(-15, 15).reshape(TOKENS, 3).astype(numbers)
    model = loaded(tmp_path, table, kind)
    rows = embed(model, [[1, 2, 2], [TOKENS], [9]])
    assert np.array_equal(rows, np.array([table[[1, 2, 2]].astype(float).mean(0), [0, 0, 0], table[9]], dtype=np.float32))
    assert (model.ready.dimension, model.ready.pooling, model.ready.dtype, model.ready.encoder) == (3, "mean", "float32", "torch")
    assert model.limits.vocabulary_size == TOKENS + 1


def test_bfloat16_is_the_upper_half_of_float32(tmp_path: Path) -> None:
    table = np.arange(-15, 15).reshape(TOKENS, 3).astype("f4")
    model = loaded(tmp_path, (table.view("u4") >> 16).astype("u2"), "BF16")
    assert np.array_equal(embed(model, [[3, 5]]), table[[3, 5]].mean(0, keepdims=True))


@pytest.mark.parametrize("background", [False, True])
def test_mapping_and_weights_are_applied(tmp_path: Path, background: bool) -> None:
    table = np.arange(6, dtype="f4").reshape(2, 3)
    mapping, weights = np.arange(TOKENS) % 2, np.arange(TOKENS) * 0.5
    model = loaded(tmp_path, table, "F32", background, mapping=("I64", mapping), weights=("F64", weights))
    assert np.array_equal(embed(model, [[3, 4]]), np.array([(table[1] * 1.5 + table[0] * 2) / 2], dtype=np.float32))


def test_long_text_is_exact(tmp_path: Path) -> None:
    table = np.full((TOKENS, 2), np.float32(0.1))
    assert np.array_equal(embed(loaded(tmp_path, table, "F32"), [[1] * 100_000]), table[:1])


@pytest.mark.parametrize("rows", [0, 2])
def test_row_that_is_not_there_is_refused(tmp_path: Path, rows: int) -> None:
    with pytest.raises(WorkerError) as raised:
        if rows:
            loaded(tmp_path, np.zeros((rows, 3), "f4"), "F32", mapping=("I64", np.full(TOKENS, rows)))
        else:
            loaded(tmp_path, np.zeros((TOKENS - 1, 3), "f4"), "F32")
    assert raised.value.kind is ErrorKind.BAD_MODEL
