/** What was made of other documents is what they say now. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const here = new URL('../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, here), 'utf8');

/** The scripts are plain JavaScript, outside of what is compiled here. */
interface OpenApiScript {
  documentText(document: unknown): string;
  typesOf(document: unknown): Promise<string>;
}

test('the types are made of the OpenAPI document', async () => {
  const script = (await import(new URL('scripts/openapi.mjs', here).href)) as OpenApiScript;
  const document: unknown = JSON.parse(text('openapi.json'));
  assert.equal(text('openapi.json'), script.documentText(document));
  assert.equal(text('src/generated/openapi.ts'), await script.typesOf(document), 'run `npm run types`');
});

test('the error codes and their data are those of the specification', () => {
  const page = text('../../docs/spec/api.md');
  const rows = page.split('\n').filter((line) => /^\| [45][0-9]{2} \| `/.test(line));
  const documented = new Map<string, string[]>();
  for (const row of rows) {
    const [, , codes = '', details = ''] = row.split('|');
    // Only codes are written before the remark in brackets that some rows have.
    const names = [...codes.replace(/\(.*\)/, '').matchAll(/`([a-z_]+)`/g)].map(([, name = '']) => name);
    const data = [...details.matchAll(/`([a-z_]+)`/g)].map(([, name = '']) => name);
    for (const name of names) documented.set(name, data.sort());
  }
  const source = text('src/error-codes.ts');
  const fields = [...source.matchAll(/^ {2}([a-z_]+): (.*);$/gm)];
  const known = new Map<string, string[]>();
  for (const [, name = '', type = ''] of fields) {
    const data =
      type === 'Place' ? ['line', 'column'] : [...type.matchAll(/([a-z_]+)\??:/g)].map(([, field = '']) => field);
    known.set(name, data.sort());
  }
  // These are of rejected transactions alone, of which the page speaks in a sentence.
  for (const name of ['replaced', 'displaced']) {
    assert.match(page, new RegExp(`\`${name}\``));
    documented.set(name, name === 'replaced' ? ['by'] : []);
  }
  const sorted = (map: Map<string, string[]>) => [...map].sort(([one], [other]) => (one < other ? -1 : 1));
  assert.deepEqual(sorted(known), sorted(documented));
  assert.ok(known.size > 50);
});
