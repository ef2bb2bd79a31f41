"""The element type that computes."""

from __future__ import annotations

import time

import pytest
import torch
import torch.nn.functional as F
from akidb_worker import dtypes
from akidb_worker.dtypes import choose_dtype, name_of
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.safetensors_file import SafetensorsFile
from reference_answers import MINILM, model_folder

CPU = torch.device("cpu")
LARGE = (1024, 3072)


def files(name: str) -> list[SafetensorsFile]:
    return [SafetensorsFile(str(model_folder(name) / "model.safetensors"))]


@pytest.fixture(params=[True, False])
def has_bfloat16(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """A processor that multiplies bfloat16 itself, or one that does not."""
    monkeypatch.setattr(
        dtypes, "processor_flags", lambda: frozenset({"avx512f", "avx512_bf16"} | ({"amx_bf16"} if request.param else set()))
    )
    return bool(request.param)


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_named_dtype_is_taken(name: str) -> None:
    assert name_of(choose_dtype(name, CPU, files(MINILM), *LARGE)) == name


def test_auto_takes_bfloat16_only_on_a_processor_that_has_it(has_bfloat16: bool) -> None:
    assert choose_dtype("auto", CPU, files("tiny-qwen3"), *LARGE) is (torch.bfloat16 if has_bfloat16 else torch.float32)


@pytest.mark.usefixtures("has_bfloat16")
def test_auto_leaves_weights_in_float32_and_small_models_alone() -> None:
    assert choose_dtype("auto", CPU, files(MINILM), *LARGE) is torch.float32
    assert choose_dtype("auto", CPU, files("tiny-qwen3"), 128, 320) is torch.float32


def test_auto_does_not_depend_on_how_long_a_product_takes(has_bfloat16: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    product = F.linear

    def slow_in_float32(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        if x.dtype is torch.float32:
            time.sleep(0.005)
        return product(x, weight, bias)

    monkeypatch.setattr("torch.nn.functional.linear", slow_in_float32)
    assert choose_dtype("auto", CPU, files("tiny-qwen3"), *LARGE) is (torch.bfloat16 if has_bfloat16 else torch.float32)


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
