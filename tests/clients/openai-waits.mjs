// The official OpenAI client is refused, waits as long as it is told to, and is answered in the end.
import { rename } from 'node:fs/promises';
import { client, check } from './checks.mjs';

const { default: OpenAI } = client('openai');
const { url, model, key, status, requests, appears } = JSON.parse(process.env.AKIDB_CHECK);
const tries = [];
const openai = new OpenAI({
    baseURL: `${url}/v1`, apiKey: key, maxRetries: 60,
    fetch: async (...request) => {
        const began = performance.now();
        const response = await fetch(...request);
        tries.push({ began, ended: performance.now(), status: response.status, seconds: Number(response.headers.get('retry-after')), milliseconds: Number(response.headers.get('retry-after-ms')) });
        if (appears && tries.length === 1) {
            // What was missing is there from the first refusal on.
            await rename(appears.from, appears.to);
        }
        return response;
    },
});
for (const input of requests) {
    const answer = await openai.embeddings.create({ model, input });
    check(answer.data.length === input.length, 'every text has its vector');
}
const refused = tries.flatMap((one, index) => (one.status === 200 ? [] : [[one, tries[index + 1]]]));
check(refused.length > 0 && refused.every(([one]) => one.status === status), `it was refused with ${status}: ${JSON.stringify(tries)}`);
for (const [one, next] of refused) {
    check(one.seconds >= 1 && one.seconds === Math.ceil(one.milliseconds / 1000), `both headers say the same: ${JSON.stringify(one)}`);
    // A timer may be early by its own step.
    check(next.began - one.ended >= one.milliseconds - 5, `it came again when it was told to: ${JSON.stringify([one, next])}`);
}
