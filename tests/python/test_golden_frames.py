"""The frozen frames, which the C# suite reads too."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import msgpack
import pytest
from akidb_worker.messages import Error, FromWorker, Hello, Pong, Progress, Ready, Rows
from akidb_worker.protocol import decode, encode
from reference_answers import ROOT

FOLDER = ROOT / "tests" / "data" / "protocol"
FRAMES: list[dict[str, Any]] = json.loads((FOLDER / "frames.json").read_text(encoding="utf-8"))
SENT: dict[str, Any] = {
    Hello.type: Hello,
    Progress.type: Progress,
    Ready.type: Ready,
    Rows.type: Rows,
    Error.type: Error,
    Pong.type: Pong,
}


# What a load request leaves out.
DEFAULTS: dict[str, tuple[Any, ...]] = {
    "padding_id": (None,),
    "relative_buckets": (None,),
    "activation": ("gelu", "silu", "identity"),
    "biases": (None,),
    "rope_theta": (None,),
    "rope_factor": (1.0,),
    "local_rope_theta": (None,),
    "windows": ([],),
    "modules": ([],),
    "pools_prompt": (True,),
    "file": ("",),
    "bias": (False,),
    "attention_bias": (False,),
    "causal": (True,),
    "score_scalar": (None,),
}


def frames(direction: str, extra: bool = True) -> list[Any]:
    """The frames that go one way; without extra, only those that this version writes."""
    some = [frame for frame in FRAMES if frame["direction"] == direction and (extra or "later" not in frame["members"])]
    return [pytest.param(frame, id=frame["file"]) for frame in some]


def body(frame: dict[str, Any]) -> bytes:
    content: bytes = (FOLDER / frame["file"]).read_bytes()
    assert int.from_bytes(content[:4], "little") == len(content) - 4
    return content[4:]


def flat(value: Any) -> Any:
    """A decoded message in the words of frames.json."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [flat(item) for item in value]
    if dataclasses.is_dataclass(value):
        members = {field.name: flat(getattr(value, field.name)) for field in dataclasses.fields(value)}
        for prefix in ("", "local_"):
            scaling = members.pop(f"{prefix}rope_scaling", None) or {}
            members.update({f"{prefix}rope_{name}": member for name, member in scaling.items()})
        own = members.pop("encoder", None), members.pop("decoder", None)
        return {**members, **(own[0] or own[1] or {})}
    return value


def told(value: Any) -> Any:
    """What a message says beyond what it may leave out."""
    if isinstance(value, list):
        return [told(item) for item in value]
    if isinstance(value, dict):
        return {name: told(member) for name, member in value.items() if member not in DEFAULTS.get(name, ())}
    return value


def test_every_file_is_described() -> None:
    assert {path.name for path in FOLDER.glob("*.frame")} == {frame["file"] for frame in FRAMES}


@pytest.mark.parametrize("frame", frames("host"))
def test_frame_from_the_host_is_decoded_to_its_members(frame: dict[str, Any]) -> None:
    message = decode(memoryview(body(frame)))
    assert message.type == frame["type"]
    assert told(flat(message)) == told({name: value for name, value in frame["members"].items() if name != "later"})


@pytest.mark.parametrize("frame", frames("worker", extra=False))
def test_message_to_the_host_is_encoded_as_its_frame(frame: dict[str, Any]) -> None:
    members = dict(frame["members"])
    if frame["type"] == "rows":
        members["data"] = memoryview(bytes.fromhex(members["data"]))
    message: FromWorker = SENT[frame["type"]](**members)
    head, tail = encode(message)

    # Rows have wider numbers than need be; their members and the order of these are the frame's all the same.
    own, golden = msgpack.unpackb(head + bytes(tail)), msgpack.unpackb(body(frame))
    assert list(own.items()) == list(golden.items())
    assert isinstance(message, Rows) or head == body(frame)
