// usearch and LanceDB as peers: reads a line a request, answers with one line of JSON (peer.go says which).
//     node node.mjs usearch|lancedb MODULES DIR VECTORS DIMENSIONS QUERIES K M EF_CONSTRUCTION EF
import { openSync, readSync, closeSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const [name, modules, dir, ...numbers] = process.argv.slice(2);
const [n, dim, asked, k, m, efConstruction, ef] = numbers.map(Number);
const require = createRequire(join(modules, 'package.json'));

function read(file, floats) {
  const all = new Float32Array(floats);
  const bytes = new Uint8Array(all.buffer);
  const fd = openSync(join(dir, file), 'r');
  for (let at = 0; at < bytes.length; ) {
    const got = readSync(fd, bytes, at, Math.min(1 << 28, bytes.length - at), at);
    if (!got) throw new Error(`${file} is too short`);
    at += got;
  }
  closeSync(fd);
  return all;
}

const queries = read('queries.f32', asked * dim);
const query = (i) => queries.subarray((i % asked) * dim, ((i % asked) + 1) * dim);

// As its README has it: one thread asks, all cores build.
function usearch() {
  const { Index, MetricKind, ScalarKind } = require('usearch');
  const index = new Index({
    metric: MetricKind.IP, quantization: ScalarKind.F32, dimensions: dim,
    connectivity: m, expansion_add: efConstruction, expansion_search: ef, multi: false,
  });
  return {
    build() {
      const base = read('base.f32', n * dim);
      const step = 10000;
      for (let i = 0; i < n; i += step) {
        const end = Math.min(n, i + step);
        index.add(BigUint64Array.from({ length: end - i }, (_, j) => BigInt(i + j)), base.subarray(i * dim, end * dim), 2);
      }
    },
    ask: (i) => Array.from(index.search(query(i), k, 1).keys, Number),
    end() {},
  };
}

// A table as AnythingLLM makes it: vectors, no vector index.
function lancedb() {
  const lance = require('@lancedb/lancedb');
  const home = mkdtempSync(join(dir, 'lance-'));
  let table;
  return {
    async build() {
      const base = read('base.f32', n * dim);
      const db = await lance.connect(home);
      const step = 5000;
      for (let i = 0; i < n; i += step) {
        const rows = [];
        for (let j = i; j < Math.min(n, i + step); j++) rows.push({ id: j, vector: Array.from(base.subarray(j * dim, (j + 1) * dim)) });
        if (table) await table.add(rows);
        else table = await db.createTable('v', rows);
      }
      await table.optimize();
    },
    async ask(i) {
      const rows = await table.search(Array.from(query(i))).distanceType('dot').select(['id', '_distance']).limit(k).toArray();
      return rows.map((r) => Number(r.id));
    },
    end: () => rmSync(home, { recursive: true, force: true }),
  };
}

const peer = { usearch, lancedb }[name]();
const lines = createInterface({ input: process.stdin });
const clock = () => Number(process.hrtime.bigint()) / 1e9;
for await (const line of lines) {
  const [what, first, second] = line.split(' ');
  const begun = clock();
  const cpu = process.cpuUsage();
  let count = 0;
  if (what === 'build') {
    await peer.build();
    count = n;
  } else if (what === 'answers') {
    count = Number(first);
    const ids = new Int32Array(count * k).fill(-1);
    for (let i = 0; i < count; i++) ids.set(await peer.ask(i), i * k);
    writeFileSync(second, new Uint8Array(ids.buffer));
  } else if (what === 'round') {
    for (; clock() - begun < Number(second); count++) await peer.ask(Number(first) + count);
  }
  const used = process.cpuUsage(cpu);
  console.log(JSON.stringify({ count, seconds: clock() - begun, processor: (used.user + used.system) / 1e6 }));
}
await peer.end();
