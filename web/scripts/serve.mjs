// `npm run serve -- http://127.0.0.1:8645`: the page as it is made now, on a node that runs already.
import { createServer, request } from 'node:http';
import { readFileSync } from 'node:fs';
import { bundle } from './bundle.mjs';

const node = new URL(process.argv[2] ?? 'http://127.0.0.1:8645');
const port = Number(process.argv[3] ?? 8700);
// What the node forbids the page is forbidden here too.
const source = readFileSync(new URL('../../sequencer/src/api/page.rs', import.meta.url), 'utf8');
const policyOf = (name) => new RegExp(`${name}: &str = "([^"]*)"`).exec(source)?.[1].replace(/\\\n\s*/g, '') ?? '';
const [policy, workerPolicy] = ['POLICY', 'WORKER_POLICY'].map(policyOf);
const text = (type) => `${type}; charset=utf-8`;
const types = {
  ...{ html: text('text/html'), js: text('text/javascript'), css: text('text/css') },
  ...{ svg: text('image/svg+xml'), wasm: 'application/wasm' },
};

createServer(async (asked, answer) => {
  const { pathname } = new URL(asked.url, node);
  const name = pathname === '/' ? 'index.html' : pathname.replace('/assets/', '');
  if (pathname === '/' || pathname.startsWith('/assets/')) {
    const file = (await bundle()).get(name);
    const type = types[name.split('.').at(-1)] ?? 'text/plain';
    const allowed = name === 'proofs.js' ? workerPolicy : policy;
    answer.writeHead(file ? 200 : 404, { 'content-type': type, 'content-security-policy': allowed });
    answer.end(file);
    return;
  }
  const options = { method: asked.method, headers: asked.headers };
  const passed = request(new URL(asked.url, node), options, (found) => {
    answer.writeHead(found.statusCode ?? 502, found.headers);
    found.pipe(answer);
  });
  passed.on('error', () => answer.writeHead(502).end());
  answer.on('close', () => passed.destroy());
  asked.pipe(passed);
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`));
