// Makes src/generated/openapi.ts from openapi.json; with the URL of a node, takes its document first:
//   npm run types [-- http://127.0.0.1:8645]
import { readFile, writeFile } from 'node:fs/promises';
import { documentText, typesOf } from './openapi.mjs';

const here = new URL('..', import.meta.url);
const document = new URL('openapi.json', here);
const [url] = process.argv.slice(2);
if (url !== undefined) {
  const answer = await fetch(new URL('/openapi.json', url));
  if (!answer.ok) throw new Error(`${url} answers with HTTP ${answer.status}`);
  await writeFile(document, documentText(await answer.json()));
}
const types = await typesOf(JSON.parse(await readFile(document, 'utf8')));
await writeFile(new URL('src/generated/openapi.ts', here), types);
