// An hour of a firm's use at speed, in a namespace: set-up, a runtime on another machine, documents, questions, every page, some
// thousand requests (NETNS_REQUESTS), and what an attacker or a slip would have it reach. COFFRE and WORK come from watched.sh.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { call, json, upload } from '../outside/box.mjs';

const root = join(import.meta.dirname, '../..'), data = join(process.env.WORK, 'watched');
const runtime = 'http://10.77.0.2:11434', requests = Number(process.env.NETNS_REQUESTS ?? 3000);
const password = 'correct-horse-battery';
const form = (fields) => new URLSearchParams(fields).toString();
const urlencoded = { 'Content-Type': 'application/x-www-form-urlencoded' };

const child = spawn(process.env.COFFRE, ['serve', '--data', data, '--listen', '127.0.0.1:18752', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
let log = '';
child.stderr.on('data', (b) => (log += b));
const ready = await new Promise((resolve, reject) => {
  let out = '';
  child.stdout.on('data', (b) => { out += b; if (out.includes('\n')) resolve(JSON.parse(out.slice(0, out.indexOf('\n')))); });
  child.on('exit', (code) => reject(new Error(`coffre ended with ${code}: ${log}`)));
});
const box = { url: 'https://127.0.0.1:18752', ca: readFileSync(join(data, 'keys', 'ca.pem')) };
try {
  await use();
} catch (err) {
  console.log(log.slice(-4000));
  throw err;
} finally {
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function use() {
  await setUp();
  await json(box, 'PATCH', '/settings', { 'llm.url': runtime, 'llm.model': 'tiny:latest' });
  const { collections } = await json(box, 'GET', '/collections');
  const dir = join(root, 'testdata/demo/documents');
  const files = readdirSync(dir).filter((n) => /\.(pdf|docx|txt|md)$/.test(n)).slice(0, 8);
  for (const name of files) await upload(box, name, readFileSync(join(dir, name)), collections[0].id);
  for (let waited = 0; ; waited++) {
    const { jobs } = await json(box, 'GET', '/jobs');
    if (jobs.every((j) => j.state === 'failed')) break;
    assert.ok(waited < 1200, 'documents are still being read');
    await new Promise((r) => setTimeout(r, 100));
  }
  const seen = await mix(pages());
  await night();
  await attack();
  const s = await json(box, 'GET', '/egress');
  console.log(`netns: ${seen.total} requests, statuses ${JSON.stringify(seen.by)}; ways ${s.ways.map((w) => `${w.host}:${w.port} ${w.state}`)}`);
}

async function setUp() {
  const link = new URL(ready.setup ?? ready.setup_url);
  let res = await call(box, 'POST', '/setup', { headers: urlencoded, body: form({ token: link.searchParams.get('token'), firm: 'Atelier Ferrand', admin_name: 'Claire Ferrand', admin_user: 'claire', password, password_again: password }) });
  assert.ok(res.status < 400, `set-up: ${res.status} ${res.body}`);
  res = await call(box, 'POST', '/signin', { headers: urlencoded, body: form({ user: 'claire', password }) });
  assert.equal(res.status, 303);
  box.cookie = res.headers['set-cookie'].map((c) => c.split(';')[0]).join('; ');
  const made = await json(box, 'POST', '/keys', { name: 'netns', scopes: ['read', 'ask', 'write', 'admin', 'audit'] }, 201, { headers: { Cookie: box.cookie } }).catch(async () => {
    const r = await call(box, 'POST', '/api/v1/keys', { headers: { Cookie: box.cookie, 'Content-Type': 'application/json' }, body: JSON.stringify({ name: 'netns', scopes: ['read', 'ask', 'write', 'admin', 'audit'] }) });
    return JSON.parse(r.body);
  });
  box.api_key = made.secret;
}

// pages are the addresses that a person can open without an id.
function pages() {
  const found = new Set(['/', '/ask', '/documents?q=contrat', '/search?q=contrat']);
  const ui = join(root, 'ui');
  for (const name of readdirSync(ui).filter((n) => n.endsWith('.go') && !n.endsWith('_test.go'))) {
    for (const [, path] of readFileSync(join(ui, name), 'utf8').matchAll(/method:\s*"GET",\s*path:\s*"([^"]+)"/g)) {
      if (!path.includes('{') && !path.startsWith('/journal/export')) found.add(path);
    }
  }
  return [...found];
}

// mix makes requests, four at a time: pages in turn, searches, questions to the model.
async function mix(paths) {
  const by = {};
  let next = 0;
  const one = async () => {
    while (next < requests) {
      const n = next++;
      let res;
      if (n % 40 === 7) res = await call(box, 'POST', '/api/v1/ask', { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ question: `Quel est le préavis du contrat numéro ${n} ?` }) });
      else if (n % 5 === 3) res = await call(box, 'GET', `/api/v1/search?q=contrat+${n}`);
      else {
        const path = paths[n % paths.length];
        res = await call(box, 'GET', path, path.startsWith('/api/') ? {} : { headers: { Cookie: box.cookie }, key: '' });
      }
      by[res.status] = (by[res.status] ?? 0) + 1;
      assert.ok(res.status < 500, `request ${n}: ${res.status} ${res.body}`);
    }
  };
  await Promise.all([one(), one(), one(), one()]);
  return { total: next, by };
}

// night: what a box does without anybody, and an administrator by command: a backup while people work, a trial restore, the verification, a
// new signing key, the auditor's kit.
async function night() {
  const file = join(process.env.WORK, 'b.age');
  const coffre = (...args) => new Promise((resolve, reject) => {
    const c = spawn(process.env.COFFRE, [...args, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const s of [c.stdout, c.stderr]) s.on('data', (b) => (said += b));
    c.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`coffre ${args.join(' ')}: ${code} ${said}`))));
  });
  const working = Promise.all(Array.from({ length: 40 }, (_, n) => call(box, 'GET', `/api/v1/search?q=nuit+${n}`)));
  await coffre('backup', 'create', '--out', file);
  await working;
  assert.ok(statSync(file).size > 100_000, 'the backup is empty');
  await coffre('backup', 'drill');
  await coffre('audit', 'verify');
  await coffre('audit', 'kit', '--out', join(process.env.WORK, 'kit.zip'));
  await json(box, 'POST', '/audit/keys', {}, 201);
  const { backups } = await json(box, 'GET', '/backups');
  assert.ok(backups.some((b) => b.way === 'file' && b.state === 'done'), JSON.stringify(backups));
  console.log('netns: backup, trial restore, verification, kit and a new signing key');
}

// attack: settings that must be refused, a runtime that leads elsewhere, names nobody may ask for.
async function attack() {
  const set = (value, want) => json(box, 'PATCH', '/settings', value, want);
  for (const url of ['http://0x0a4d0042', 'http://172818498', 'http://10.77.66', 'http://0.0.0.0:80', 'http://user@10.77.0.66', 'http://10.77.0.2:0']) await set({ 'llm.url': url }, 422);
  await set({ 'llm.url': runtime + '/away' }); // answers every call with a redirect to 10.77.0.66
  for (let i = 0; i < 20; i++) await call(box, 'GET', '/api/v1/models');
  await call(box, 'POST', '/api/v1/ask', { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ question: 'Quel est le préavis ?' }) });
  await json(box, 'PUT', '/egress/air-gap', { on: true, lan: ['10.77.0.2'] });
  for (const url of ['http://secret-7f3a.attacker.example', 'http://10.77.0.66:11434', 'http://[fd77::66]', 'http://[64:ff9b::10.77.0.66]']) await set({ 'llm.url': url }, 422);
  await json(box, 'PUT', '/audit/forward', { host: 'siem.attacker.example', port: 6514 }, 422);
  await set({ 'llm.url': runtime });
  await json(box, 'POST', '/egress/close', { host: '10.77.0.2', port: 11434 });
  for (let i = 0; i < 50; i++) await call(box, 'GET', '/api/v1/models');
  const shut = await json(box, 'GET', '/egress');
  assert.ok(shut.refused.some((r) => r.host === '10.77.0.2' && r.count >= 10), JSON.stringify(shut.refused));
  await json(box, 'POST', '/egress/open', { host: '10.77.0.2', port: 11434 });
  await json(box, 'PUT', '/egress/air-gap', { on: false });
  await json(box, 'GET', '/models');
}
