"""The benchmark that needs no .NET, on the tiny model: it is for machines that tests do not run on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from reference_answers import ROOT


@pytest.mark.skipif(shutil.which("bash") is None, reason="scripts/bench is a script of bash")
def test_benchmark_prints_every_case_and_what_is_absent() -> None:
    done = subprocess.run(
        ["bash", "scripts/bench", "qwen3", "--device", "cpu", "--small", "--rounds", "1"],  # noqa: S607
        cwd=ROOT,
        env={**os.environ, "AKIDB_EMBEDDING_PYTHON_PATH": sys.executable},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "The worker on cpu in float32" in done.stdout
    for case in ("1 x 16 ", "1 x 128 ", "8 x 64 ", "1 x 2048 ", "32 x 128 ", "32 of 8 to 512 "):
        assert f"\n{case}" in done.stdout
    for library in ("transformers", "sentence-transformers"):
        assert f"\n{library} float32: absent." in done.stdout or f" {library} float32 " in done.stdout
    assert "Written: artifacts/bench/qwen3-cpu-small.json" in done.stdout
