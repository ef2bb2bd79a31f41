// The official OpenAI client waits as long as a refusal says, and comes again.
import { client, check } from './checks.mjs';

const { default: OpenAI } = client('openai');
const { url, model } = JSON.parse(process.env.AKIDB_CHECK);
const statuses = [];
const openai = new OpenAI({
    baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 60,
    fetch: async (...request) => {
        const response = await fetch(...request);
        statuses.push([response.status, response.headers.get('retry-after'), response.headers.get('retry-after-ms')]);
        return response;
    },
});
const input = Array.from({ length: 10 }, (_, number) => `text ${number} ${'word '.repeat(50)}`);
const answers = await Promise.all(Array.from({ length: 6 }, () => openai.embeddings.create({ model, input })));
check(answers.every((answer) => answer.data.length === input.length), 'every request is answered in the end');
const refused = statuses.filter(([status]) => status === 429 || status === 503);
check(refused.length > 0, 'some were refused');
check(refused.every(([, seconds, milliseconds]) => Number(seconds) >= 1 && Number(milliseconds) >= 1), 'each refusal says when to come again');
