"""Messages that are not what they should be."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from akidb_worker.messages import Embed, FromHost, Load, Model, Rows
from akidb_worker.protocol import BadMessageError, MalformedFrameError, decode, encode
from reference_answers import load_members

EMBED = {"type": "embed", "id": 7, "timeout_ms": 5, "lengths": b"\1\0\0\0", "ids": b"\2\0\0\0"}


def first_bytes(body: bytes) -> str:
    return body[:12].hex()


def decoded(members: Any) -> FromHost:
    return decode(memoryview(msgpack.packb(members)))


@pytest.mark.parametrize(
    "body",
    [
        b"\xc1",
        b"\x81",
        b"\x80",
        b"\xc0",
        b"\x93\1\2\3",
        b"\x81\xa4type\x05",
        b"\x81\xa4type\xa2\xff\xfe",
        b"\x81\x01\x02",
        b"\xdf\xff\xff\xff\xff",
        b"\xdd\xff\xff\xff\xff",
        b"\x81\xa4type\xc6\xff\xff\xff\xff",
        b"\x91" * 5000,
        msgpack.packb({"type": "ping", "id": 1}) + b"\0",
        msgpack.packb({"type": "ping", "id": msgpack.ExtType(1, b"x")}),
    ],
    ids=first_bytes,
)
def test_bytes_that_are_no_message_are_malformed(body: bytes) -> None:
    with pytest.raises(MalformedFrameError):
        decode(memoryview(body))


@pytest.mark.parametrize("name", ["timeout_ms", "lengths", "ids"])
@pytest.mark.parametrize("value", [None, True, "text", 1.5, [1]])
def test_wrong_member_is_reported_with_the_message_id(name: str, value: object) -> None:
    with pytest.raises(BadMessageError, match=name) as raised:
        decoded({**EMBED, name: value})
    assert raised.value.id == 7


@pytest.mark.parametrize("id", [None, True, "7", -1, 2**63, 1.0])
def test_wrong_id_is_reported_without_id(id: object) -> None:
    with pytest.raises(BadMessageError, match="'id'") as raised:
        decoded({**EMBED, "id": id})
    assert raised.value.id is None


def test_unknown_type_is_a_bad_message() -> None:
    with pytest.raises(BadMessageError, match="'sing' is unknown"):
        decoded({"type": "sing", "id": 1})


@pytest.mark.parametrize("name", ["weights", "prefix", "hidden_size", "layer_norm_epsilon"])
def test_load_names_the_wrong_member_of_the_model(name: str) -> None:
    with pytest.raises(BadMessageError, match=rf"'{name}' of 'load\.model'"):
        decoded(load_members("tiny-bert-cls", "cls", **{name: [None]}))


def test_load_of_an_unknown_architecture_is_decoded_for_the_loader_to_refuse() -> None:
    load = decoded(load_members("tiny-bert-cls", "cls", architecture="t5"))
    assert isinstance(load, Load)
    assert isinstance(load.model, Model)
    assert (load.model.encoder, load.model.decoder) == (None, None)


def test_decoded_embed_does_not_share_the_reader_buffer() -> None:
    body = bytearray(msgpack.packb(EMBED))
    embed = decode(memoryview(body))
    body[:] = bytes(len(body))
    assert embed == Embed(7, 5, b"\1\0\0\0", b"\2\0\0\0")


@pytest.mark.parametrize("size", [0, 255, 256, 65535, 65536])
def test_rows_of_every_size_are_one_valid_map(size: int) -> None:
    head, tail = encode(Rows(1, 1, 1, 1, memoryview(bytes(size))))
    assert msgpack.unpackb(head + tail) == {"type": "rows", "id": 1, "count": 1, "dimension": 1, "compute_us": 1, "data": bytes(size)}
