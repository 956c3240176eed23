import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WALLET_PARTS, href, parseRoute, type Route } from '../src/route.js';

const HASH = `0x${'ab'.repeat(32)}`;

test('every page has an address of its own, and comes back from it', () => {
  const routes: Route[] = [
    { page: 'overview' },
    { page: 'batches' },
    { page: 'batches', before: 120 },
    { page: 'batch', number: 12 },
    { page: 'transaction', hash: HASH },
    { page: 'account', index: 7 },
    { page: 'owner', address: 'assaydev1qqqq' },
    { page: 'queue' },
    { page: 'entry', index: 0 },
    { page: 'network' },
    ...WALLET_PARTS.map((part): Route => ({ page: 'wallet', part })),
    { page: 'payment', hash: HASH },
    { page: 'pay', request: 'to=a&reference=50%25+of+%23%2F' },
    { page: 'find', text: '50 % of #/ünder' },
  ];
  for (const route of routes) assert.deepEqual(parseRoute(href(route)), route);
  assert.equal(new Set(routes.map(href)).size, routes.length);
});

test('what names no page is looked for, whatever it is', () => {
  assert.deepEqual(parseRoute(''), { page: 'overview' });
  assert.deepEqual(parseRoute('#'), { page: 'overview' });
  assert.deepEqual(parseRoute('#/batch/x'), { page: 'find', text: 'batch/x' });
  assert.deepEqual(parseRoute('#/batch/-1'), { page: 'find', text: 'batch/-1' });
  assert.deepEqual(parseRoute('#/batch/99999999999999999999'), { page: 'find', text: 'batch/99999999999999999999' });
  assert.deepEqual(parseRoute('#/wallet/payment/0x12'), { page: 'find', text: 'wallet/payment/0x12' });
  for (const text of ['account/x', 'owner/', 'queue/x', `batch/${2 ** 53}`]) {
    assert.deepEqual(parseRoute(`#/${text}`), { page: 'find', text });
  }
  const loud = HASH.toUpperCase().replace('0X', '0x');
  assert.deepEqual(parseRoute(`#/wallet/payment/${loud}`), { page: 'payment', hash: HASH });
  assert.equal(href({ page: 'batches' }), '#/batches');
  assert.equal(href({ page: 'wallet', part: 'balance' }), '#/wallet');
  assert.deepEqual(parseRoute('#/tx/0x12'), { page: 'find', text: 'tx/0x12' });
  assert.deepEqual(parseRoute('#/%E0%A4%A'), { page: 'find', text: '%E0%A4%A' });
  assert.deepEqual(parseRoute(`#/tx/${HASH.toUpperCase().replace('0X', '0x')}`), { page: 'transaction', hash: HASH });
});
