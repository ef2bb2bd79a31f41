"""A model hub on this machine, with one model from a folder.

``python hub_server.py NAME FOLDER`` prints its address and serves until it is killed.

The part of the hub's protocol that downloads need: the list of a revision's files, and the files.
"""

from __future__ import annotations

import hashlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def hub(name: str, folder: Path) -> type[BaseHTTPRequestHandler]:
    """The handler of a hub that has this folder under this name."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def log_message(self, format: str, *args: object) -> None:
            print(f"{self.command} {self.path}", file=sys.stderr, flush=True)

        def _answer(self, with_body: bool) -> None:
            path = self.path.partition("?")[0]
            if path in (f"/api/models/{name}/revision/main", f"/api/models/{name}"):
                listing = {"id": name, "modelId": name, "sha": COMMIT, "siblings": [{"rfilename": file} for file in files]}
                self._send(json.dumps(listing).encode(), with_body)
                return
            file = path.removeprefix(f"/{name}/resolve/{COMMIT}/")
            if file in files:
                self._send((folder / file).read_bytes(), with_body)
                return
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _send(self, content: bytes, with_body: bool) -> None:
            self.send_response(200)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if with_body:
                self.wfile.write(content)

    return Hub


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), hub(sys.argv[1], Path(sys.argv[2])))
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
