"""A gRPC client with Debian's grpcio: prints each text's vector as one line of JSON.

It writes and reads the messages by itself, from the numbers of AkiDB's definition, so that it shares nothing with the server's generated code.

    grpc_client.py HOST:PORT TEXT...
"""

import json
import struct
import sys
from collections.abc import Iterator

import grpc  # type: ignore[import]

METHOD = "/akidb.embedding.v1.EmbeddingService/%s"


def varint(value: int) -> bytes:
    """A number as protobuf writes it."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def field(number: int, content: bytes) -> bytes:
    """A member of bytes, text or a message."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Every member of a message."""
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = number()
        if tag & 7 == 0:
            yield tag >> 3, number()
        elif tag & 7 == 2:
            length = number()
            yield tag >> 3, message[at : at + length]
            at += length
        else:
            raise ValueError(f"wire type {tag & 7}")


def main() -> None:
    """Asks, and checks what it is told beside the vectors."""
    address, texts = sys.argv[1], sys.argv[2:]
    with grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", -1)]) as channel:
        info = dict(fields(channel.unary_unary(METHOD % "GetModelInfo")(b"")))
        answer = list(fields(channel.unary_unary(METHOD % "Embed")(b"".join(field(1, text.encode()) for text in texts), timeout=30)))
        health = dict(fields(channel.unary_unary("/grpc.health.v1.Health/Check")(b"")))
        try:
            channel.unary_unary(METHOD % "Embed")(field(1, b"a") + field(2, b"no-such-model"))
            raise AssertionError("a model that is not served has answered")
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND, error
            assert "no-such-model" in error.details(), error
            assert any(name == "grpc-status-details-bin" for name, _ in error.trailing_metadata()), error
    assert health == {1: 1}, health
    by_number = {number: value for number, value in answer if number != 1}
    assert (by_number[2], by_number[3]) == (info[1], info[2]), (answer, info)
    usage = by_number[4]
    assert isinstance(usage, bytes) and dict(fields(usage))[1] > 0, usage  # type: ignore[operator]
    for number, embedding in answer:
        if number == 1:
            assert isinstance(embedding, bytes)
            [(values, packed)] = fields(embedding)
            assert values == 1 and isinstance(packed, bytes)
            print(json.dumps(struct.unpack(f"<{len(packed) // 4}f", packed)))


if __name__ == "__main__":
    main()
