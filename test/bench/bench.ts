/** See run.mjs, which starts it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nodeExecutable } from '../node-executable.mjs';
import { firstJsonLine, startProgram } from '../programs/program.ts';
import { startServe } from '../programs/serve.ts';
import { root } from '../tiers.mjs';
import { directions, upstreamsAt } from './direction.ts';
import { type Figure, holds, table } from './figure.ts';
import { memoryFigures, startFigure } from './footprint.ts';
import { latencyFigures } from './latency.ts';
import { openStreamFigures } from './open-streams.ts';
import { manyStreamsFigure, throughputFigure } from './streams.ts';
import { translationFigures } from './translation.ts';

const { values } = parseArgs({ options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } } });
const scale = values.quick ? 0.1 : 1;

const recordings = mkdtempSync(join(tmpdir(), 'dragoman-bench-'));
const fake = startProgram(nodeExecutable(), [join(root, 'test/fakes/upstream.ts'), '--recordings', recordings]);
const figures: Figure[] = [];
try {
  const { url } = await firstJsonLine(fake);
  if (typeof url !== 'string') throw new Error('the fake upstream did not say where it listens');
  const serve = await startServe({ upstreams: upstreamsAt(url) });
  try {
    for (const direction of directions(url, serve)) {
      figures.push(...(await latencyFigures(direction, scale)));
      figures.push(await throughputFigure(direction, url, recordings, scale));
      figures.push(await manyStreamsFigure(direction, url, scale));
    }
  } finally {
    await serve.stop();
  }
  figures.push(...translationFigures(scale));
  figures.push(...(await openStreamFigures(url)));
  figures.push(...(await memoryFigures(url, scale)));
  figures.push(await startFigure(url, scale));
} finally {
  await fake.stop();
  rmSync(recordings, { recursive: true, force: true });
}

const machine = `${cpus()[0]?.model ?? 'unknown processor'} × ${availableParallelism()}, Node ${process.versions.node}`;
const report = {
  at: new Date().toISOString(),
  machine,
  quick: values.quick,
  figures: figures.map((f) => ({ ...f, holds: holds(f) })),
};
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
console.log(`${machine}${values.quick ? ', quick: too few samples to quote' : ''}\n\n${table(figures)}`);
if (values.json === undefined) console.log(`\n${JSON.stringify(report)}`);
