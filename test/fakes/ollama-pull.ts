import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How an Ollama fetches a model (docs/api.md, "Pull a Model"; the refusal is recorded): two layers, one behind the other, and then it is there. `slow` in its
 * name: it waits at the half until the client leaves; `missing`: the library does not have it; `cut`: it breaks off.
 */
export async function playPull(response: ServerResponse, model: string, has: (model: string) => void): Promise<void> {
  const line = (value: object): void => void response.write(`${JSON.stringify(value)}\n`);
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  line({ status: 'pulling manifest' });
  if (model.includes('missing')) {
    line({ error: 'pull model manifest: file does not exist' });
    return void response.end();
  }
  const [first, second] = ['sha256:aa', 'sha256:bb'];
  for (const completed of [0, 300, 600]) line({ status: 'pulling aa', digest: first, total: 600, completed });
  line({ status: 'pulling bb', digest: second, total: 400, completed: 150 });
  if (model.includes('cut')) return void response.destroy();
  if (model.includes('slow')) {
    while (!response.destroyed) await sleep(20);
    return;
  }
  await sleep(50);
  line({ status: 'pulling bb', digest: second, total: 400, completed: 400 });
  line({ status: 'verifying sha256 digest' });
  has(model);
  line({ status: 'success' });
  response.end();
}
