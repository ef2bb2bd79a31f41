"""Batches that several threads divide give the vectors of the reference, of every architecture that our own encoders have."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgpack
import numpy as np
import numpy.typing as npt
import pytest
import torch
from akidb_worker.blas_threads import BlasThreads
from akidb_worker.encoders import Alibi
from akidb_worker.errors import WorkerError
from akidb_worker.loading import LoadedModel, load_model
from akidb_worker.messages import Load
from akidb_worker.protocol import decode
from akidb_worker.side_by_side import SideBySide, Work
from family_loads import FAMILIES, family_load
from reference_answers import MINILM, load_members, model_folder, normalized, token_ids, tolerance, vectors
from worker_process import WorkerProcess

LOADS = {
    MINILM: ("mean", True),
    "tiny-bert-cls": ("cls", True),
    "tiny-bert-cased": ("mean", False),
    "tiny-qwen3": ("lasttoken", True),
    "tiny-roberta": ("cls", True),
    "tiny-xlm-roberta": ("mean", True),
    "tiny-mpnet": ("mean", True),
}
"""Those that are no families of ``family_loads``: each with its pooling, and whether its vectors have length 1."""


@pytest.fixture
def two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without those of torch for a batch that stays whole, which would wait for each other busily in this process."""
    blas = BlasThreads.of_torch()
    if blas is None:
        pytest.skip("the BLAS of this torch cannot be told how many threads to take")
    monkeypatch.setattr(SideBySide, "on", lambda device: SideBySide(2, blas))


def members(name: str) -> dict[str, Any]:
    if not model_folder(name).exists():
        pytest.skip(f"The model {name} is not here: it lies in the folder 'shared' beside the checkout.")
    return family_load(name) if name in FAMILIES else load_members(name, LOADS[name][0])


def loaded(load: dict[str, Any]) -> LoadedModel:
    message = decode(memoryview(msgpack.packb(load)))
    assert isinstance(message, Load)
    return load_model(message, lambda stage, fraction: None)


def embed(model: LoadedModel, texts: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
    ids = np.array([token for text in texts for token in text], dtype=np.int32)
    return model.inference.embed(ids, [len(text) for text in texts], lambda: None)


def part_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("part-")]


@pytest.mark.parametrize("name", [*LOADS, *FAMILIES])
def test_divided_batches_give_the_reference_vectors(name: str, two_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    model = loaded(members(name))
    texts = token_ids(name)
    divided: list[int] = []
    run = SideBySide.run

    def counted(threads: SideBySide, works: Sequence[Work], moved: Callable[[], None]) -> None:
        divided.append(len(works))
        run(threads, works, moved)

    monkeypatch.setattr(SideBySide, "run", counted)
    rows = embed(model, texts[::2])
    model.close()
    has_length_1 = FAMILIES[name] if name in FAMILIES else LOADS[name][1]
    assert len(divided) > 10 and set(divided) == {2}
    answers = normalized(rows) if has_length_1 else rows.astype(np.float64)
    assert np.abs(answers - vectors(name, len(texts))[::2]).max() <= tolerance(name)


def test_text_has_the_vector_that_it_has_alone(two_threads: None) -> None:
    model = loaded(members(MINILM))
    texts = [text for text in token_ids(MINILM) if len(text) <= 64][:64]
    together = normalized(embed(model, texts))
    alone = normalized(np.concatenate([embed(model, [text]) for text in texts]))
    model.close()
    assert np.abs(together - alone).max() <= 1e-6


def test_model_that_is_closed_leaves_no_thread_and_neither_does_one_that_cannot_be_loaded(two_threads: None) -> None:
    model = loaded(members("tiny-bert-cls"))
    assert len(part_threads()) == 2
    model.close()
    assert part_threads() == []
    load = members("tiny-bert-cls")
    load["model"]["layers"] += 1
    with pytest.raises(WorkerError, match="is missing"):
        loaded(load)
    assert part_threads() == []


def test_worker_with_two_threads_stops_a_divided_batch_and_goes_on() -> None:
    texts = [[101, *range(1000, 1030), 102]] * 4000
    with WorkerProcess(OMP_NUM_THREADS="2") as worker:
        worker.receive("hello")
        assert worker.load(load_members(MINILM, "mean", threads=2))["type"] == "ready"
        worker.send_texts(2, texts)
        while True:
            worker.send("ping", id=7)
            if (pong := worker.receive("pong"))["running"] == 2 and pong["progress_ms"] < pong["running_ms"]:
                break
        worker.send("cancel", id=2)
        assert (error := worker.receive("error"))["id"] == 2 and error["kind"] == "cancelled"
        worker.send_texts(3, texts[:32])
        rows = worker.receive("rows")
        assert rows["id"] == 3 and rows["count"] == 32
        worker.send("shutdown")
        assert worker.exit_code() == 0


def test_distances_of_a_long_text_are_not_those_that_another_thread_has_just_made_for_a_shorter_one() -> None:
    class Raced(Alibi):
        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if name == "_shares" and "armed" in self.__dict__:
                super().__setattr__(name, self._of(1200))

    alibi = Raced(4, torch.device("cpu"))
    alibi.__dict__["armed"] = True
    assert alibi(3000).shape[-1] >= 2 * 3000 - 1
