"""The vectors, against those of the reference implementations."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import numpy.typing as npt
import pytest
from akidb_worker.embedder import Embedder
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.loading import LoadedModel, load_model
from akidb_worker.messages import Load
from akidb_worker.protocol import decode
from reference_answers import MINILM, TOLERANCE, dense, load_members, model_folder, normalized, special_token_ids, token_ids, vectors

MODELS = [(MINILM, "mean", True), ("tiny-bert-cls", "cls", True), ("tiny-bert-cased", "mean", False), ("tiny-qwen3", "lasttoken", True)]
MODELS += [("tiny-roberta", "cls", True), ("tiny-xlm-roberta", "mean", True), ("tiny-mpnet", "mean", True)]
POOLINGS = ["cls", "lasttoken", "max", "mean", "mean_sqrt_len_tokens", "weightedmean"]


def loaded(name: str, pooling: str, **changes: Any) -> LoadedModel:
    load = decode(memoryview(msgpack.packb(load_members(name, pooling, **changes))))
    assert isinstance(load, Load)
    return load_model(load, lambda stage, fraction: None)


@cache
def inference(name: str, pooling: str, batch_tokens: int = 512) -> Embedder:
    return loaded(name, pooling, batch_tokens=batch_tokens).inference


def embed(model: Embedder, texts: list[list[int]]) -> npt.NDArray[np.float32]:
    ids = np.array([token for text in texts for token in text], dtype=np.int32)
    return model.embed(ids, [len(text) for text in texts], lambda: None)


@cache
def rows_together(name: str, pooling: str) -> npt.NDArray[np.float32]:
    return embed(inference(name, pooling), token_ids(name))


@pytest.mark.parametrize(("name", "pooling", "normalize"), MODELS)
def test_all_texts_together_give_the_reference_vectors(name: str, pooling: str, normalize: bool) -> None:
    rows = rows_together(name, pooling)
    answers = normalized(rows) if normalize else rows.astype(np.float64)
    assert np.abs(answers - vectors(name, len(rows))).max() <= TOLERANCE


@pytest.mark.parametrize(("name", "pooling", "normalize"), MODELS)
def test_each_text_alone_gives_the_same_vector(name: str, pooling: str, normalize: bool) -> None:
    together = rows_together(name, pooling)
    alone = np.concatenate([embed(inference(name, pooling), [text]) for text in token_ids(name)])
    if normalize:
        assert np.abs(normalized(alone) - vectors(name, len(alone))).max() <= TOLERANCE
        assert np.abs(normalized(alone) - normalized(together)).max() <= 1e-6
    else:
        assert np.abs(alone - vectors(name, len(alone))).max() <= TOLERANCE
        assert np.abs(alone - together).max() <= 1e-6 * np.linalg.norm(together, axis=1).max()


@pytest.mark.parametrize(("name", "pooling", "normalize"), MODELS[1:])
def test_any_batch_in_any_order_gives_the_reference_vectors(name: str, pooling: str, normalize: bool) -> None:
    texts = token_ids(name)
    order = random.Random(3).sample(range(len(texts)), len(texts))
    model = inference(name, pooling, 100)
    rows = np.empty((len(texts), vectors(name, len(texts)).shape[1]), dtype=np.float32)
    for first in range(0, len(order), 32):
        some = order[first : first + 32]
        rows[some] = embed(model, [texts[text] for text in some])
    answers = normalized(rows) if normalize else rows.astype(np.float64)
    assert np.abs(answers - vectors(name, len(texts))).max() <= TOLERANCE


@pytest.mark.parametrize(("name", "pooling"), [("tiny-roberta", "cls"), ("tiny-xlm-roberta", "mean"), ("tiny-mpnet", "mean")])
def test_padding_that_a_text_holds_as_a_token_is_not_counted_but_attended_to(name: str, pooling: str) -> None:
    texts = special_token_ids(name)
    rows = embed(inference(name, pooling), texts)
    assert np.abs(normalized(rows) - vectors(f"{name}.special", len(texts))).max() <= TOLERANCE


def test_distilbert_gives_the_reference_vectors_after_its_dense_layer() -> None:
    texts = token_ids("tiny-distilbert")
    rows = embed(inference("tiny-distilbert", "mean"), texts)
    answers = np.tanh(rows @ dense("tiny-distilbert", "linear.weight").T + dense("tiny-distilbert", "linear.bias"))
    assert np.abs(answers - vectors("tiny-distilbert", len(texts))).max() <= 5e-6


def test_rows_of_mpnets_table_that_the_library_never_reads_change_nothing(tmp_path: Path) -> None:
    stored = (model_folder("tiny-mpnet") / "model.safetensors").read_bytes()
    start = 8 + int.from_bytes(stored[:8], "little")
    header, content = json.loads(stored[8:start]), stored[start:]
    table = "encoder.relative_attention_bias.weight"
    (rows, heads), (first, last) = header[table]["shape"], header[table]["data_offsets"]
    size = 2 * (last - first)
    header["unused"], header[table] = (
        header[table],
        {"dtype": "F32", "shape": [2 * rows, heads], "data_offsets": [len(content), len(content) + size]},
    )
    packed = json.dumps(header).encode()
    file = tmp_path / "model.safetensors"
    file.write_bytes(len(packed).to_bytes(8, "little") + packed + content + content[first : first + size])
    texts = token_ids("tiny-mpnet")[:100]
    model = loaded("tiny-mpnet", "mean", weights=[str(file)], relative_buckets=2 * rows)
    assert np.abs(normalized(embed(model.inference, texts)) - vectors("tiny-mpnet", 904)[: len(texts)]).max() <= TOLERANCE


def test_texts_longer_than_robertas_positions_are_refused() -> None:
    with pytest.raises(WorkerError) as raised:
        loaded("tiny-roberta", "cls", max_tokens=513)
    assert raised.value.kind is ErrorKind.BAD_MODEL


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("name", ["tiny-bert-cls", "tiny-qwen3"])
def test_every_pooling_gives_the_reference_vectors(name: str, pooling: str) -> None:
    rows = embed(inference(name, pooling), token_ids(name)[:64])
    assert np.abs(normalized(rows) - vectors(f"{name}.pooling-{pooling}", 64)).max() <= TOLERANCE


@pytest.mark.parametrize("pooling", ["mean", "lasttoken"])
@pytest.mark.parametrize("name", ["tiny-bert-cls", "tiny-qwen3"])
def test_vectors_are_the_same_when_they_are_computed_in_small_blocks(name: str, pooling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = [(7 * position) % 8000 for position in range(300)]
    texts = [text, text[:20], text[3:23], text[5:]]
    whole = embed(inference(name, pooling, 1000), texts)
    monkeypatch.setattr("akidb_worker.attention._MOST_SCORES", 300 * 20)
    monkeypatch.setattr("akidb_worker.row_blocks._CPU_ROWS", 33)
    blocks = embed(inference(name, pooling, 1000), texts)
    assert np.abs(normalized(whole) - normalized(blocks)).max() <= 1e-6


def test_dtype_that_was_asked_for_computes_near_the_reference_vectors() -> None:
    # Measured: 0.99996 at least.
    texts = token_ids("tiny-qwen3")[:60]
    model = loaded("tiny-qwen3", "lasttoken", dtype="bfloat16")
    assert model.ready.dtype == "bfloat16"
    rows = embed(model.inference, texts)
    assert rows.dtype == np.float32
    cosines = (normalized(rows) * normalized(vectors("tiny-qwen3", 904)[: len(texts)])).sum(1)
    assert 0.9999 <= cosines.min() < 0.9999999


@pytest.mark.parametrize(("name", "pooling"), [("tiny-bert-cls", "mean"), ("tiny-qwen3", "lasttoken")])
def test_stop_is_asked_several_times_at_every_layer_of_every_micro_batch(name: str, pooling: str) -> None:
    steps = []
    texts = token_ids(name)[:20]
    ids = np.array([token for text in texts for token in text], dtype=np.int32)
    inference(name, pooling, 1).embed(ids, [len(text) for text in texts], lambda: steps.append(1))
    layers = load_members(name, pooling)["model"]["layers"]
    assert len(steps) >= 3 * layers * len(texts)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"hidden_size": 100}, ErrorKind.BAD_MODEL),
        ({"heads": 7}, ErrorKind.BAD_MODEL),
        ({"layers": 4}, ErrorKind.BAD_MODEL),
        ({"prefix": "bert."}, ErrorKind.BAD_MODEL),
        ({"vocabulary_size": 7999}, ErrorKind.BAD_MODEL),
        ({"pooling": "median"}, ErrorKind.BAD_MODEL),
        ({"architecture": "t5"}, ErrorKind.BAD_MODEL),
        ({"weights": []}, ErrorKind.BAD_MODEL),
        ({"max_tokens": 513}, ErrorKind.BAD_MODEL),
        ({"protocol": 2}, ErrorKind.BAD_INPUT),
        ({"device": "cuda:99"}, ErrorKind.BAD_INPUT),
        ({"device": "abacus"}, ErrorKind.BAD_INPUT),
        ({"dtype": "int8"}, ErrorKind.BAD_INPUT),
    ],
    ids=str,
)
def test_model_that_cannot_be_served_is_refused(changes: dict[str, Any], kind: ErrorKind) -> None:
    with pytest.raises(WorkerError) as raised:
        loaded("tiny-bert-cls", **{"pooling": "cls", **changes})
    assert raised.value.kind is kind
