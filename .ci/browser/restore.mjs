// The walk of somebody whose box has burnt: a new box, the set-up link, the backup,
// the paper, and everybody signs in with the password from before.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './box.mjs';
import { visit } from './routes.mjs';
import { away, look, open } from './watch.mjs';

const binary = process.env.COFFRE ?? './coffre';
const password = 'correct-horse-battery';

// kept is a firm's backup, with what its paper says, and what happened after it:
// somebody was erased, and the journal went on. Its box has been trusted meanwhile.
async function kept(dir) {
  const data = join(dir, 'old');
  writeFileSync(join(dir, 'password'), password);
  const made = spawnSync(binary, ['init', '--firm', 'Atelier Ferrand', '--admin', 'claire', '--password-file', join(dir, 'password'), '--data', data], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  assert.equal(made.status, 0, made.stderr);
  const paper = made.stdout + made.stderr;
  const words = [...paper.matchAll(/\s{2}(\d{1,2}) (\p{L}+)/gu)].map(([, , w]) => w);
  assert.equal(words.length, 24);
  const keys = [...paper.matchAll(/PRIVATE\+KEY\+\S+/g)].map(([k]) => k);
  assert.equal(keys.length, 2);
  const run = (...args) => execFileSync(binary, [...args, '--data', data], { encoding: 'utf8' });
  const zoe = JSON.parse(run('user', 'add', 'zoe', '--password-file', join(dir, 'password'), '--json')).id;
  const served = await start(['serve', '--listen', '127.0.0.1:0'], data);
  await served.stop(true);
  run('backup', 'create', '--out', join(dir, 'b.age'));
  run('user', 'disable', 'zoe');
  writeFileSync(join(dir, 'erasures.jsonl'), JSON.stringify({ person: zoe, time: '2026-11-01T09:00:00Z', seq: 9, backups: -1 }) + '\n');
  return {
    file: join(dir, 'b.age'), words: words.join(' '), keys: keys.join('\n'),
    ledger: join(dir, 'erasures.jsonl'), later: run('audit', 'checkpoint'), authority: readFileSync(join(data, 'keys', 'ca.pem'), 'utf8'),
  };
}

// A box that begins again must come back where it was.
function freePort() {
  return new Promise((resolve) => {
    const s = createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });
}

// fromBackup walks in one language.
export async function fromBackup(browser, lang) {
  const dir = mkdtempSync(join(tmpdir(), 'coffre-paper-'));
  const old = await kept(dir);
  const box = await start(['serve', '--listen', `127.0.0.1:${await freePort()}`, '--lang', lang]);
  try {
    await walk(browser, lang, old, box, dir);
  } finally {
    await box.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

// ready waits until the box answers again; a page that asks meanwhile is refused the
// connection, which the walk would take for a fault.
async function ready(page, box) {
  for (const until = Date.now() + 120_000; Date.now() < until; await new Promise((r) => setTimeout(r, 200))) {
    if (await page.request.get(box.url + '/readyz').then((r) => r.ok(), () => false)) return;
  }
  throw new Error('the restored box is not ready');
}

async function walk(browser, lang, old, box, dir) {
  const page = await open(browser, lang, ['503', '401', '403', '404']);
  const shot = async (name) => {
    visit(page.url());
    await look(page, `restore-${name}`);
  };
  const submit = (action) => away(page, () => page.click(`form[action^="/setup/restore/${action}"] button`));

  await page.goto(box.setup);
  await away(page, () => page.click('main a[href^="/setup/restore"]'));
  await shot('begin');
  await page.fill('[name=path]', '/etc/passwd');
  await submit('path');
  await shot('path-refused');

  const cut = join(dir, 'cut.age');
  writeFileSync(cut, readFileSync(old.file).subarray(0, -5000));
  await page.setInputFiles('[name=file]', cut);
  await submit('file');
  await shot('file');
  await page.fill('[name=words]', 'abandon abandon');
  await page.fill('[name=keys]', old.keys);
  await submit('check');
  await shot('words-refused');
  assert.equal(await page.inputValue('[name=keys]'), '');
  await page.fill('[name=words]', old.words);
  await page.fill('[name=keys]', old.keys);
  await submit('check');
  await page.waitForSelector('form[action^="/setup/restore/file"]');
  await shot('cut');

  await page.setInputFiles('[name=file]', old.file);
  await submit('file');
  await page.fill('[name=words]', old.words);
  await page.fill('[name=keys]', old.keys);
  await page.setInputFiles('[name=ledger]', join(dir, 'password'));
  await submit('check');
  await shot('ledger-refused');
  await page.fill('[name=words]', old.words.slice(0, 40));
  await page.fill('[name=keys]', old.keys);
  await page.setInputFiles('[name=ledger]', old.ledger);
  await submit('check');
  await shot('ledger-kept');
  await page.fill('[name=words]', old.words);
  await page.fill('[name=keys]', old.keys);
  await page.click('details summary');
  await page.fill('[name=checkpoint]', old.later);
  await submit('check');
  await page.waitForSelector('form[action="/setup/restore/go"]');
  const found = await page.textContent('main');
  assert.match(found, /Atelier Ferrand/);
  assert.match(found, lang === 'fr' ? /1 effacement sera refait/ : /1 erasure will be replayed/);
  assert.match(found, lang === 'fr' ? /qui lui font confiance n’ont rien à changer/ : /computers that trust it need no change/);
  await shot('found');
  await page.check('[name=lost]');

  const readyz = '**/readyz';
  await page.route(readyz, (r) => r.fulfill({ status: 503 }));
  await submit('go');
  await shot('done');
  await ready(page, box);
  await page.unroute(readyz);
  await page.waitForURL('**/signin');
  await page.fill('[name=user]', 'claire');
  await page.fill('[name=password]', password);
  await away(page, () => page.click('main button.primary'));
  await page.goto(box.url + '/journal');
  assert.match(await page.textContent('main'), lang === 'fr' ? /Restauration d.une sauvegarde/ : /Backup restored/);
  assert.equal(await (await page.request.get(box.url + '/ca.pem')).text(), old.authority);
  await page.goto(box.url + '/people');
  assert.doesNotMatch(await page.textContent('main'), /zoe/);
  await page.goto(box.url + '/setup/restore?token=x');
  assert.match(await page.textContent('main'), /404/);
  await page.context().close();
}
