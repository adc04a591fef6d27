// How long it takes until what Samba's administrator does holds in the box: a member leaves a group, then an account is
// disabled. Search, question, open page, export, running stream and API key are looked at twice a second; each must end
// within a minute of the change.
//     COFFRE=./coffre COFFRE_TEST_AD=DIR node .ci/directory/leaver.mjs
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary, call, command, json, start, upload } from '../outside/box.mjs';

const ad = process.env.COFFRE_TEST_AD;
if (!ad) {
  console.log('needs COFFRE_TEST_AD, the directory of a running Samba: bash .ci/directories.sh says how to get one');
  process.exit(0);
}
const most = 60;
const password = 'Us3r-Pass-2026!';
const base = 'DC=lab,DC=coffre,DC=test';
const zoe = 'CN=Zoé Müller\\, (ext) *\\\\x,CN=Users,' + base;
const work = mkdtempSync(join(tmpdir(), 'coffre-leaver-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const data = join(work, 'data');

// modify changes the directory as its administrator does.
function modify(dn, lines, may = false) {
  const r = spawnSync('ldapmodify', ['-x', '-H', 'ldaps://127.0.10.1', '-D', 'Administrator@lab.coffre.test', '-w', 'Adm1n-Pass-2026!'],
    { input: `dn:: ${Buffer.from(dn).toString('base64')}\nchangetype: modify\n${lines}\n`, encoding: 'utf8', env: { ...process.env, LDAPTLS_CACERT: join(ad, 'pki', 'ca.pem') } });
  assert.ok(may || r.status === 0, r.stderr);
}
const member = (act) => `${act}: member\nmember:: ${Buffer.from(zoe).toString('base64')}`;
const account = (flags) => `replace: userAccountControl\nuserAccountControl: ${flags}`;
const group = 'CN=g-inner,CN=Users,' + base;
modify(group, member('add'), true);
modify(zoe, account(512));
process.on('exit', () => { modify(group, member('add'), true); modify(zoe, account(512), true); });

// A model that never comes to an end.
const model = createServer((req, res) => {
  let body = '';
  req.on('data', (b) => { body += b; });
  req.on('end', () => {
    res.setHeader('Content-Type', 'application/json');
    if (req.url === '/api/version') return res.end('{"version":"0.17.4"}');
    if (req.url === '/api/tags') return res.end('{"models":[{"name":"slow:latest","model":"slow:latest","size":1,"digest":"' + 'a'.repeat(64) + '","details":{}}]}');
    if (req.url === '/api/show') return res.end('{"capabilities":["completion"],"details":{},"model_info":{"general.architecture":"llama","llama.context_length":4096}}');
    if (req.url !== '/api/chat') { res.statusCode = 404; return res.end('{}'); }
    const timer = setInterval(() => res.write(JSON.stringify({ model: 'slow:latest', created_at: new Date().toISOString(), message: { role: 'assistant', content: 'encore ' }, done: false }) + '\n'), 400);
    res.on('close', () => clearInterval(timer));
  });
});
await new Promise((resolve) => model.listen(0, '127.0.0.1', resolve));

const box = await start(['demo', '--data', data, '--listen', '127.0.0.1:0']);
const set = (...pairs) => { const r = command('settings', 'set', ...pairs, '--data', data); assert.equal(r.code, 0, r.err); };
// The password is bound to the authority that vouches for the server: that comes first.
set('directory.ca_file=' + join(ad, 'pki', 'ca.pem'));
const put = spawnSync(binary, ['secret', 'put', 'directory', '--purpose', 'directory', '--address', 'ldaps://127.0.10.1', '--json', '--data', data], { input: password, encoding: 'utf8' });
assert.equal(put.status, 0, put.stderr);
set('directory.url=ldaps://127.0.10.1', 'directory.bind_dn=svc-bind@lab.coffre.test', 'directory.bind_secret=' + JSON.parse(put.stdout).id,
  'directory.base_dn=' + base, 'directory.allowed_groups=Domain Users', 'directory.roles=auditor: g-inner', 'directory.on=yes',
  'llm.url=http://127.0.0.1:' + model.address().port, 'llm.model=slow:latest');

async function signIn() {
  const body = new URLSearchParams({ user: 'LAB\\zoe', password }).toString();
  const res = await call(box, 'POST', '/signin', { key: '', body, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
  assert.equal(res.status, 303, 'zoe signs in: ' + res.status);
  return res.headers['set-cookie'].find((c) => c.startsWith('__Host-coffre')).split(';')[0];
}
let cookie = await signIn();
const groups = await json(box, 'GET', '/groups');
const inner = groups.groups.find((g) => g.name === 'g-inner');
const { users } = await json(box, 'GET', '/users');
const me = users.find((u) => u.login === box.accounts[0].name);
const made = await json(box, 'POST', '/collections', { name: 'Fusion', readers: ['group:' + inner.id], writers: ['user:' + me.id] }, 201);
const doc = await upload(box, 'fusion.md', Buffer.from('# Projet Ornithorynque\n\nLe projet Ornithorynque sera annoncé le 14 mars par la direction.\n'), made.id);
for (let d; d?.status !== 'ready'; await new Promise((r) => setTimeout(r, 100))) d = await json(box, 'GET', '/documents/' + doc.id);

const as = () => ({ key: '', headers: { Cookie: cookie } });
const get = async (path, options = as()) => (await call(box, 'GET', path, options)).status;
const finds = async (options) => {
  const res = await call(box, 'GET', '/api/v1/search?q=Ornithorynque', options);
  return res.status === 200 && JSON.parse(res.body).hits.some((h) => h.document_id === doc.id);
};
const question = JSON.stringify({ question: 'Quand le projet Ornithorynque sera-t-il annoncé ?', stream: true });

// stream asks and resolves once the first token is there, with a promise of its end.
function stream() {
  return new Promise((resolve, reject) => {
    const r = request(new URL('/api/v1/ask', box.url), { method: 'POST', ca: box.ca, headers: { Cookie: cookie, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(question) } }, (res) => {
      let seen = '';
      const ended = new Promise((end) => { res.on('end', end); res.on('error', end); res.on('close', end); });
      res.on('data', (b) => { seen += b; if (seen.includes('encore')) resolve({ ended, seen: () => seen }); });
      ended.then(() => reject(new Error('the stream ended before its first token: ' + seen.slice(-300))));
    });
    r.on('error', reject);
    r.end(question);
  });
}
const key = (await json(box, 'POST', '/keys', { name: 'k' }, 201, as())).secret;
const byKey = { key };

// until measures how long each thing still works.
async function until(what, looks, running) {
  const begun = Date.now();
  const took = {};
  running.ended.then(() => { took.stream = Date.now() - begun; });
  while (Date.now() - begun < (most + 5) * 1000 && Object.keys(took).length <= Object.keys(looks).length) {
    for (const [name, works] of Object.entries(looks)) {
      if (took[name] === undefined && !(await works())) took[name] = Date.now() - begun;
    }
    await new Promise((r) => setTimeout(r, 500));
  }
  for (const name of [...Object.keys(looks), 'stream']) {
    const s = took[name] === undefined ? '> ' + most : (took[name] / 1000).toFixed(1);
    console.log(`${what}: ${name} ends after ${s} s`);
    assert.ok(took[name] < most * 1000, `${name} still works a minute later`);
  }
}

let running = await stream();
for (const path of ['/documents/' + doc.id, '/api/v1/audit/export']) assert.equal(await get(path), 200, path);
assert.ok(await finds(as()) && await finds(byKey));
modify(group, member('delete'));
await until('left the group', {
  search: () => finds(as()),
  'open page': async () => (await get('/documents/' + doc.id)) === 200,
  content: async () => (await get(`/api/v1/documents/${doc.id}/content`)) === 200,
  export: async () => (await get('/api/v1/audit/export')) === 200,
  'search by API key': () => finds(byKey),
}, running);
set('llm.url=', 'llm.model=');
const said = await json(box, 'POST', '/ask', { question: 'Quand le projet Ornithorynque sera-t-il annoncé ?' }, 200, { key: '', headers: { Cookie: cookie, 'Content-Type': 'application/json' } });
assert.ok(!JSON.stringify(said).includes('14 mars') && said.citations.every((c) => c.document_id !== doc.id), 'a question still finds it');
console.log('left the group: a question finds nothing of it');
assert.equal(await get('/api/v1/collections'), 200, 'the account itself stays');

modify(group, member('add'));
assert.equal(command('directory', 'sync', '--data', data).code, 0);
set('llm.url=http://127.0.0.1:' + model.address().port, 'llm.model=slow:latest');
assert.ok(await finds(as()), 'back in the group');
running = await stream();
modify(zoe, account(514));
await until('disabled', {
  session: async () => (await get('/api/v1/collections')) === 200,
  page: async () => (await get('/documents')) === 200,
  'API key': async () => (await get('/api/v1/collections', byKey)) === 200,
}, running);
const last = await call(box, 'POST', '/signin', { key: '', body: new URLSearchParams({ user: 'zoe', password }).toString(), headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
assert.notEqual(last.status, 303, 'zoe comes in again');
await box.stop();
model.closeAllConnections();
model.close();
console.log('a leaver is out within a minute');
