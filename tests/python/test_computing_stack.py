"""The line that says what a worker computes with, and what would be faster."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from akidb_worker.computing_stack import NO_NAME, REFERENCE, blas_name, faster, stack_line
from reference_answers import MINILM, load_members
from worker_process import WorkerProcess

AVX512 = frozenset({"avx2", "fma", "avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"})
KNOWN = "OpenBLAS 0.3.34 for SkylakeX"


@pytest.mark.parametrize(
    ("device", "blas", "flags", "nvidia", "words"),
    [
        ("cpu", KNOWN, AVX512, False, []),
        ("cpu", "reference BLAS", AVX512, False, ["libopenblas0-pthread"]),
        ("cpu", "OpenBLAS 0.3.21 for Prescott", AVX512, False, ["OPENBLAS_CORETYPE=SkylakeX"]),
        ("cpu", "OpenBLAS 0.3.21 for Prescott", frozenset({"avx2", "fma"}), False, ["OPENBLAS_CORETYPE=Haswell"]),
        ("cpu", "OpenBLAS 0.3.21 for Prescott", frozenset({"sse3"}), False, []),
        ("cpu", KNOWN, AVX512 | {"amx_bf16"}, True, ["CUDA", "Worker:Dtype=bfloat16"]),
        ("cuda", KNOWN, AVX512 | {"amx_bf16"}, True, []),
    ],
)
def test_what_would_be_faster_depends_on_the_machine(device: str, blas: str, flags: frozenset[str], nvidia: bool, words: list[str]) -> None:
    advice = faster(device, torch.float32, blas, flags, nvidia)
    assert len(advice) == len(words)
    assert all(word in what for word, what in zip(words, advice, strict=True))


def test_who_computes_in_bfloat16_is_not_told_to() -> None:
    assert faster("cpu", torch.bfloat16, KNOWN, AVX512 | {"amx_bf16"}, False) == []


def test_blas_is_named_by_what_torch_was_built_with_or_by_what_is_there() -> None:
    assert blas_name(None, "  - Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 20240605") == "MKL 2024.2-Product"
    assert blas_name("/usr/lib/blas/libblas.so.3.10", "") == REFERENCE
    assert blas_name("/usr/lib/blis-openmp/libblas.so.3", "") == "BLIS"
    assert blas_name("/usr/lib/libtorch_cpu.so", "") == blas_name(None, "") == NO_NAME


def test_blas_is_the_one_that_torch_calls_though_another_is_in_the_process() -> None:
    found = sorted(Path("/usr/lib").glob("*/blas/libblas.so.3"))
    if not found:
        pytest.skip("the reference BLAS is not installed (Debian's libblas3)")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(found[0].parent), "PYTHONPATH": os.pathsep.join(sys.path)}
    code = "import torch; from akidb_worker.computing_stack import blas_file; print(blas_file())"
    said = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True).stdout.strip()
    if "torch" in said or ".libs" in said:
        pytest.skip("this torch brings its own BLAS along")
    assert said == str(found[0].resolve())


def test_line_names_python_torch_blas_and_kernels() -> None:
    line = stack_line(torch.device("cpu"), torch.float32)
    assert line.startswith("Python 3.")
    assert f"torch {torch.__version__}" in line
    assert "kernels" in line and "threads" in line


def test_each_start_says_what_it_computes_with() -> None:
    with WorkerProcess() as worker:
        worker.receive("hello")
        assert worker.load(load_members(MINILM, "mean"))["type"] == "ready"
        worker.send("shutdown")
        lines = [line for line in worker.stderr().splitlines() if "Computing with Python" in line]
    assert len(lines) == 1
