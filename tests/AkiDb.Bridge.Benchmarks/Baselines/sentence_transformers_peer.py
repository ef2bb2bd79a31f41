"""The peers that `scripts/bench peers` compares with: the sentence-transformers library in its own process, and a minimal HTTP server around it.

FOLDER is the model. The first line out is {"port": n}: POST {"inputs": [...]} there is answered with {"embeddings": [[...], ...]}.
Then one command a line: {"singles": [...], "callers": n, "seconds": s}, threads that encode one text at a time; {"list": [...]}, one call.
Each is answered with {"texts": n, "seconds": s}.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from sentence_transformers import SentenceTransformer

BATCH = 32
model = SentenceTransformer(sys.argv[1], device="cpu")


class Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        inputs = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["inputs"]
        body = json.dumps({"embeddings": encode(inputs).tolist()}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def encode(texts: list[str]):
    return model.encode(texts, batch_size=BATCH, show_progress_bar=False)


def singles(texts: list[str], callers: int, seconds: float) -> int:
    end = time.perf_counter() + seconds

    def call(caller: int) -> int:
        done = 0
        while time.perf_counter() < end:
            encode([texts[(caller + done * callers) % len(texts)]])
            done += 1
        return done

    with ThreadPoolExecutor(callers) as threads:
        return sum(threads.map(call, range(callers)))


def main() -> None:
    server = Server(("127.0.0.1", 0), Endpoint)
    Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        started = time.perf_counter()
        if "list" in command:
            texts = len(encode(command["list"]))
        else:
            texts = singles(command["singles"], command["callers"], command["seconds"])
        print(json.dumps({"texts": texts, "seconds": time.perf_counter() - started}), flush=True)


main()
