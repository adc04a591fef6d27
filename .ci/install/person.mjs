// What the administrator of a new box does: the set-up link, a document, a question; and later the same question again. In seconds
// since the file was copied onto the machine.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, json, upload } from '../outside/box.mjs';

const { WORK, BEGUN, LINK, CA } = process.env;
const kept = join(WORK, 'key'), question = 'Quelle ancienneté faut-il pour télétravailler ?', password = 'correct-horse-battery';
const box = { url: 'https://127.0.0.1', ca: readFileSync(CA) };
const form = (fields) => new URLSearchParams(fields).toString();
const urlencoded = { 'Content-Type': 'application/x-www-form-urlencoded' };
const since = () => (Number(process.hrtime.bigint() - start) / 1e9 + before).toFixed(1);
const before = Date.now() / 1e3 - Number(BEGUN) / 1e9, start = process.hrtime.bigint();

await up();
if (process.argv[2] === 'first') await first();
else box.api_key = readFileSync(kept, 'utf8');
const answer = await ask();
if (process.argv[2] === 'first') {
  console.log(`install: ${since()} s from the file to the first cited answer: “${answer.citations[0].quote.slice(0, 70)}…”, page ${answer.citations[0].page ?? 1}`);
}

// up waits until the box answers.
async function up() {
  for (let tries = 0; ; tries++) {
    try {
      await call(box, 'GET', '/', { key: '' });
      return;
    } catch (err) {
      if (tries === 300) throw err;
      await new Promise((r) => setTimeout(r, 100));
    }
  }
}

async function first() {
  const token = new URL(LINK).searchParams.get('token');
  let res = await call(box, 'POST', '/setup', { headers: urlencoded, body: form({ token, firm: 'Atelier Ferrand', admin_name: 'Claire Ferrand', admin_user: 'claire', password, password_again: password }) });
  assert.ok(res.status < 400, `set-up: ${res.status} ${res.body}`);
  res = await call(box, 'POST', '/signin', { headers: urlencoded, body: form({ user: 'claire', password }) });
  assert.equal(res.status, 303);
  const Cookie = res.headers['set-cookie'].map((c) => c.split(';')[0]).join('; ');
  const made = await call(box, 'POST', '/api/v1/keys', { headers: { Cookie, 'Content-Type': 'application/json' }, body: JSON.stringify({ name: 'install', scopes: ['read', 'ask', 'write', 'admin', 'audit'] }) });
  assert.equal(made.status, 201, String(made.body));
  box.api_key = JSON.parse(made.body).secret;
  writeFileSync(kept, box.api_key, { mode: 0o600 });
  const { collections } = await json(box, 'GET', '/collections');
  await upload(box, 'charte-teletravail.pdf', readFileSync('testdata/demo/documents/charte-teletravail.pdf'), collections[0].id);
}

// ask waits until the document has been read, and checks that the answer leads to it.
async function ask() {
  for (let tries = 0; ; tries++) {
    const a = await json(box, 'POST', '/ask', { question });
    if (!a.abstained && a.citations.length > 0) {
      assert.match(a.citations.map((c) => c.quote).join(' '), /six mois d’ancienneté/);
      return a;
    }
    assert.ok(tries < 150, `no cited answer: ${JSON.stringify(a)}`);
    await new Promise((r) => setTimeout(r, 200));
  }
}
