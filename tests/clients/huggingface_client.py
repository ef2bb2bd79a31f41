"""Hugging Face's client for Python, as it speaks to a text-embeddings-inference of one's own."""

from checks import CHECK, check, check_vectors, expect_error
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

url, texts, vectors = CHECK["url"], CHECK["texts"], CHECK["vectors"]
client = InferenceClient(model=url)

for text, vector in zip(texts, vectors, strict=True):
    check_vectors(client.feature_extraction(text).tolist(), [vector])
check_vectors(client.feature_extraction(texts[0], normalize=True, truncate=True, truncation_direction="right").tolist(), vectors[:1])
similarities = InferenceClient(model=f"{url}/similarity").sentence_similarity(texts[0], other_sentences=texts)
check(abs(similarities[0] - 1) < 1e-5 and len(similarities) == len(texts), "a text is most like itself")
expect_error(lambda: client.feature_extraction(texts[0], dimensions=100_000), HfHubHTTPError, message="dimensions")
