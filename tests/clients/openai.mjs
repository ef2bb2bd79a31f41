// The official OpenAI client for JavaScript: vectors as base64 (its default) and as floats, and the errors that it makes of ours.
import { client, check, checkVectors, expectError } from './checks.mjs';

const { default: OpenAI } = client('openai');
const { url, model, texts, vectors } = JSON.parse(process.env.AKIDB_CHECK);
const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });

const asBase64 = await openai.embeddings.create({ model, input: texts });
checkVectors(asBase64.data.map((item) => item.embedding), vectors);
check(asBase64.data.every((item, index) => item.index === index), 'the order is kept');
check(asBase64.usage.prompt_tokens > 0 && asBase64.usage.total_tokens === asBase64.usage.prompt_tokens, 'tokens are counted');

const asFloat = await openai.embeddings.create({ model, input: texts, encoding_format: 'float' });
checkVectors(asFloat.data.map((item) => item.embedding), vectors);

const one = await openai.embeddings.create({ model, input: texts[0], dimensions: 8 });
check(one.data.length === 1 && one.data[0].embedding.length === 8, 'one text, eight dimensions');

const list = await openai.models.list();
check(list.data.length === 1, 'one model');
check((await openai.models.retrieve(list.data[0].id)).id === list.data[0].id, 'the model by its id');

await expectError(() => openai.embeddings.create({ model: 'nobody', input: 'a' }), OpenAI.NotFoundError, { status: 404, code: 'model_not_found' });
await expectError(() => openai.embeddings.create({ model, input: [] }), OpenAI.BadRequestError, { status: 400, type: 'invalid_request_error', param: 'input' });
await expectError(() => openai.embeddings.create({ model, input: 'a', dimensions: 100000 }), OpenAI.BadRequestError, { status: 400, param: 'dimensions' });
await expectError(() => openai.embeddings.create({ model, input: [[101, 102]] }), OpenAI.BadRequestError, { status: 400, param: 'input', message: /check_embedding_ctx_length=False/ });
await expectError(() => openai.embeddings.create({ model, input: 'a', space: 'another' }), OpenAI.ConflictError, { status: 409, code: 'space_mismatch' });

// What is wrong is the base URL, and the client shows nothing but the member 'error'.
for (const baseURL of [url, `${url}/v1/v1`, `${url}/openai/deployments/${model}`]) {
    const lost = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
    await expectError(() => lost.embeddings.create({ model, input: 'a' }), OpenAI.NotFoundError, { status: 404, code: 'not_found', message: /base URL/ });
}
await expectError(() => openai.chat.completions.create({ model, messages: [] }), OpenAI.NotFoundError, { status: 404, message: /POST \/v1\/embeddings/ });
await expectError(() => openai.models.delete(model), OpenAI.APIError, { status: 405, code: 'method_not_allowed', message: /takes GET/ });
