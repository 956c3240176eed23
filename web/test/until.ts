/** Waiting for what no event tells of. */
import assert from 'node:assert/strict';

const UNTIL_MS = 120_000;
const LOOK_MS = 100;

/** Looks until something holds. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + UNTIL_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `not within ${UNTIL_MS} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
