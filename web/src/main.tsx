import './style/base.css';
import './style/pipeline.css';
import './style/pages.css';
import './style/stages.css';
import { NodeClient } from '@assay/client';
import { render } from 'preact';
import { Page } from './view/page.js';
import { Watch } from './watch.js';

// The node that serves the page, also where a proxy gives it a path of its own.
const base = new URL('.', location.href.replace(/#.*$/, '')).href.replace(/\?.*$/, '');
// What is asked again and again needs no repetition of its own.
const node = new NodeClient(base, { retries: 0, timeoutMs: 15_000 });
const watch = new Watch(node, Date.now, () => document.hidden);
document.addEventListener('visibilitychange', () => document.hidden || watch.ask());
void watch.run(new AbortController().signal);

const root = document.getElementById('page');
if (root) render(<Page node={node} watch={watch} />, root);
