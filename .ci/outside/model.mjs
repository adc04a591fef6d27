// The same questions with a real model runtime: answers are written, checked
// and cited, and stopping one half-way is written down. It judges wiring, never
// the model: the one that CI has is tiny.
//     COFFRE=./coffre COFFRE_TEST_OLLAMA=http://127.0.0.1:11634 node .ci/outside/model.mjs
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, command, json, start } from './box.mjs';
import { entries } from './chain.mjs';

const work = mkdtempSync(join(tmpdir(), 'coffre-model-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const data = join(work, 'data');
const box = await start(['demo', '--data', data, '--listen', '127.0.0.1:0']);
const set = command('settings', 'set', 'llm.url=' + process.env.COFFRE_TEST_OLLAMA, 'llm.model=tinyllama', 'llm.num_ctx=2048', '--data', data);
assert.equal(set.code, 0, set.err);
const { models, reachable } = await json(box, 'GET', '/models');
assert.ok(reachable && models.some((m) => m.name.startsWith('tinyllama')), 'the runtime has no tinyllama');

let given;
for (const question of ['Combien de jours de télétravail par semaine la charte permet-elle ?', 'What is the hotel limit in London in the UK travel policy?']) {
  const begun = Date.now();
  const a = await json(box, 'POST', '/ask', { question });
  assert.equal(a.mode, 'model', JSON.stringify(a).slice(0, 400));
  assert.match(a.model, /^tinyllama/);
  assert.ok(a.answer.length > 0);
  for (const c of a.citations) {
    const text = await call(box, 'GET', `/api/v1/documents/${c.document_id}/content?as=text&version=${c.version}`);
    assert.equal(text.body.subarray(c.start, c.end).toString('utf8'), c.quote);
  }
  for (const s of a.sentences) assert.ok(s.supported || s.reason, 'neither supported nor told why: ' + s.text);
  const supported = a.sentences.filter((s) => s.supported).length;
  console.log(`ok  ${question} ${a.sentences.length} sentences, ${supported} supported, ${a.citations.length} citations (${((Date.now() - begun) / 1000).toFixed(0)} s)`);
  given = a.audit_seq;
}

// A reader who leaves at the first token.
await new Promise((resolve, reject) => {
  const body = JSON.stringify({ question: 'Quelles sont les règles du télétravail ?', stream: true });
  const headers = { Authorization: 'Bearer ' + box.api_key, 'Content-Type': 'application/json' };
  const r = request(new URL('/api/v1/ask', box.url), { method: 'POST', headers, ca: box.ca }, (res) => {
    res.on('data', (b) => {
      if (String(b).includes('event: token')) r.destroy();
    });
    res.on('close', resolve);
    res.on('error', () => {});
  });
  r.on('error', (e) => (e.code === 'ECONNRESET' ? resolve() : reject(e)));
  r.end(body);
});
const out = join(work, 'export.ndjson');
let last;
for (const until = Date.now() + 30_000; Date.now() < until; await new Promise((r) => setTimeout(r, 300))) {
  assert.equal(command('audit', 'export', '--out', out, '--data', data).code, 0);
  last = entries(readFileSync(out, 'utf8')).filter((e) => e.action === 'answer.give').at(-1);
  if (last.seq > given) break;
}
const detail = JSON.parse(last.raw).detail;
assert.ok(last.seq > given && detail.cut === true, 'the answer that was left is not written down: ' + last.raw);
assert.match(detail.model, /^tinyllama@[0-9a-f]{12}$/);
console.log(`ok  left half-way: entry ${last.seq} says so`);
assert.equal(await box.stop(), 0);
console.log('3 passed, 0 failed');
process.exit(0);
