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

// kept is a firm's backup, with what its paper says.
function kept(dir) {
  const data = join(dir, 'old');
  writeFileSync(join(dir, 'password'), password);
  const made = spawnSync(binary, ['init', '--firm', 'Atelier Ferrand', '--admin', 'claire', '--password-file', join(dir, 'password'), '--data', data], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  assert.equal(made.status, 0, made.stderr);
  const paper = made.stdout + made.stderr;
  const words = [...paper.matchAll(/\s{2}(\d{1,2}) (\p{L}+)/gu)].map(([, , w]) => w);
  assert.equal(words.length, 24);
  const keys = [...paper.matchAll(/PRIVATE\+KEY\+\S+/g)].map(([k]) => k);
  assert.equal(keys.length, 2);
  execFileSync(binary, ['backup', 'create', '--out', join(dir, 'b.age'), '--data', data]);
  return { file: join(dir, 'b.age'), words: words.join(' '), keys: keys.join('\n') };
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
  const old = kept(dir);
  const box = await start(['serve', '--listen', `127.0.0.1:${await freePort()}`, '--lang', lang]);
  try {
    await walk(browser, lang, old, box, dir);
  } finally {
    await box.stop();
    rmSync(dir, { recursive: true, force: true });
  }
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
  await submit('check');
  await page.waitForSelector('form[action="/setup/restore/go"]');
  assert.match(await page.textContent('main'), /Atelier Ferrand/);
  await shot('found');

  const readyz = '**/readyz';
  await page.route(readyz, (r) => r.fulfill({ status: 503 }));
  await submit('go');
  await shot('done');
  await page.unroute(readyz);
  await page.waitForURL('**/signin');
  await page.fill('[name=user]', 'claire');
  await page.fill('[name=password]', password);
  await away(page, () => page.click('main button.primary'));
  await page.goto(box.url + '/journal');
  assert.match(await page.textContent('main'), lang === 'fr' ? /Restauration d.une sauvegarde/ : /Backup restored/);
  await page.goto(box.url + '/setup/restore?token=x');
  assert.match(await page.textContent('main'), /404/);
  await page.context().close();
}
