"""The official OpenAI client for Python: vectors as base64 (its default) and as floats, and the errors that it makes of ours."""

import openai
from checks import CHECK, check, check_vectors, expect_error

url, model, texts, vectors = CHECK["url"], CHECK["model"], CHECK["texts"], CHECK["vectors"]
client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)

by_default = client.embeddings.create(model=model, input=texts)
check_vectors([item.embedding for item in by_default.data], vectors)
check([item.index for item in by_default.data] == list(range(len(texts))), "the order is kept")
check(by_default.usage.prompt_tokens == by_default.usage.total_tokens > 0, "tokens are counted")

as_float = client.embeddings.create(model=model, input=texts, encoding_format="float")
check_vectors([item.embedding for item in as_float.data], vectors)

one = client.embeddings.create(model=model, input=texts[0], dimensions=8)
check([len(item.embedding) for item in one.data] == [8], "there is one text, of eight dimensions")

served = client.models.list().data
check(len(served) == 1 and client.models.retrieve(served[0].id).id == served[0].id, "there is one model, found by its id")

raw = client.embeddings.with_raw_response.create(model=model, input="a")
check("weights=" in raw.headers["x-embedding-space"], "the answer names its space")

embed = client.embeddings.create
expect_error(lambda: embed(model="nobody", input="a"), openai.NotFoundError, status_code=404, code="model_not_found")
expect_error(lambda: embed(model=model, input=[]), openai.BadRequestError, status_code=400, type="invalid_request_error", param="input")
expect_error(lambda: embed(model=model, input="a", dimensions=100_000), openai.BadRequestError, status_code=400, param="dimensions")
expect_error(
    lambda: embed(model=model, input=[[101, 102]]), openai.BadRequestError, param="input", message="check_embedding_ctx_length=False"
)
expect_error(lambda: embed(model=model, input="a", extra_body={"space": "another"}), openai.ConflictError, code="space_mismatch")
lost = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
expect_error(lambda: lost.embeddings.create(model=model, input="a"), openai.NotFoundError, code="not_found", message="base URL")
