"""Linear layers give the same products, however their weights lie, and large weights are not copied."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence

import pytest
import torch
from akidb_worker import linear
from akidb_worker.blas_threads import BlasThreads
from akidb_worker.linear import Layout, Linear, LinearLayout, MeasuringTime, Part, fastest_layout, packed, stored, turned, unpacked
from akidb_worker.safetensors_file import SafetensorsFile
from akidb_worker.side_by_side import SideBySide
from akidb_worker.weights import Weights
from reference_answers import model_folder

CPU = torch.device("cpu")


def weights(dtype: torch.dtype = torch.float32) -> Weights:
    return Weights([SafetensorsFile(str(model_folder("tiny-bert-cls") / "model.safetensors"))], "", CPU, dtype, lambda share: None)


def part(outputs: int, inputs: int, bias: bool) -> Part:
    random = torch.Generator().manual_seed(outputs)
    return torch.randn(outputs, inputs, generator=random), torch.randn(outputs, generator=random) if bias else None


def expected(x: torch.Tensor, of: Part) -> torch.Tensor:
    weight, bias = of
    product = x.double() @ weight.double().t()
    return product if bias is None else product + bias.double()


@pytest.mark.parametrize("layout", [stored, turned, packed, unpacked])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("rows", [1, 5, 600])
def test_products_are_the_same_in_every_layout(monkeypatch: pytest.MonkeyPatch, layout: Layout, bias: bool, rows: int) -> None:
    try:
        layout([torch.ones(2, 2)], None)
    except AttributeError:
        pytest.skip(f"Torch {torch.__version__} cannot pack weights.")
    monkeypatch.setattr(linear, "fastest_layout", lambda weight, measuring, threads: layout)
    linears, x = LinearLayout(weights(), None), torch.randn(rows, 24)
    parts = [part(48, 24, bias), part(16, 24, bias), part(8, 24, bias)]
    for of, product in zip(parts, linears.joined(*parts)(x), strict=True):
        assert (product.double() - expected(x, of)).abs().max() < 1e-4
    assert (linears.single(parts[0])(x).double() - expected(x, parts[0])).abs().max() < 1e-4


def test_layout_that_gives_other_values_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(weights: Sequence[torch.Tensor], bias: torch.Tensor | None) -> Linear:
        return lambda x: torch.zeros(x.shape[0], weights[0].shape[0])

    monkeypatch.setattr(linear, "turned", wrong)
    monkeypatch.setattr(linear, "packed", wrong)
    assert fastest_layout(torch.randn(256, 256), MeasuringTime(math.inf), None) is stored


def test_layout_that_cannot_be_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def impossible(weights: Sequence[torch.Tensor], bias: torch.Tensor | None) -> Linear:
        raise RuntimeError("not here")

    monkeypatch.setattr(linear, "turned", impossible)
    monkeypatch.setattr(linear, "packed", impossible)
    assert fastest_layout(torch.randn(256, 256), MeasuringTime(math.inf), None) is stored


def test_what_would_take_much_memory_or_is_no_float32_stays_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "fastest_layout", lambda weight, measuring, threads: pytest.fail("It was measured, to be copied."))
    half = LinearLayout(weights(torch.bfloat16), None)
    monkeypatch.setattr(linear, "_MOST_COPIED_BYTES", 1000)
    monkeypatch.setattr(torch, "cat", lambda tensors: pytest.fail("It was copied."))
    for layout in (half, LinearLayout(weights(), None)):
        assert [product.shape[1] for product in layout.joined(part(16, 24, True), part(8, 24, True))(torch.ones(1, 24))] == [16, 8]
        layout.single(part(16, 24, True))


def test_large_weights_are_multiplied_by_onednn_where_they_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    of = part(48, 24, True)
    try:
        unpacked([of[0]], None)
    except AttributeError:
        pytest.skip(f"Torch {torch.__version__} has no such product.")
    monkeypatch.setattr(linear, "_MOST_COPIED_BYTES", 1000)
    layout = LinearLayout(weights(), None)
    product = layout.single(of)
    assert layout._fastest == {of[0].shape: unpacked}
    x = torch.randn(5, 24)
    monkeypatch.setattr(torch.nn.functional, "linear", lambda *arguments: pytest.fail("The library of matrices multiplied."))
    assert (product(x).double() - expected(x, of)).abs().max() < 1e-4
    of[0].zero_()
    assert of[1] is not None
    assert torch.equal(product(x), of[1].expand(5, 48))


def test_large_weights_stay_as_stored_where_onednn_multiplies_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "unpacked", lambda weights, bias: lambda x: torch.zeros(x.shape[0], weights[0].shape[0]))
    monkeypatch.setattr(linear, "_MOST_COPIED_BYTES", 1000)
    layout = LinearLayout(weights(), None)
    layout.single(part(48, 24, True))
    assert list(layout._fastest.values()) == [stored]


def test_shape_is_measured_once_and_not_beyond_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[tuple[int, ...]] = []

    def measure(weight: torch.Tensor, measuring: MeasuringTime, threads: SideBySide | None) -> Layout:
        measured.append(tuple(weight.shape))
        return stored

    monkeypatch.setattr(linear, "fastest_layout", measure)
    layout = LinearLayout(weights(), None)
    for _ in range(3):
        layout.single(part(16, 24, False))
    assert measured == [(16, 24)]
    monkeypatch.setattr(linear, "_MOST_SECONDS", 0.0)
    LinearLayout(weights(), None).single(part(8, 24, False))
    assert measured == [(16, 24)]


def test_weights_whose_memory_was_given_back_are_read_again() -> None:
    of = weights()
    before = of.float32("embeddings.LayerNorm.weight", 96)
    values = before.clone()
    of.forget()
    assert torch.equal(before, values)


def slower(seconds: float) -> Layout:
    def layout(weights: Sequence[torch.Tensor], bias: torch.Tensor | None) -> Linear:
        product = stored(weights, bias)

        def linear(x: torch.Tensor) -> torch.Tensor:
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                pass
            return product(x)

        return linear

    return layout


@pytest.mark.parametrize("threads", [1, 2])
def test_packed_is_taken_though_another_layout_is_a_little_faster_on_one_thread(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    a_little_slower = slower(0.003)
    monkeypatch.setattr(linear, "packed", a_little_slower)
    monkeypatch.setattr(linear, "turned", slower(0.002))
    monkeypatch.setattr(linear, "stored", slower(0.002))
    side_by_side = SideBySide(threads, BlasThreads(None)) if threads > 1 else None
    assert fastest_layout(torch.randn(16, 16), MeasuringTime(math.inf), side_by_side) is a_little_slower
    if side_by_side is not None:
        side_by_side.close()


def test_packed_that_is_far_slower_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "packed", slower(0.02))
    assert fastest_layout(torch.randn(16, 16), MeasuringTime(math.inf), None) in (stored, turned)


def test_shape_that_is_not_measured_is_packed_where_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "fastest_layout", lambda weight, measuring, threads: turned)
    monkeypatch.setattr(linear, "packed", turned)
    layout = LinearLayout(weights(), None)
    layout.single(part(16, 24, False))
    monkeypatch.setattr(linear, "_right_layouts", lambda weight: pytest.fail("It was measured."))
    layout._time.left = 0.0
    layout.single(part(8, 24, False))
    assert layout._fastest == {torch.Size([16, 24]): turned, torch.Size([8, 24]): turned}


def test_some_rows_are_measured_as_one_of_the_threads_computes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    threads, measured = SideBySide(2, BlasThreads(None)), set()
    product = torch.nn.functional.linear

    def watched(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        measured.add((x.shape[0], threading.current_thread().name.startswith("part-")))
        return product(x, weight, bias)

    monkeypatch.setattr(torch.nn.functional, "linear", watched)
    monkeypatch.setattr(linear, "packed", turned)
    monkeypatch.setattr(linear, "_FAR_SLOWER", 0.0)
    measuring = MeasuringTime(1000.0)
    fastest_layout(torch.randn(256, 256), measuring, threads)
    threads.close()
    assert measured >= {(8, False), (64, True)}
    assert not measured & {(8, True), (64, False)}
    assert measuring.left < 1000.0
