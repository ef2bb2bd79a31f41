"""The element type that computes."""

from __future__ import annotations

import pytest
import torch
from akidb_worker import dtypes
from akidb_worker.dtypes import choose_dtype, name_of
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.safetensors_file import SafetensorsFile
from reference_answers import MINILM, model_folder

CPU = torch.device("cpu")
LARGE = (1024, 3072)


def files(name: str) -> list[SafetensorsFile]:
    return [SafetensorsFile(str(model_folder(name) / "model.safetensors"))]


@pytest.fixture
def fast_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor on which bfloat16 takes half the time."""
    monkeypatch.setattr(dtypes, "_seconds", lambda x, weight: 1.0 if x.dtype is torch.bfloat16 else 2.0)


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_named_dtype_is_taken(name: str) -> None:
    assert name_of(choose_dtype(name, CPU, files(MINILM), *LARGE)) == name


@pytest.mark.usefixtures("fast_bfloat16")
def test_auto_takes_bfloat16_where_it_is_clearly_faster() -> None:
    assert choose_dtype("auto", CPU, files("tiny-qwen3"), *LARGE) is torch.bfloat16


@pytest.mark.usefixtures("fast_bfloat16")
def test_auto_leaves_weights_in_float32_and_small_models_alone() -> None:
    assert choose_dtype("auto", CPU, files(MINILM), *LARGE) is torch.float32
    assert choose_dtype("auto", CPU, files("tiny-qwen3"), 128, 320) is torch.float32


def test_auto_takes_float32_where_bfloat16_is_hardly_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dtypes, "_seconds", lambda x, weight: 0.9 if x.dtype is torch.bfloat16 else 1.0)
    assert choose_dtype("auto", CPU, files("tiny-qwen3"), *LARGE) is torch.float32


def test_measurement_ends_with_an_answer() -> None:
    assert choose_dtype("auto", CPU, files("tiny-qwen3"), *LARGE) in (torch.float32, torch.bfloat16)


def test_dtype_that_this_torch_cannot_compute_in_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    def linear(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("\"addmm_impl_cpu_\" not implemented for 'Half'")

    monkeypatch.setattr("torch.nn.functional.linear", linear)
    with pytest.raises(WorkerError, match="cannot compute in float16 on 'cpu'") as raised:
        choose_dtype("float16", CPU, files(MINILM), *LARGE)
    assert raised.value.kind is ErrorKind.BAD_INPUT


def test_unknown_dtype_is_refused() -> None:
    with pytest.raises(WorkerError, match="'int8' is unknown; this worker has auto, float32"):
        choose_dtype("int8", CPU, files(MINILM), *LARGE)
