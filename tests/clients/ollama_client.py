"""The official Ollama client for Python."""

import ollama
from checks import CHECK, check, check_vectors, expect_error

url, model, texts, vectors = CHECK["url"], CHECK["model"], CHECK["texts"], CHECK["vectors"]
client = ollama.Client(host=url)

for name in (model, f"{model}:latest"):
    answer = client.embed(model=name, input=texts, keep_alive="5m", options={"num_ctx": 128})
    check_vectors(answer["embeddings"], vectors)
    check(answer["model"] == name and answer["prompt_eval_count"] > 0, "the model is called as it was asked for, tokens are counted")

check_vectors([client.embeddings(model=model, prompt=texts[0])["embedding"]], vectors[:1])
tags = client.list()["models"]
check(len(tags) == 1 and tags[0]["model"].endswith(":latest"), "there is one model, with its tag")
check("embedding" in client.show(tags[0]["model"])["capabilities"], "it embeds")
expect_error(lambda: client.embed(model="nobody", input="a"), ollama.ResponseError, status_code=404, message="not found")
