"""``python -m akidb_worker.download NAME``: fetches a model into the Hugging Face cache, for a host that may do so.

Safetensors and text only: no pickle, no program code, no second copy of the weights for another runtime. It ends when its stdin does.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading

_WANTED = ["*.json", "*.txt", "*.model", "*.jinja", "*.safetensors"]
_FOR_OTHER_RUNTIMES = ["onnx/*", "openvino/*", "tf/*", "flax/*"]


def main() -> None:
    parser = argparse.ArgumentParser("akidb_worker.download", description=__doc__)
    parser.add_argument("name", help="org/name")
    parser.add_argument("--revision", default="main", help="a branch, tag or commit")
    parser.add_argument("--cache", help="the folder of the cache; the hub library's own by default")
    options = parser.parse_args()
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        sys.exit(f"{sys.executable} cannot import huggingface_hub ({error}): pip install sentence-transformers")
    try:
        # Without progress bars, which are no lines for a log.
        folder = snapshot_download(
            options.name,
            revision=options.revision,
            cache_dir=options.cache,
            allow_patterns=_WANTED,
            ignore_patterns=_FOR_OTHER_RUNTIMES,
        )
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {' '.join(str(error).split())[:1000]}")
    print(folder)


def _end_with_stdin() -> None:
    # Not through sys.stdin: the interpreter could not end while a thread waits in there.
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
