"""Fetching a model, from a hub on this machine that speaks the real one's protocol, with the real hub library."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from hub_server import COMMIT, hub
from library_python import library_python
from reference_answers import ROOT, model_folder

NAME = "akidb/tiny"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "hub"
    shutil.copytree(model_folder("tiny-bert-cls"), folder)
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "modeling.py").write_text("raise SystemExit")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "config.json").write_text("{}")
    server = ThreadingHTTPServer(("127.0.0.1", 0), hub(NAME, folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def download(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [library_python(), "-m", "akidb_worker.download", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "python"), **environment},
    )


def result(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    # communicate() would end its stdin, and so the download.
    assert process.stdout and process.stderr
    with process, process.stdout, process.stderr:
        out, error = process.stdout.read(), process.stderr.read()
    return process.returncode, out.strip(), error.strip()


def test_model_is_fetched_without_pickles_and_program_code(address: str, tmp_path: Path) -> None:
    code, out, error = result(download(NAME, "--cache", str(tmp_path / "cache"), HF_ENDPOINT=address, HF_HUB_DISABLE_PROGRESS_BARS="1"))
    assert code == 0, error
    folder = Path(out)
    assert folder == tmp_path / "cache" / "models--akidb--tiny" / "snapshots" / COMMIT
    fetched = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    expected = model_folder("tiny-bert-cls")
    assert fetched == {path.relative_to(expected).as_posix() for path in expected.rglob("*") if path.is_file()}
    assert (folder / "model.safetensors").read_bytes() == (expected / "model.safetensors").read_bytes()


def test_model_that_the_hub_does_not_have_is_said_so(address: str, tmp_path: Path) -> None:
    code, _, error = result(download("akidb/other", "--cache", str(tmp_path / "cache"), HF_ENDPOINT=address))
    assert code == 1
    assert "akidb/other" in error
    assert len(error.splitlines()) == 1


def test_download_ends_with_its_host(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = download(NAME, "--cache", str(tmp_path / "cache"), HF_ENDPOINT=endpoint, HF_HUB_DOWNLOAD_TIMEOUT="600")
        connection, _ = silent.accept()
        assert process.stdin
        process.stdin.close()
        assert process.wait(60) == 1
        connection.close()
    assert process.stdout and process.stderr
    process.stdout.close()
    process.stderr.close()
