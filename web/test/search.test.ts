import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meaningOf, type Meaning } from '../src/search.js';

const HASH = `0x${'0f'.repeat(32)}`;
const page = (route: Extract<Meaning, { is: 'page' }>['route']): Meaning => ({ is: 'page', route });

test('what is typed means what people mean by it', () => {
  const cases: [string, Meaning][] = [
    ['12', { is: 'number', number: 12 }],
    [' #12 ', { is: 'number', number: 12 }],
    ['batch 12', page({ page: 'batch', number: 12 })],
    ['Batch #12', page({ page: 'batch', number: 12 })],
    ['account 3', page({ page: 'account', index: 3 })],
    ['queue 7', page({ page: 'entry', index: 7 })],
    ['queue/7', page({ page: 'entry', index: 7 })],
    ['entry:0', page({ page: 'entry', index: 0 })],
    ['queue', page({ page: 'queue' })],
    ['Queue', page({ page: 'queue' })],
    ['batch 99999999999999999999', { is: 'nothing' }],
    ['assaydev1abc', page({ page: 'owner', address: 'assaydev1abc' })],
    ['assay1abc', page({ page: 'owner', address: 'assay1abc' })],
    [HASH, { is: 'hash', hash: HASH }],
    [HASH.slice(2), { is: 'hash', hash: HASH }],
    [HASH.toUpperCase().replace('0X', '0x'), { is: 'hash', hash: HASH }],
    [HASH.slice(0, 42), { is: 'l1-address', address: HASH.slice(0, 42) }],
    ['', { is: 'nothing' }],
    ['vitalik.eth', { is: 'nothing' }],
    ['constructor 3', { is: 'nothing' }],
    ['99999999999999999999', { is: 'nothing' }],
  ];
  for (const [typed, meaning] of cases) assert.deepEqual(meaningOf(typed), meaning, typed);
});
