// What somebody can check of a box who trusts neither it nor its makers: over
// REST and the command line, with programs of their own.
//     COFFRE=./coffre node .ci/outside/walk.mjs
// COFFRE_FLIPS: how many random flips in a copy of the database must end in a
// verdict (default 40).
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, command, json, program, start, upload } from './box.mjs';
import { entries } from './chain.mjs';
import { askAll } from './questions.mjs';

const tree = join(import.meta.dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'coffre-outside-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const data = join(work, 'data');
const exported = join(work, 'export.ndjson');
const flips = Number(process.env.COFFRE_FLIPS ?? 40);
// Floors of the question list without a model, a little under what was measured.
const leastAnswered = 57;
const leastRefused = 26;
let passed = 0;

async function check(what, fn) {
  const begun = Date.now();
  const said = await fn();
  passed++;
  console.log(`ok  ${what}${said ? ': ' + said : ''} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
}

let box;
await check('demo is ready', async () => {
  box = await start(['demo', '--data', data, '--listen', '127.0.0.1:0']);
  for (const name of ['url', 'tenant', 'api_key', 'ca_file', 'accounts']) assert.ok(box[name], name);
  return box.url;
});

const note = `# Local à vélos

Le local à vélos du bâtiment Cormoran ouvre à 6 h 45 et ferme à 21 h 10. Le code du cadenas commun est remis par l'accueil.

# Bike room

The bike room of the Cormorant building has 34 hooks. Two of them are kept for visitors.
`;
let uploaded;
await check('upload through REST', async () => {
  const { collections } = await json(box, 'GET', '/collections');
  const target = collections.find((c) => c.name === 'Général' || c.name === 'General');
  uploaded = await upload(box, 'local-velos.md', Buffer.from(note), target.id);
  const until = Date.now() + 60_000;
  for (let d; ; await new Promise((r) => setTimeout(r, 100))) {
    d = await json(box, 'GET', '/documents/' + uploaded.id);
    assert.notEqual(d.status, 'failed', d.code);
    if (d.status === 'ready') return `${d.versions[0].passages} passages`;
    assert.ok(Date.now() < until, 'not read after a minute');
  }
});

// quotesHold checks that each quote is the text at its range, byte for byte, and
// that a PDF's quote stands on the page named.
async function quotesHold(answer) {
  assert.equal(answer.abstained, false, 'abstained');
  assert.ok(answer.citations.length > 0, 'no citation');
  for (const c of answer.citations) {
    const path = `/api/v1/documents/${c.document_id}/content?version=${c.version}`;
    const text = await call(box, 'GET', path + '&as=text');
    assert.equal(text.status, 200);
    assert.equal(text.body.subarray(c.start, c.end).toString('utf8'), c.quote);
    if (c.page > 0) {
      const original = join(work, 'original.pdf');
      writeFileSync(original, (await call(box, 'GET', path + '&as=original')).body);
      const page = program('pdftotext', '-f', c.page, '-l', c.page, original, '-').out;
      const letters = (s) => s.normalize('NFKC').replace(/[^\p{L}\p{N}]/gu, '');
      assert.ok(letters(page).includes(letters(c.quote)), `page ${c.page} does not hold: ${c.quote}`);
    }
  }
  for (const s of answer.sentences) assert.ok(s.cites.length > 0, `no citation: ${s.text}`);
}

const given = [];
async function ask(question) {
  const answer = await json(box, 'POST', '/ask', { question });
  given.push(answer.audit_seq);
  return answer;
}
for (const [lang, question, expect] of [
  ['French', 'À quelle heure ferme le local à vélos du bâtiment Cormoran ?', '21 h 10'],
  ['English', 'How many hooks does the bike room of the Cormorant building have?', '34'],
  ['French, on a page of a PDF', 'Combien de jours de télétravail par semaine la charte permet-elle ?', ''],
]) {
  await check(`answer in ${lang}`, async () => {
    const answer = await ask(question);
    await quotesHold(answer);
    assert.ok(answer.answer.includes(expect), answer.answer);
    return answer.answer.slice(0, 80).replaceAll('\n', ' ');
  });
}

await check('nothing relevant: says so, with the nearest passages', async () => {
  const answer = await ask('Quelle est la capitale de la Mongolie ?');
  assert.equal(answer.abstained, true);
  assert.deepEqual(answer.citations, []);
});

await check('stream', async () => {
  const body = JSON.stringify({ question: 'À quelle heure ouvre le local à vélos ?', stream: true });
  const res = await call(box, 'POST', '/api/v1/ask', { headers: { 'Content-Type': 'application/json' }, body });
  assert.equal(res.headers['content-type'], 'text/event-stream');
  const events = [...String(res.body).matchAll(/^event: (\w+)$/gm)].map((m) => m[1]);
  assert.equal(events.at(-1), 'done');
  assert.ok(events.includes('passages') && events.includes('citation'), events.join(' '));
  return events.join(' ');
});

await check('without a key nothing is shown', async () => {
  for (const path of ['/documents', '/documents/' + uploaded.id, '/search?q=salaire', '/audit/entries', '/users', '/settings']) {
    const res = await call(box, 'GET', '/api/v1' + path, { key: '' });
    assert.equal(res.status, 401, path);
  }
});

await check('what the caller may not read is 404, and no search leads there', async () => {
  const hidden = JSON.parse(command('search', 'prime astreinte semaine', '--data', data, '--json').out.split('\n')[0]);
  const id = hidden.document_id;
  assert.equal((await call(box, 'GET', '/api/v1/documents/' + id)).status, 404);
  const { hits } = await json(box, 'GET', '/search?q=' + encodeURIComponent('prime astreinte semaine'));
  assert.ok(hits.every((h) => h.document_id !== id));
  assert.equal((await call(box, 'GET', '/api/v1/documents/nothing-of-that-name')).status, 404);
});

await check("the sample firm's questions", async () => {
  const { score, leaks } = await askAll(box, join(tree, 'testdata/demo/questions.jsonl'));
  assert.deepEqual(leaks, [], 'shown to somebody who may not read it');
  const line = Object.entries(score).map(([kind, [good, all]]) => `${kind} ${good}/${all}`).join(', ');
  assert.ok(score.answerable[0] >= leastAnswered && score.unanswerable[0] >= leastRefused, line);
  return line + ', nothing leaked';
});

let log;
await check('export, recomputed', async () => {
  const r = command('audit', 'export', '--out', exported, '--data', data, '--json');
  assert.equal(r.code, 0, r.err);
  log = entries(readFileSync(exported, 'utf8'));
  for (const seq of given) assert.equal(log.find((e) => e.seq === seq)?.action, 'answer.give', `audit_seq ${seq}`);
  return `${log.length} entries`;
});

await check('export, by the verifier in Python', async () => {
  const r = program('python3', join(tree, 'testdata/audit-verifier/verify.py'), exported);
  assert.equal(r.code, 0, r.out + r.err);
  assert.equal(JSON.parse(r.out).ok, true);
  return r.out.trim();
});

await check('audit verify: live, and of the file', async () => {
  for (const args of [['--data', data], ['--file', exported]]) {
    const r = command('audit', 'verify', ...args, '--json');
    assert.equal(r.code, 0, r.err);
    const report = JSON.parse(r.out);
    assert.equal(report.ok, true);
    assert.equal(report.authentic, false, 'authentic without a key from outside');
  }
});

await check('SIGTERM ends it cleanly', async () => assert.equal(await box.stop(), 0));

const db = join(data, 'tenants', box.tenant, 'store.db');
const sound = readFileSync(db);
const verify = () => {
  const r = command('audit', 'verify', '--data', data, '--json');
  return { code: r.code, report: r.out ? JSON.parse(r.out) : null, err: r.err };
};

await check('one byte of a payload changed: exit 3, naming the entry', async () => {
  const victim = log.find((e) => e.seq === given[0]);
  const bytes = Buffer.from(sound);
  for (let at = bytes.indexOf(victim.raw); at >= 0; at = bytes.indexOf(victim.raw, at + 1)) {
    bytes[at + victim.raw.indexOf('"outcome":"ok"') + 11] ^= 1;
  }
  writeFileSync(db, bytes);
  const r = verify();
  assert.equal(r.code, 3, r.err);
  assert.equal(r.report.first_fault, victim.seq);
  writeFileSync(db, sound);
  assert.equal(verify().code, 0);
  return `entry ${r.report.first_fault}, ${r.report.fault}`;
});

await check(`${flips} random flips anywhere: always a verdict`, async () => {
  const codes = {};
  copyFileSync(db, db + '.sound');
  for (let i = 0; i < flips; i++) {
    const bytes = Buffer.from(sound);
    bytes[randomInt(bytes.length)] ^= 1 << randomInt(8);
    writeFileSync(db, bytes);
    const r = verify();
    assert.ok(r.code === 0 || r.code === 3, `exit ${r.code}: ${r.err}`);
    codes[r.code] = (codes[r.code] ?? 0) + 1;
  }
  writeFileSync(db, sound);
  return JSON.stringify(codes);
});

console.log(`${passed} passed, 0 failed`);
process.exit(0);
