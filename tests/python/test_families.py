"""The families of models that people use, against their reference. The folders that are too many for the checkout lie beside it."""

from __future__ import annotations

from functools import cache

import msgpack
import numpy as np
import numpy.typing as npt
import pytest
from akidb_worker.loading import LoadedModel, load_model
from akidb_worker.messages import Load
from akidb_worker.protocol import decode
from family_loads import FAMILIES, family_load
from reference_answers import max_tokens, model_folder, normalized, special_token_ids, token_ids, tolerance, vectors


@cache
def loaded(name: str) -> LoadedModel:
    if not model_folder(name).exists():
        pytest.skip(f"The model {name} is not here: it lies in the folder 'shared' beside the checkout.")
    load = decode(memoryview(msgpack.packb(family_load(name))))
    assert isinstance(load, Load)
    return load_model(load, lambda stage, fraction: None)


def embed(name: str, texts: list[list[int]]) -> npt.NDArray[np.float64]:
    ids = np.array([token for text in texts for token in text], dtype=np.int32)
    rows = loaded(name).inference.embed(ids, [len(text) for text in texts], lambda: None)
    return normalized(rows) if FAMILIES[name] else rows.astype(np.float64)


@pytest.mark.parametrize("name", FAMILIES)
def test_all_texts_together_give_the_reference_vectors(name: str) -> None:
    loaded(name)
    assert np.abs(embed(name, token_ids(name)) - vectors(name, 904)).max() <= tolerance(name)


@pytest.mark.parametrize("name", FAMILIES)
def test_each_text_alone_gives_the_reference_vector(name: str) -> None:
    loaded(name)
    expected = vectors(name, 904)
    for text, ids in list(enumerate(token_ids(name)))[::12]:
        assert np.abs(embed(name, [ids])[0] - expected[text]).max() <= tolerance(name)


@pytest.mark.parametrize("name", FAMILIES)
def test_texts_with_added_tokens_give_the_reference_vectors(name: str) -> None:
    loaded(name)
    texts = special_token_ids(name)
    assert np.abs(embed(name, texts) - vectors(f"{name}.special", len(texts))).max() <= tolerance(name)


def test_model_without_a_table_of_positions_takes_texts_that_are_longer_than_it_was_made_for() -> None:
    load = decode(memoryview(msgpack.packb(family_load("tiny-modernbert", max_positions=16))))
    assert isinstance(load, Load)
    assert load_model(load, lambda stage, fraction: None).limits.max_tokens == max_tokens("tiny-modernbert")


def test_maximum_that_no_text_has_takes_no_memory() -> None:
    name = "tiny-jina-bert"
    loaded(name)
    load = decode(memoryview(msgpack.packb(family_load(name, max_tokens=2**31 - 1))))
    assert isinstance(load, Load)
    model = load_model(load, lambda stage, fraction: None)
    expected = vectors(name, 904)
    for text in (0, 898, 903, 1):
        ids = token_ids(name)[text]
        row = model.inference.embed(np.array(ids, dtype=np.int32), [len(ids)], lambda: None)
        assert np.abs(row[0] - expected[text]).max() <= tolerance(name)
