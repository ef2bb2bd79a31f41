"""Prints how many sentences the tokenizers library encodes in a second, one at a time: TOKENIZER.json TEXTS.jsonl SECONDS."""

import json
import os
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"

from tokenizers import Tokenizer  # noqa: E402  (the variable must be set first)


def main() -> None:
    path, texts_path, seconds = sys.argv[1:]
    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    with open(texts_path, encoding="ascii") as file:
        lines = [json.loads(line) for line in file]
    texts = [line["text"] for line in lines if line["kind"] in ("sentence", "generated")]
    for text in texts:
        tokenizer.encode(text)
    count = 0
    start = time.perf_counter()
    while (elapsed := time.perf_counter() - start) < float(seconds):
        for text in texts:
            tokenizer.encode(text)
        count += len(texts)
    print(count / elapsed)


if __name__ == "__main__":
    main()
