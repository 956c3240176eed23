/** Test money, which a network for development gives away. */

/** Asks for what is given by default, and throws what the node says where it gives nothing. */
export async function askFaucet(nodeUrl: string, path: string, address: string): Promise<void> {
  const answer = await fetch(nodeUrl.replace(/\/+$/, '') + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ address }),
  });
  if (answer.ok) return;
  const { error } = (await answer.json()) as { error?: { message?: string } };
  throw new Error(error?.message ?? `the node answered ${answer.status}`);
}
