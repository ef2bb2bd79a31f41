"""Models that the sentence-transformers library computes, in real workers, against what the library itself answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from library_python import answers, library_load, library_python, make_models
from reference_answers import MINILM, REFERENCE, TOLERANCE, max_tokens, model_folder, token_ids, vectors
from worker_process import WorkerProcess

PROMPT_END = 0x110000
MODELS = ["dense", "two-poolings"]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library-models")
    make_models(folder)
    return folder


def worker() -> WorkerProcess:
    process = WorkerProcess(python=library_python(), HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    process.receive("hello")
    return process


@pytest.fixture(scope="module")
def minilm() -> Iterator[WorkerProcess]:
    with worker() as process:
        assert process.load(library_load(model_folder(MINILM)))["type"] == "ready"
        yield process


def code_points(text: str, prompt: str = "") -> list[int]:
    return [*map(ord, prompt), PROMPT_END, *map(ord, text)]


def rows(process: WorkerProcess, texts: list[list[int]]) -> npt.NDArray[np.float32]:
    process.send_texts(7, texts)
    answer = process.receive("rows")
    return np.frombuffer(answer["data"], dtype="<f4").reshape(answer["count"], answer["dimension"])


def reference_texts() -> list[str]:
    lines = (REFERENCE / "texts.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"].encode("utf-16", "surrogatepass").decode("utf-16", "replace") for line in lines]


@pytest.mark.parametrize("name", [MINILM, "tiny-bert-cls", "tiny-bert-cased"])
def test_library_gives_the_reference_vectors_and_counts_the_tokens(name: str) -> None:
    texts = reference_texts()[:64] if name == MINILM else reference_texts()
    with worker() as process:
        ready = process.load(library_load(model_folder(name)))
        assert (ready["type"], ready["encoder"], ready["max_tokens"]) == ("ready", "sentence-transformers", max_tokens(name)), ready
        answer = np.concatenate([rows(process, [code_points(text) for text in texts[i : i + 32]]) for i in range(0, len(texts), 32)])
    assert np.abs(answer[:, :-1] - vectors(name, len(token_ids(name)))[: len(texts)]).max() <= TOLERANCE
    counts = [len(ids) for ids in token_ids(name)[: len(texts)]]
    assert np.abs(answer[:, -1]).astype(int).tolist() == counts
    assert all(count == max_tokens(name) for count, row in zip(counts, answer, strict=True) if row[-1] < 0)


@pytest.mark.parametrize("name", MODELS)
def test_dense_layers_several_poolings_and_prompts_are_the_librarys_own(models: Path, name: str) -> None:
    expected = answers(models, name)
    with worker() as process:
        ready = process.load(library_load(models / name))
        assert (ready["type"], ready["dimension"]) == ("ready", len(expected[0]["vector"])), ready
        together = rows(process, [code_points(answer["text"], answer["prompt"]) for answer in expected])
    assert np.abs(together[:, :-1] - np.array([answer["vector"] for answer in expected])).max() <= TOLERANCE
    assert np.abs(together[:, -1]).tolist() == [answer["tokens"] for answer in expected]
    assert (together[:, -1] < 0).sum() == sum(answer["tokens"] == ready["max_tokens"] for answer in expected)


def test_default_prompt_of_the_library_is_not_put_before_a_text_without_one(models: Path) -> None:
    without = next(answer for answer in answers(models, "two-poolings") if answer["prompt"] == "" and answer["text"] == "A short text.")
    with worker() as process:
        process.load(library_load(models / "two-poolings"))
        (row,) = rows(process, [code_points("A short text.")])
    assert np.abs(row[:-1] - np.array(without["vector"])).max() <= TOLERANCE


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([65, 66], "0 marks"),
        ([PROMPT_END, 65, PROMPT_END], "2 marks"),
        ([PROMPT_END, 0xD800], "no Unicode"),
        ([PROMPT_END + 1], "token id"),
    ],
)
def test_what_is_no_text_is_bad_input(minilm: WorkerProcess, ids: list[int], words: str) -> None:
    minilm.send_texts(9, [code_points("good"), ids])
    error = minilm.receive("error")
    assert (error["id"], error["kind"], error["input"]) == (9, "bad_input", 1)
    assert words in error["message"]


def test_running_batch_stops_when_it_is_cancelled(minilm: WorkerProcess) -> None:
    minilm.send_texts(20, [code_points("word " * 300)] * 400)
    while minilm_pong(minilm)["running"] != 20:
        pass
    minilm.send("cancel", id=20)
    assert minilm.receive("error", "pong")["kind"] == "cancelled"


def minilm_pong(process: WorkerProcess) -> dict[str, Any]:
    process.send("ping", id=30)
    return process.receive("pong")


@pytest.fixture
def copy(models: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(models / "dense", tmp_path / "copy"))


def load(folder: Path) -> dict[str, Any]:
    with worker() as process:
        return process.load(library_load(folder))


@pytest.mark.parametrize("name", ["encoder.layer.1.output.LayerNorm.weight", "encoder.layer.0.attention.self.query.weight"])
def test_tensor_that_the_library_would_make_up_is_refused(copy: Path, name: str) -> None:
    rename_tensors(copy / "model.safetensors", lambda other: "x" if other == name else other)
    error = load(copy)
    assert (error["type"], error["kind"]) == ("error", "bad_model"), error
    assert name in error["message"]


def test_tensors_under_names_that_the_library_does_not_know_are_refused(copy: Path) -> None:
    rename_tensors(copy / "model.safetensors", lambda name: f"module.{name}")
    error = load(copy)
    assert (error["type"], error["kind"]) == ("error", "bad_model"), error
    assert "the library would make them up" in error["message"]


def test_folder_that_the_library_takes_for_another_architecture_is_refused() -> None:
    # Jina's says 'bert', and names foreign code that makes another model of it: without that the library loads a BERT of random numbers.
    folder = model_folder("tiny-jina-bert")
    if not folder.exists():
        pytest.skip("The model tiny-jina-bert is not here: it lies in the folder 'shared' beside the checkout.")
    error = load(folder)
    assert (error["type"], error["kind"]) == ("error", "bad_model"), error
    assert "the library would make them up" in error["message"]


def test_pooler_that_no_vector_depends_on_may_be_missing(copy: Path, models: Path) -> None:
    rename_tensors(copy / "model.safetensors", lambda name: name.replace("pooler", "nobody"))
    (expected,) = [answer["vector"] for answer in answers(models, "dense") if (answer["prompt"], answer["text"]) == ("", "A short text.")]
    with worker() as process:
        assert process.load(library_load(copy))["type"] == "ready"
        (row,) = rows(process, [code_points("A short text.")])
    assert np.abs(row[:-1] - np.array(expected)).max() <= TOLERANCE


def test_tokenizer_that_adds_nothing_to_an_empty_text_is_refused(copy: Path) -> None:
    change_json(copy / "tokenizer.json", lambda tokenizer: {**tokenizer, "post_processor": None})
    error = load(copy)
    assert (error["type"], error["kind"]) == ("error", "bad_model"), error
    assert "empty text" in error["message"]


def test_model_that_cannot_compute_a_first_text_is_a_bad_model(copy: Path) -> None:
    change_json(copy / "tokenizer.json", lambda tokenizer: json.loads(json.dumps(tokenizer).replace('"ids": [101]', '"ids": [900000]')))
    error = load(copy)
    assert (error["type"], error["kind"]) == ("error", "bad_model"), error


def test_model_without_a_maximum_serves(models: Path) -> None:
    expected = answers(models, "static")
    with worker() as process:
        ready = process.load(library_load(models / "static"))
        assert (ready["type"], ready["max_tokens"]) == ("ready", 2**31 - 1), ready
        together = rows(process, [code_points(answer["text"]) for answer in expected])
    assert np.abs(together[:, :-1] - np.array([answer["vector"] for answer in expected])).max() <= TOLERANCE
    assert together[:, -1].tolist() == [answer["tokens"] for answer in expected]


def change_json(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file.write_text(json.dumps(change(json.loads(file.read_text(encoding="utf-8")))), encoding="utf-8")


def rename_tensors(file: Path, rename: Callable[[str], str]) -> None:
    content = file.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    renamed = json.dumps({name if name == "__metadata__" else rename(name): entry for name, entry in header.items()}).encode()
    file.write_bytes(len(renamed).to_bytes(8, "little") + renamed + content[8 + length :])


def test_python_without_the_library_is_told_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sentence_transformers.py").write_text("raise ImportError('not here')")
    with WorkerProcess(before_path=tmp_path) as process:
        process.receive("hello")
        error = process.load(library_load(model_folder(MINILM)))
    assert (error["type"], error["kind"]) == ("error", "missing_library")
    assert "pip install sentence-transformers" in error["message"]
