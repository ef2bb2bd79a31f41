"""Root mean square normalisation: newer torch's own has to prove itself."""

from __future__ import annotations

import pytest
import torch
from akidb_worker.norms import choose_rms_norm, plain_rms_norm
from torch import Tensor

CPU = torch.device("cpu")


def documented(x: Tensor, shape: tuple[int, ...], weight: Tensor, eps: float) -> Tensor:
    assert shape == weight.shape
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight


def without_epsilon(x: Tensor, shape: tuple[int, ...], weight: Tensor, eps: float) -> Tensor:
    return documented(x, shape, weight, 0)


def failing(x: Tensor, shape: tuple[int, ...], weight: Tensor, eps: float) -> Tensor:
    raise RuntimeError("no kernel")


def test_rows_have_length_one_on_average_times_the_weight() -> None:
    normed = plain_rms_norm(torch.tensor([[3.0, 4.0], [0.0, 2.0]]), torch.tensor([1.0, 10.0]), 0.0)
    assert torch.allclose(normed, torch.tensor([[3.0, 40.0], [0.0, 20.0]]) / torch.tensor([[12.5**0.5], [2**0.5]]))


def test_newer_torchs_own_is_used_where_it_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.nn.functional.rms_norm", documented, raising=False)
    chosen = choose_rms_norm(CPU)
    assert chosen is not plain_rms_norm
    x, weight = torch.randn(5, 8), torch.randn(8)
    assert torch.allclose(chosen(x, weight, 0.01), plain_rms_norm(x, weight, 0.01), atol=1e-6)


@pytest.mark.parametrize(("function", "why"), [(without_epsilon, "off by"), (failing, "no kernel")])
def test_wrong_one_is_not_used_and_a_line_says_why(
    function: object, why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("torch.nn.functional.rms_norm", function, raising=False)
    assert choose_rms_norm(CPU) is plain_rms_norm
    (record,) = caplog.records
    assert why in record.getMessage()


def test_torch_without_one_uses_the_plain_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("torch.nn.functional.rms_norm", raising=False)
    assert choose_rms_norm(CPU) is plain_rms_norm
