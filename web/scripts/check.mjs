// `npm run check`: whether `dist/`, which is committed, is what the sources make.
import { readFileSync, readdirSync } from 'node:fs';
import { bundle } from './bundle.mjs';

const dist = new URL('../dist/', import.meta.url);
const made = await bundle();
const stale = new Set(readdirSync(dist).filter((name) => !made.has(name)));
for (const [name, bytes] of made) {
  let committed;
  try {
    committed = readFileSync(new URL(name, dist));
  } catch {
    // Not there.
  }
  if (!committed?.equals(bytes)) stale.add(name);
}
if (stale.size > 0) {
  console.error(`not what the sources make: ${[...stale].map((name) => `web/dist/${name}`).join(', ')}`);
  console.error('`npm run build` in web/ makes them anew');
  process.exit(1);
}
