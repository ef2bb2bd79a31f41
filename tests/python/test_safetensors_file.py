"""Files that are no safetensors files, and files that are."""

from __future__ import annotations

import hashlib
import json
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from akidb_worker import fingerprint
from akidb_worker.errors import ErrorKind, WorkerError
from akidb_worker.fingerprint import Fingerprint
from akidb_worker.known_fingerprint import KnownFingerprint
from akidb_worker.safetensors_file import SafetensorsFile
from akidb_worker.weights import Weights

CPU = torch.device("cpu")


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., str]:
    def write(header: object, content: bytes = b"", name: str = "model.safetensors") -> str:
        packed = header if isinstance(header, bytes) else json.dumps(header).encode()
        path = tmp_path / name
        path.write_bytes(struct.pack("<Q", len(packed)) + packed + content)
        return str(path)

    return write


def tensor(dtype: str, shape: list[int], first: int, last: int) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [first, last]}


def weights(*paths: str, prefix: str = "", dtype: torch.dtype = torch.float32) -> Weights:
    return Weights([SafetensorsFile(path) for path in paths], prefix, CPU, dtype, lambda fraction: None)


@pytest.mark.parametrize(
    "header",
    [
        b"{not json",
        b"[1]",
        b"[" * 100_000,
        {"w": 1},
        {"w": {"dtype": "F32"}},
        {"w": tensor("F32", [2], 0, 9)},
        {"w": tensor("F32", [2], 4, 12)},
        {"w": tensor("F32", [2], 8, 0)},
        {"w": tensor("F32", [2], -8, 0)},
        {"w": tensor("F32", [-2], 0, 8)},
        {"w": tensor("F32", [3], 0, 8)},
        {"w": tensor("BF16", [2], 0, 8)},
        {"w": tensor("F32", [10**30], 0, 8)},
    ],
    ids=str,
)
def test_bad_header_is_refused_by_file_name(save: Callable[..., str], header: object) -> None:
    path = save(header, bytes(8))
    with pytest.raises(WorkerError, match="no valid safetensors file") as raised:
        SafetensorsFile(path)
    assert raised.value.kind is ErrorKind.BAD_MODEL
    assert path in raised.value.message


@pytest.mark.parametrize("content", [b"", b"\1\2\3", b"\xff" * 8, struct.pack("<Q", 100) + b"{}", struct.pack("<Q", 1) + b"{"])
def test_truncated_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(WorkerError, match="no valid safetensors file"):
        SafetensorsFile(str(path))


def test_tensor_that_stands_twice_in_the_header_is_refused(save: Callable[..., str]) -> None:
    once = json.dumps(tensor("F32", [1], 0, 4))
    with pytest.raises(WorkerError, match="twice") as raised:
        SafetensorsFile(save(f'{{"w":{once},"w":{once}}}'.encode(), bytes(4)))
    assert raised.value.kind is ErrorKind.BAD_MODEL


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="cannot be opened: No such file") as raised:
        SafetensorsFile(str(tmp_path / "gone.safetensors"))
    assert "gone.safetensors" in raised.value.message


def test_float32_tensor_is_the_mapping_itself(save: Callable[..., str]) -> None:
    # The JSON header is padded to 8 bytes, as the format's own library does, so that the tensors are aligned.
    header = json.dumps({"__metadata__": {"format": "pt"}, "a.w": tensor("F32", [2, 2], 0, 16)}).encode()
    path = save(header + b" " * (-len(header) % 8), struct.pack("<4f", 1, 2, 3, 4))
    file = SafetensorsFile(path)
    w = Weights([file], "a.", CPU, torch.float32, lambda fraction: None).float32("w", 2, 2)
    assert w.tolist() == [[1, 2], [3, 4]]
    file.mapping[-4:] = struct.pack("<f", 5)
    assert w[1, 1] == 5
    assert Path(path).read_bytes()[-4:] == struct.pack("<f", 4)


@pytest.mark.parametrize(("dtype", "kind"), [("F16", torch.float16), ("BF16", torch.bfloat16)])
def test_16_bit_tensor_becomes_float32(save: Callable[..., str], dtype: str, kind: torch.dtype) -> None:
    values = torch.tensor([1.5, -2.0, 0.25], dtype=kind)
    path = save({"w": tensor(dtype, [3], 0, 6)}, values.view(torch.int16).numpy().tobytes())
    assert weights(path).stored("w", 3).dtype is kind
    w = weights(path).float32("w", 3)
    assert w.dtype is torch.float32
    assert w.tolist() == [1.5, -2.0, 0.25]


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16])
def test_tensor_that_computes_has_the_type_that_was_asked_for(save: Callable[..., str], kind: torch.dtype) -> None:
    path = save({"w": tensor("BF16", [2], 0, 4)}, torch.tensor([1.5, -2.0], dtype=torch.bfloat16).view(torch.int16).numpy().tobytes())
    w = weights(path, dtype=kind).computing("w", 2)
    assert w.dtype is kind
    assert w.tolist() == [1.5, -2.0]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much of a mapping is in memory")
def test_file_leaves_memory_once_it_was_converted_or_hashed(save: Callable[..., str]) -> None:
    count = 8 << 20
    header = json.dumps({"w": tensor("BF16", [count], 0, 2 * count)}).encode()
    file = SafetensorsFile(save(header + b" " * (-len(header) % 8), bytes(2 * count)))
    assert Fingerprint([file], background=False, known=KnownFingerprint()).result(lambda share: None)
    w = Weights([file], "", CPU, torch.float32, lambda fraction: None).computing("w", count)
    assert mapped_bytes(file.path) < 1 << 20
    assert not w.any()
    file.forget(0, 2 * count)
    assert Weights([file], "", CPU, torch.bfloat16, lambda fraction: None).computing("w", count).sum() == 0
    assert mapped_bytes(file.path) > count


def test_fingerprint_tells_who_waits_how_far_it_is(save: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytes(range(256)) * (64 << 10)
    file = SafetensorsFile(save({"w": tensor("U8", [len(content)], 0, len(content))}, content))
    monkeypatch.setattr(fingerprint, "_CHUNK_BYTES", 1 << 18)
    monkeypatch.setattr(fingerprint, "_LOOK_SECONDS", 0.0001)
    shares: list[float] = []
    assert (
        Fingerprint([file], background=True, known=KnownFingerprint()).result(shares.append)
        == hashlib.sha256(Path(file.path).read_bytes()).hexdigest()
    )
    assert len(shares) > 1
    assert shares == sorted(set(shares))
    assert 0 < shares[0] < shares[-1] <= 1


def mapped_bytes(path: str) -> int:
    lines = iter(Path("/proc/self/smaps").read_text().splitlines())
    sizes = [next(line for line in lines if line.startswith("Rss:")) for line in lines if line.endswith(path)]
    return sum(int(size.split()[1]) << 10 for size in sizes)


@pytest.mark.parametrize("padding", range(4))
def test_tensor_at_any_offset_is_read(save: Callable[..., str], padding: int) -> None:
    header = json.dumps({"w": tensor("F32", [1], 0, 4)}).encode() + b" " * padding
    assert weights(save(header, struct.pack("<f", 7))).float32("w", 1).tolist() == [7]


def test_shards_are_one_set_of_tensors(save: Callable[..., str]) -> None:
    first = save({"a": tensor("F32", [1], 0, 4)}, struct.pack("<f", 1), "1.safetensors")
    second = save({"b": tensor("F32", [1], 0, 4)}, struct.pack("<f", 2), "2.safetensors")
    both = weights(first, second)
    assert [both.float32("a", 1).item(), both.float32("b", 1).item()] == [1, 2]
    with pytest.raises(WorkerError, match="is in both"):
        weights(first, first)


def test_needed_tensor_is_checked_by_name_shape_and_type(save: Callable[..., str]) -> None:
    path = save({"w": tensor("F32", [2], 0, 8), "n": tensor("I64", [1], 0, 8)}, bytes(8))
    for name, shape, message in (("x", 2, "'p.x' is missing"), ("w", 3, r"shape \[2\].*\[3\]"), ("n", 1, "type I64")):
        with pytest.raises(WorkerError, match=message) as raised:
            weights(path, prefix="p." if name == "x" else "").float32(name, shape)
        assert raised.value.kind is ErrorKind.BAD_MODEL
        assert path in raised.value.message
