// SIGKILL at random moments of ingesting and asking. After each restart what
// was acknowledged must be there; at the end the chain must hold, every job be
// done and the index have caught up by itself.
//     COFFRE=./coffre COFFRE_KILLS=50 node .ci/outside/kill.mjs
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, json, start, upload } from './box.mjs';
import { entries } from './chain.mjs';

const kills = Number(process.env.COFFRE_KILLS ?? 50);
const work = mkdtempSync(join(tmpdir(), 'coffre-kill-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const data = join(work, 'data');
const wait = (ms) => new Promise((r) => setTimeout(r, ms));

// begin makes the box with one administrator, one key and one collection.
function begin() {
  const secret = join(work, 'password');
  writeFileSync(secret, 'cheval-agrafe-pile\n');
  const made = command('init', '--firm', 'Kill', '--admin', 'Ada', '--password-file', secret, '--data', data, '--json');
  assert.equal(made.code, 0, made.err);
  return JSON.parse(made.out).api_key;
}

const key = begin();
const acked = { documents: new Map(), answers: [] };
let collection;
let asked = 0;
let begun = 0;

// serve starts the box on the data that is there.
async function serve() {
  const box = await start(['serve', '--data', data, '--listen', '127.0.0.1:0'], join(data, 'keys/ca.pem'));
  box.api_key = key;
  if (!collection) {
    collection = (await json(box, 'POST', '/collections', { name: 'All', readers: ['everyone'], writers: ['everyone'] }, 201)).id;
  }
  return box;
}

// busy uploads and asks until the box is gone; what is answered is acknowledged.
async function busy(box, alive) {
  const put = async () => {
    while (alive()) {
      const word = 'w' + randomBytes(6).toString('hex');
      const text = `The password of the day is ${word}.\n\n`.padEnd(randomInt(100, 60_000), `Lorem ${word} ipsum. `);
      begun++;
      const made = await upload(box, word + '.txt', Buffer.from(text), collection);
      acked.documents.set(made.id, word);
    }
  };
  const ask = async () => {
    while (alive()) {
      const word = [...acked.documents.values()].at(-1) ?? 'nothing';
      asked++;
      const a = await json(box, 'POST', '/ask', { question: `What is the password of the day, is it ${word}?` });
      acked.answers.push(a.audit_seq);
    }
  };
  await Promise.allSettled([put(), put(), ask(), ask()]);
}

// present checks that what was acknowledged is there.
async function present(box) {
  const known = new Set();
  for (let cursor = ''; ; ) {
    const page = await json(box, 'GET', '/documents?limit=1000&cursor=' + encodeURIComponent(cursor));
    for (const d of page.documents) known.add(d.id);
    if (!(cursor = page.cursor)) break;
  }
  for (const id of acked.documents.keys()) assert.ok(known.has(id), `document ${id} was acknowledged and is gone`);
}

for (let i = 0; i < kills; i++) {
  const box = await serve();
  await present(box);
  let running = true;
  const done = busy(box, () => running);
  await wait(randomInt(0, 500));
  await box.kill();
  running = false;
  await done;
}

const box = await serve();
await present(box);
for (const until = Date.now() + 300_000; ; await wait(200)) {
  const { jobs } = await json(box, 'GET', '/jobs');
  const { applied, changed } = await json(box, 'GET', '/index');
  if (jobs.length === 0 && applied >= changed) break;
  assert.ok(jobs.every((j) => j.state !== 'failed'), 'a job failed');
  assert.ok(Date.now() < until, `after five minutes ${jobs.length} jobs wait, the index is at ${applied} of ${changed}`);
}
let found = 0;
for (const [id, word] of acked.documents) {
  if (found++ >= 200) break;
  const { hits } = await json(box, 'GET', '/search?q=' + word);
  assert.ok(hits.some((h) => h.document_id === id), `${word} is not found`);
}
const out = join(work, 'export.ndjson');
assert.equal(command('audit', 'export', '--out', out, '--data', data).code, 0);
const log = entries(readFileSync(out, 'utf8'));
const given = new Set(log.filter((e) => e.action === 'answer.give').map((e) => e.seq));
for (const seq of acked.answers) assert.ok(given.has(seq), `answer ${seq} was acknowledged and is not in the chain`);
assert.equal(log.filter((e) => e.action === 'question.ask').length, given.size, 'a question without an answer');
assert.equal(await box.stop(), 0);
assert.equal(command('audit', 'verify', '--data', data).code, 0);
console.log(
  `${kills} kills: ${acked.documents.size} of ${begun} uploads and ${acked.answers.length} of ${asked} answers were acknowledged, all are there; ${log.length} entries hold`,
);
process.exit(0);
