// The official Ollama client.
import { client, check, checkVectors, expectError } from './checks.mjs';

const { Ollama } = client('ollama');
const { url, model, texts, vectors } = JSON.parse(process.env.AKIDB_CHECK);
const ollama = new Ollama({ host: url });

for (const name of [model, `${model}:latest`]) {
    const answer = await ollama.embed({ model: name, input: texts, keep_alive: '5m', options: { num_ctx: 128 } });
    checkVectors(answer.embeddings, vectors);
    check(answer.model === name && answer.prompt_eval_count > 0, 'the model is called as it was asked for, tokens are counted');
}

check((await ollama.embed({ model, input: texts[0], dimensions: 8 })).embeddings[0].length === 8, 'eight dimensions');
checkVectors([(await ollama.embeddings({ model, prompt: texts[0] })).embedding], vectors.slice(0, 1));
const tags = await ollama.list();
check(tags.models.length === 1 && tags.models[0].model.endsWith(':latest'), 'one model, with its tag');
check((await ollama.show({ model: tags.models[0].model })).capabilities.includes('embedding'), 'it embeds');
check((await ollama.version()).version.length > 0, 'a version');
await expectError(() => ollama.embed({ model: 'nobody', input: 'a' }), Error, { status_code: 404, message: /not found/ });
await expectError(() => ollama.embed({ model, input: 'a', dimensions: 100000 }), Error, { status_code: 400 });
