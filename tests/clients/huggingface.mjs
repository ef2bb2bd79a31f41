// Hugging Face's client for JavaScript, as it speaks to a text-embeddings-inference of one's own.
import { client, check, checkVectors, expectError } from './checks.mjs';

const { InferenceClient } = client('@huggingface/inference');
const { url, texts, vectors } = JSON.parse(process.env.AKIDB_CHECK);
const endpoint = new InferenceClient('none', { endpointUrl: `${url}/` });

checkVectors(await endpoint.featureExtraction({ inputs: texts }), vectors);
const one = await endpoint.featureExtraction({ inputs: texts[0], normalize: true, truncate: true, truncation_direction: 'Right' });
checkVectors(one, vectors.slice(0, 1));
await expectError(() => endpoint.featureExtraction({ inputs: texts[0], dimensions: 100000 }), Error, { message: /dimensions/ });
const similarities = await new InferenceClient('none', { endpointUrl: `${url}/similarity` }).sentenceSimilarity({ inputs: { source_sentence: texts[0], sentences: texts } });
check(Math.abs(similarities[0] - 1) < 1e-5 && similarities.length === texts.length, 'a text is most like itself');
