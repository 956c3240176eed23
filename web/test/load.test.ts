/** Reading what is shown, while it moves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneAtATime } from '../src/view/context.js';

test('what is read comes to its end however often it is asked for, and is read once more', async () => {
  const ends: (() => void)[] = [];
  const controller = new AbortController();
  const read = oneAtATime(() => new Promise<void>((resolve) => ends.push(resolve)), controller.signal);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  for (let times = 0; times < 5; times += 1) read();
  assert.equal(ends.length, 1);
  ends[0]?.();
  await settle();
  assert.equal(ends.length, 2);
  ends[1]?.();
  await settle();
  assert.equal(ends.length, 2);
  // Later it is read anew, and not after its end.
  read();
  assert.equal(ends.length, 3);
  read();
  controller.abort();
  ends[2]?.();
  await settle();
  read();
  assert.equal(ends.length, 3);
});

test('what never comes to its end keeps nothing else from being read', async () => {
  let begun = 0;
  const both = new Promise<void>((resolve) => {
    const never = () => {
      begun += 1;
      if (begun === 2) resolve();
      return new Promise(() => undefined);
    };
    const read = oneAtATime(never, new AbortController().signal, 1);
    read();
    read();
  });
  await both;
  assert.equal(begun, 2);
});
