// What a box weighs: its release builds, its memory when it idles (after the
// sample firm's documents came in, and again after a restart), and how soon
// `serve` answers. Linux only: memory is read from /proc.
//     COFFRE=release-binary BUILDS="path path" IDLE=30 node .ci/footprint/measure.mjs
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MB = 1e6;
const limits = { binary: 110 * MB, memory: 250 * MB, ready: 1000 };
const idle = Number(process.env.IDLE ?? 30) * 1000;
const starts = 5;
const binary = process.env.COFFRE ?? './coffre';
const patience = 10 * 60_000; // for vectors of all passages, on a busy machine

let passed = 0;
let failed = 0;
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

// hold prints a figure and counts whether it keeps its limit.
function hold(what, figure, limit, unit) {
  const show = (n) => (unit === 'ms' ? `${Math.round(n)} ms` : `${(n / MB).toFixed(1)} MB`);
  const ok = figure <= limit;
  ok ? passed++ : failed++;
  console.log(`${ok ? 'ok' : 'FAILED'} ${what}: ${show(figure)} (at most ${show(limit)})`);
}

for (const path of (process.env.BUILDS ?? binary).split(' ').filter(Boolean)) hold(`binary ${path.split('/').pop()}`, statSync(path).size, limits.binary);

const dir = mkdtempSync(join(tmpdir(), 'coffre-footprint-'));
try {
  const port = await freePort();
  const demo = start(['demo', '--listen', `127.0.0.1:${port}`, '--lang', 'fr', '--json']);
  const said = JSON.parse(await demo.firstLine);
  await whole(port, said.api_key);
  await weigh('after the ingestion', demo);
  await demo.stop();
  await readiness(port);
  const served = start(['serve', '--listen', `127.0.0.1:${port}`, '--json']);
  await served.firstLine;
  await weigh('after a restart', served);
  await use(port, said.api_key);
  await weigh('after a restart and 20 questions', served);
  await served.stop();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);

function start(args) {
  const begun = performance.now();
  const child = spawn(binary, [...args, '--data', dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const ended = new Promise((resolve) => child.on('exit', (code) => (running.delete(child), resolve(code))));
  const firstLine = new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (b) => ((out += b), out.includes('\n') && resolve(out.slice(0, out.indexOf('\n')))));
    child.on('exit', (code) => reject(new Error(`coffre ${args[0]} ended with ${code}`)));
  });
  firstLine.catch(() => {});
  return {
    begun, firstLine, pid: child.pid,
    async stop() {
      child.kill('SIGTERM');
      const code = await ended;
      if (code !== 0) throw new Error(`coffre ended with ${code} after SIGTERM`);
    },
  };
}

// whole waits until every passage has its vector.
async function whole(port, key) {
  const until = Date.now() + patience;
  for (;;) {
    const { status, body } = await call(port, 'GET', '/api/v1/index', key);
    if (status !== 200) throw new Error(`/api/v1/index answers ${status}`);
    const s = JSON.parse(body);
    if (s.applied >= s.changed && !s.pending && !s.next_embedder) {
      console.log(`   ${s.documents} documents, ${s.passages} passages, ${s.embedded} with vectors of ${s.embedder}`);
      if (!s.embedded) throw new Error('no passage has a vector: the embedder that a box is to idle with is not there');
      return;
    }
    if (Date.now() > until) throw new Error(`passages still wait for their vectors: ${body}`);
    await sleep(500);
  }
}

// weigh lets the box idle and reads what it and its children hold: RSS counts
// shared pages in full and for each process, Pss divides them.
async function weigh(when, box) {
  await sleep(idle);
  let rss = 0;
  let pss = 0;
  const pids = family(box.pid);
  for (const pid of pids) {
    const field = (file, name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0) * 1024;
    rss += field('status', 'VmRSS');
    pss += field('smaps_rollup', 'Pss');
    const part = ['RssAnon', 'RssFile', 'VmHWM'].map((n) => `${n} ${(field('status', n) / MB).toFixed(1)} MB`).join(', ');
    console.log(`   process ${pid}: ${part}`);
  }
  hold(`resident memory ${when}, ${pids.length} process(es), ${idle / 1000} s idle`, rss, limits.memory);
  hold(`proportional memory ${when}`, pss, limits.memory);
}

function family(pid) {
  const children = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended between the two reads.
    }
  }
  const all = [pid];
  for (let i = 0; i < all.length; i++) all.push(...(children.get(all[i]) ?? []));
  return all;
}

// readiness is the time from the start of the process to the first 200.
async function readiness(port) {
  const times = [];
  for (let i = 0; i < starts; i++) {
    const box = start(['serve', '--listen', `127.0.0.1:${port}`, '--json']);
    for (;;) {
      const answer = await call(port, 'GET', '/readyz').catch(() => ({}));
      if (answer.status === 200) break;
      if (performance.now() - box.begun > 60_000) throw new Error('serve is not ready after a minute');
      await sleep(5);
    }
    times.push(performance.now() - box.begun);
    await box.firstLine;
    await box.stop();
  }
  console.log(`   /readyz after ${times.map((t) => Math.round(t)).join(', ')} ms`);
  hold(`/readyz from the start of the process, median of ${starts}`, times.sort((a, b) => a - b)[Math.floor(starts / 2)], limits.ready, 'ms');
}

// use asks in both languages, so that all that a question needs was loaded once.
async function use(port, key) {
  const asked = ['Quel est le préavis du contrat de la laiterie ?', 'What is the hotel limit per night in the UK?', 'Combien de jours de télétravail ?', 'How do I report an incident?'];
  for (let i = 0; i < 20; i++) {
    const { status, body } = await call(port, 'POST', '/api/v1/ask', key, JSON.stringify({ question: asked[i % asked.length] }));
    if (status !== 200) throw new Error(`a question is answered with ${status}: ${body}`);
  }
}

function call(port, method, path, key, body) {
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  return new Promise((resolve, reject) => {
    // The throw-away box is its own authority, and nothing secret goes there.
    const r = request({ host: '127.0.0.1', port, method, path, headers, agent: false, rejectUnauthorized: false }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (b) => (text += b)).on('end', () => resolve({ status: res.statusCode, body: text }));
    });
    r.on('error', reject);
    r.end(body);
  });
}

function freePort() {
  return new Promise((resolve) => {
    const s = createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
