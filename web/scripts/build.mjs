// `npm run build`: writes what the node embeds.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { bundle } from './bundle.mjs';

const dist = new URL('../dist/', import.meta.url);
const files = await bundle();
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
for (const [name, bytes] of files) {
  writeFileSync(new URL(name, dist), bytes);
  console.log(`${name} ${bytes.length} bytes`);
}
