"""What is set for oneDNN: only where it multiplies, and nobody has said otherwise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch
from akidb_worker import onednn
from akidb_worker.linear import packed

PASSIVE = {"OMP_WAIT_POLICY": "passive"}

# What products of 599 numbers of rows leave in memory, in MB.
GROWTH = """
import os
from akidb_worker.onednn import prepare_onednn
prepare_onednn(os.environ)
import torch
from akidb_worker.linear import packed
from akidb_worker.memory import resident_bytes
linear = packed([torch.ones(384, 384)], None)
x = torch.ones(600, 384)
linear(x)
before = resident_bytes()
for rows in range(1, 600):
    linear(x[:rows])
print((resident_bytes() - before) >> 20)
"""


@pytest.mark.parametrize("version", ["2.0.0", "2.14.1+cpu", "10.1"])
def test_torch_that_packs_weights_is_prepared(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(onednn, "installed_versions", lambda: {"torch": version})
    environment = dict(PASSIVE)
    onednn.prepare_onednn(environment)
    assert sorted(environment) == ["GOMP_SPINCOUNT", "LRU_CACHE_CAPACITY", "OMP_WAIT_POLICY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY"]


@pytest.mark.parametrize("versions", [{"torch": "1.13.0a0"}, {"torch": "unknown"}, {}])
def test_another_torch_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch, versions: dict[str, str]) -> None:
    monkeypatch.setattr(onednn, "installed_versions", lambda: versions)
    environment = dict(PASSIVE)
    onednn.prepare_onednn(environment)
    assert environment == PASSIVE


def test_what_the_environment_says_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onednn, "installed_versions", lambda: {"torch": "2.14.1"})
    said = PASSIVE | {"GOMP_SPINCOUNT": "0", "LRU_CACHE_CAPACITY": "7", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "9"}
    environment = dict(said)
    onednn.prepare_onednn(environment)
    assert environment == said


@pytest.mark.parametrize("policy", [{"OMP_WAIT_POLICY": "active"}, {}])
def test_threads_whose_waiting_somebody_else_chose_wait_so(monkeypatch: pytest.MonkeyPatch, policy: dict[str, str]) -> None:
    monkeypatch.setattr(onednn, "installed_versions", lambda: {"torch": "2.14.1"})
    environment = dict(policy)
    onednn.prepare_onednn(environment)
    assert "GOMP_SPINCOUNT" not in environment


def test_memory_does_not_grow_with_every_number_of_rows() -> None:
    try:
        packed([torch.ones(2, 2)], None)
    except AttributeError:
        pytest.skip(f"Torch {torch.__version__} packs no weights.")
    environment = os.environ | PASSIVE | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    grown = subprocess.run([sys.executable, "-c", GROWTH], env=environment, capture_output=True, text=True, check=True)
    # 599 programs would take 250 MB and more.
    assert int(grown.stdout) < 150
