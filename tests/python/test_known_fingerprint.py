"""A fingerprint that another worker has computed is taken over only for the very same files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from akidb_worker import known_fingerprint
from akidb_worker.fingerprint import Fingerprint
from akidb_worker.known_fingerprint import KnownFingerprint
from akidb_worker.safetensors_file import SafetensorsFile

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="only a forked worker shares what is known")

DIGEST = bytes(range(32))
EMPTY = b"\x02\0\0\0\0\0\0\0{}"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> KnownFingerprint:
    monkeypatch.setattr(known_fingerprint, "_SETTLED_SECONDS", -1.0)
    return KnownFingerprint()


def weights(path: Path, content: bytes = EMPTY) -> SafetensorsFile:
    path.write_bytes(content)
    return SafetensorsFile(str(path))


def test_nothing_is_known_at_first(known: KnownFingerprint, tmp_path: Path) -> None:
    assert known.recall([weights(tmp_path / "a")]) is None


def test_same_files_are_known_also_to_who_was_forked_before(known: KnownFingerprint, tmp_path: Path) -> None:
    files = [weights(tmp_path / "a"), weights(tmp_path / "b")]
    if (pid := os.fork()) == 0:
        try:
            known.remember(files, DIGEST)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert known.recall([SafetensorsFile(file.path) for file in files]) == DIGEST
    assert known.recall(files[::-1]) is None
    assert known.recall(files[:1]) is None


@pytest.mark.parametrize("keep_times", [False, True])
def test_file_that_was_changed_is_not_known(known: KnownFingerprint, tmp_path: Path, keep_times: bool) -> None:
    file = weights(tmp_path / "a")
    known.remember([file], DIGEST)
    changed = weights(tmp_path / "a")
    while changed.status.st_ctime_ns == file.status.st_ctime_ns:
        # The clock of the file system is coarse.
        changed = weights(tmp_path / "a")
    if keep_times:
        os.utime(changed.path, ns=(file.status.st_atime_ns, file.status.st_mtime_ns))
    assert known.recall([SafetensorsFile(file.path)]) is None


def test_file_in_its_place_is_not_known(known: KnownFingerprint, tmp_path: Path) -> None:
    known.remember([weights(tmp_path / "a")], DIGEST)
    weights(tmp_path / "b")
    os.replace(tmp_path / "b", tmp_path / "a")
    assert known.recall([SafetensorsFile(str(tmp_path / "a"))]) is None


def test_file_that_was_written_just_now_is_not_remembered(tmp_path: Path) -> None:
    known = KnownFingerprint()
    file = weights(tmp_path / "a")
    known.remember([file], DIGEST)
    assert known.recall([file]) is None


def test_known_fingerprint_is_not_computed_again(known: KnownFingerprint, tmp_path: Path) -> None:
    file = weights(tmp_path / "a")
    known.remember([file], DIGEST)
    assert Fingerprint([file], background=False, known=known).result(lambda share: None) == DIGEST.hex()


def test_fingerprint_that_was_computed_is_known(known: KnownFingerprint, tmp_path: Path) -> None:
    file = weights(tmp_path / "a")
    assert Fingerprint([file], background=False, known=known).result(lambda share: None) == hashlib.sha256(EMPTY).hexdigest()
    assert known.recall([file]) == hashlib.sha256(EMPTY).digest()


def test_page_that_somebody_damaged_says_nothing(known: KnownFingerprint, tmp_path: Path) -> None:
    file = weights(tmp_path / "a")
    known.remember([file], DIGEST)
    known._page[40] ^= 1
    assert known.recall([file]) is None
