// Reads Authentication-Results fields with mailauth.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const parse = createRequire(import.meta.url)('mailauth/lib/parse-dkim-headers.js');
const methods = ['dkim', 'dmarc', 'spf', 'arc'];
const [folder, ...names] = process.argv.slice(2);
for (const name of names) {
    const { parsed } = parse(readFileSync(path.join(folder, name), 'latin1'));
    const id = parsed.value;
    const results = [];
    for (const method of methods) {
        for (const entry of [parsed[method] ?? []].flat()) {
            // It keeps a field's text beside what it read, and the parts of a property as objects.
            const { value: result, comment, reason, ...types } = entry;
            const properties = Object.entries(types).flatMap(([type, all]) =>
                typeof all === 'string' ? [[type, all]]
                    : Object.entries(all).map(([property, value]) => [`${type}.${property}`, value]));
            results.push([method, result, reason ?? '', properties.sort()]);
        }
    }
    const others = Object.keys(parsed).filter((key) => !['header', 'value', 'none', ...methods].includes(key));
    console.log(JSON.stringify([name, id, others, results]));
}
