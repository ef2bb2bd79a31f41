// What the scripts here have in common. The clients are where 'scripts/setup --test' has installed them.
import { createRequire } from 'node:module';

export const client = createRequire(`${process.env.AKIDB_CLIENTS}/`);

export function check(holds, what) {
    if (!holds) {
        throw new Error(`It does not hold that ${what}.`);
    }
}

export function checkVectors(actual, expected) {
    check(actual.length === expected.length, `there are ${expected.length} vectors (${actual.length})`);
    actual.forEach((vector, row) => {
        check(vector.length === expected[row].length, `vector ${row} has ${expected[row].length} components (${vector.length})`);
        const worst = Math.max(...Array.from(vector, (value, index) => Math.abs(value - expected[row][index])));
        check(worst < 1e-5, `vector ${row} is the reference's (${worst})`);
    });
}

export async function expectError(call, type, members) {
    try {
        await call();
    } catch (error) {
        check(error instanceof type, `the error is a ${type.name}: ${error}`);
        for (const [name, value] of Object.entries(members)) {
            check(value instanceof RegExp ? value.test(error[name]) : error[name] === value, `its ${name} is ${value}: ${error[name]} (${error})`);
        }
        return;
    }
    check(false, `there is an error with ${JSON.stringify(members)}`);
}
