// Whether a document is valid OpenAPI 3.1, and whether answers are what it says.
import { readFile } from 'node:fs/promises';
import { client, check } from './checks.mjs';

const { Validator } = await import(new URL('@seriousme/openapi-schema-validator/index.js', `file://${process.env.AKIDB_CLIENTS}/node_modules/`));
const Ajv = client('ajv/dist/2020.js').default;
const { document, answers } = JSON.parse(await readFile(process.argv[2], 'utf8'));
const validity = await new Validator().validate(structuredClone(document));
check(validity.valid, `the document is valid: ${JSON.stringify(validity.errors)}`);

const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema({ ...document, $id: 'document' });
const pointer = (...parts) => 'document#/' + parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
for (const { path, method, status, type, body } of answers) {
    const operation = document.paths[path]?.[method];
    check(operation, `${method} ${path} is in the document`);
    check(operation.responses[status]?.content?.[type], `${method} ${path} may answer ${status} ${type}`);
    if (type.endsWith('json') || type === 'application/x-ndjson') {
        const validate = ajv.compile({ $ref: pointer('paths', path, method, 'responses', String(status), 'content', type, 'schema') });
        for (const value of type === 'application/x-ndjson' ? body.trim().split('\n') : [body]) {
            check(validate(JSON.parse(value)), `${method} ${path} ${status}: ${JSON.stringify(validate.errors)} in ${value.slice(0, 500)}`);
        }
    }
}

for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, { requestBody, responses }] of Object.entries(operations)) {
        for (const [where, content] of [['requestBody', requestBody?.content], ...Object.entries(responses).map(([status, response]) => [`responses/${status}`, response.content])]) {
            for (const [type, { schema, example }] of Object.entries(content ?? {})) {
                if (example !== undefined && schema.$ref) {
                    const validate = ajv.compile({ $ref: 'document' + schema.$ref });
                    check(validate(example), `the example of ${method} ${path} ${where} ${type}: ${JSON.stringify(validate.errors)}`);
                }
            }
        }
    }
}
