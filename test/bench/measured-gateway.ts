/**
 * The gateway in a process of its own that says what it holds: on SIGUSR2, after everything is collected that can be, it writes
 * `{"held": bytes}`. Started with --expose-gc and the upstream's URL; its first line gives the URL of a gateway for each protocol that the
 * upstream is spoken to in.
 */
import { startGateway } from '../src-main/gateway/start-gateway.ts';

const upstream = process.argv[2];
if (upstream === undefined || globalThis.gc === undefined) throw new Error('--expose-gc and an upstream are wanted');
const ignore = (): void => {};
const tap = { start: ignore, bytes: ignore, end: ignore, refused: ignore };
const urls: Record<string, string> = {};
for (const protocol of ['messages', 'chat', 'responses'] as const)
  urls[protocol] = (await startGateway({ upstream, protocol, parts: { tap } })).url;
process.on('SIGUSR2', async () => {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ held: heapUsed + external })}\n`);
});
process.stdout.write(`${JSON.stringify(urls)}\n`);
