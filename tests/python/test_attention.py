"""Attention over texts without padding: the plain way, and newer functions of torch that have to prove themselves."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from akidb_worker import attention
from akidb_worker.attention import Attention, PlainAttention
from akidb_worker.fused_attention import ScaledDotProductAttention, VariableLengthAttention, choose_attention
from akidb_worker.micro_batches import MicroBatch, cut
from torch import Tensor

CPU = torch.device("cpu")
HEADS, GROUPS, SIZE = 6, 2, 8


def texts_of(*lengths: int) -> tuple[MicroBatch, Tensor, Tensor, Tensor]:
    (batch,) = cut(lengths, sum(lengths))
    q, k, v = (torch.randn(batch.tokens, heads, SIZE, generator=torch.Generator().manual_seed(3)) for heads in (HEADS, GROUPS, GROUPS))
    return batch, q, k, v


def one_row_at_a_time(batch: MicroBatch, q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    context = torch.empty(q.shape, dtype=torch.float64)
    for run in batch.runs:
        for start in range(run.start, run.stop, run.length):
            for row in range(start, start + run.length):
                seen = slice(start, row + 1 if causal else start + run.length)
                for head in range(HEADS):
                    group = head // (HEADS // GROUPS)
                    scores = k[seen, group].double() @ q[row, head].double() / SIZE**0.5
                    context[row, head] = torch.softmax(scores, 0) @ v[seen, group].double()
    return context.view(batch.tokens, -1)


def nothing() -> None:
    pass


def sdpa(q: Tensor, k: Tensor, v: Tensor, is_causal: bool) -> Tensor:
    """What ``F.scaled_dot_product_attention`` documents, for the heads that it is given."""
    assert q.shape == k.shape == v.shape
    scores = q.float() @ k.float().transpose(-1, -2) / q.shape[-1] ** 0.5
    if is_causal:
        scores = scores.masked_fill(torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1), float("-inf"))
    return (torch.softmax(scores, -1) @ v.float()).to(q.dtype)


def varlen(q: Tensor, k: Tensor, v: Tensor, cu_seq_q: Tensor, cu_seq_k: Tensor, max_q: int, max_k: int, **options: Any) -> Tensor:
    """What ``torch.nn.attention.varlen`` documents."""
    assert cu_seq_q.dtype is torch.int32 and cu_seq_q.tolist() == cu_seq_k.tolist()
    assert max_q == max_k == int(cu_seq_q.diff().max())
    causal = options.get("is_causal", False) or options.get("window_size", (-1, -1)) == (-1, 0)
    k, v = (t.repeat_interleave(q.shape[1] // k.shape[1], 1) for t in (k, v))
    ends = cu_seq_q.tolist()
    q, k, v = (t.transpose(0, 1) for t in (q, k, v))
    parts = [slice(first, last) for first, last in pairwise(ends)]
    return torch.cat([sdpa(q[:, part], k[:, part], v[:, part], is_causal=causal) for part in parts], 1).transpose(0, 1)


def varlen_2_10(
    query: Tensor, key: Tensor, value: Tensor, cu_seq_q: Tensor, cu_seq_k: Tensor, max_q: int, max_k: int, is_causal: bool = False
) -> Tensor:
    return varlen(query, key, value, cu_seq_q, cu_seq_k, max_q, max_k, is_causal=is_causal)


def varlen_2_12(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    cu_seq_q: Tensor,
    cu_seq_k: Tensor,
    max_q: int,
    max_k: int,
    *,
    window_size: tuple[int, int] = (-1, -1),
    enable_gqa: bool = False,
) -> Tensor:
    assert enable_gqa
    return varlen(query, key, value, cu_seq_q, cu_seq_k, max_q, max_k, window_size=window_size)


def new_torch(monkeypatch: pytest.MonkeyPatch, function: Any) -> None:
    monkeypatch.setattr("torch.nn.functional.scaled_dot_product_attention", function, raising=False)
    monkeypatch.setattr("torch._scaled_dot_product_flash_attention_for_cpu", None, raising=False)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("most_scores", [1 << 22, 100])
def test_plain_attention_is_what_each_row_alone_gives(causal: bool, most_scores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_MOST_SCORES", most_scores)
    batch, q, k, v = texts_of(1, 7, 40, 40, 45)
    expected = one_row_at_a_time(batch, q, k, v, causal)
    actual = PlainAttention(causal).over(batch, CPU)(q, k, v, nothing)
    assert (actual - expected).abs().max() <= 1e-6


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("most_pairs", [1 << 28, 1])
def test_newer_functions_are_called_as_they_document_it(causal: bool, most_pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("akidb_worker.fused_attention._MOST_PAIRS", most_pairs)
    batch, q, k, v = texts_of(1, 7, 40, 40, 45)
    expected = one_row_at_a_time(batch, q, k, v, causal)
    steps: list[int] = []
    ways: tuple[Attention, ...] = (
        ScaledDotProductAttention(sdpa, causal),
        VariableLengthAttention(varlen_2_10, causal),
        VariableLengthAttention(varlen_2_12, causal),
    )
    for way in ways:
        steps.clear()
        actual = way.over(batch, CPU)(q, k, v, lambda: steps.append(1))
        assert (actual - expected).abs().max() <= 1e-6
        assert steps


def test_function_of_newer_torch_is_used_where_it_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    new_torch(monkeypatch, sdpa)
    assert isinstance(choose_attention(True, HEADS, GROUPS, SIZE, torch.float32, CPU), ScaledDotProductAttention)
    assert isinstance(choose_attention(False, HEADS, HEADS, SIZE, torch.bfloat16, CPU), ScaledDotProductAttention)


def never_causal(q: Tensor, k: Tensor, v: Tensor, is_causal: bool) -> Tensor:
    return sdpa(q, k, v, is_causal=False)


def not_finite(q: Tensor, k: Tensor, v: Tensor, is_causal: bool) -> Tensor:
    return q * float("nan")


def failing(q: Tensor, k: Tensor, v: Tensor, is_causal: bool) -> Tensor:
    raise RuntimeError("No available kernel.\nAborting execution.")


@pytest.mark.parametrize(
    ("function", "why"), [(never_causal, "off by"), (not_finite, "off by nan"), (failing, "RuntimeError: No available kernel.")]
)
def test_function_that_is_wrong_is_not_used_and_a_line_says_why(
    function: Any, why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    new_torch(monkeypatch, function)
    assert isinstance(choose_attention(True, HEADS, GROUPS, SIZE, torch.float32, CPU), PlainAttention)
    (record,) = caplog.records
    assert why in record.getMessage() and "\n" not in record.getMessage()


def test_16_bits_are_computed_in_32_and_returned_in_16() -> None:
    batch, q, k, v = texts_of(300)
    q, k, v = q.bfloat16(), k.bfloat16(), v.bfloat16()
    actual = PlainAttention(True).over(batch, CPU)(q, k, v, nothing)
    expected = PlainAttention(True).over(batch, CPU)(q.float(), k.float(), v.float(), nothing)
    assert actual.dtype is torch.bfloat16
    assert torch.equal(actual, expected.bfloat16())
