// The walk of an administrator who brings something back from a backup: a copy of the
// folder, the words of the paper, a document and a collection; then a file that the
// browser sends, with and without scripts.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './box.mjs';
import { visit } from './routes.mjs';
import { away, locales, look, open, signIn } from './watch.mjs';

const binary = process.env.COFFRE ?? './coffre';
const password = 'correct-horse-battery';
const at = '/settings/backups/back';

// fromCopy walks in one language.
export async function fromCopy(browser, lang) {
  const dir = mkdtempSync(join(tmpdir(), 'coffre-back-'));
  const box = await start(['serve', '--listen', '127.0.0.1:0', '--lang', lang]);
  try {
    await walk(browser, lang, box, dir);
  } finally {
    await box.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function walk(browser, lang, box, dir) {
  const page = await open(browser, lang, ['401', '422', '404', '403']);
  const shot = async (name) => {
    visit(page.url());
    await look(page, `back-${name}`);
  };
  const submit = (action, nth = 0) => away(page, () => page.locator(`form[action="${at}/${action}"] button`).nth(nth).click());
  const coffre = (...args) => execFileSync(binary, [...args, '--data', box.dir], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });

  const words = await setUp(page, box);
  const lost = fill(dir, coffre);
  await page.evaluate((id) => fetch(`/documents/${id}/delete`, { method: 'POST' }), lost);

  await page.goto(box.url + '/settings/backups');
  await away(page, () => page.click(`main a[href="${at}"]`));
  await shot('begin');
  await submit('copy');
  await shot('words');
  await page.fill('[name=words]', 'abandon abandon');
  await submit('open');
  await shot('words-refused');
  await give(page, submit, words);
  assert.doesNotMatch(await page.content(), new RegExp(words.slice(0, 30)));
  await shot('found');

  await page.fill('[name=q]', 'zzzz');
  await page.keyboard.press('Enter');
  await page.waitForURL('**q=zzzz*');
  await shot('none');
  await page.goto(box.url + at);
  await page.selectOption('[name=show]', 'all');
  await away(page, () => page.click('button[value=find]'));
  await shot('all');
  await page.locator('[name=document]').first().check();
  await away(page, () => page.click('button[value="2"]'));
  await page.locator('[name=document]').last().check();
  await away(page, () => page.click('button[value=plan]'));
  await shot('plan');
  await page.goto(box.url + at + '?page=2');
  await away(page, () => page.click('button[value=none]'));
  await page.fill('[name=q]', 'bail');
  await away(page, () => page.click('button[value=find]'));
  await page.locator('[name=document]').first().check();
  await away(page, () => page.click('button[value=plan]'));
  await shot('plan-one');
  await submit('take');
  await page.waitForSelector('main .items a[href^="/documents/"]');
  await shot('done');
  await away(page, () => page.click('main .items a[href^="/documents/"]'));
  assert.match(await page.textContent('main'), /bail/);

  await sent(page, box, dir, shot, submit, words, coffre);
  await beside(browser, lang, box);
  await page.goto(box.url + at);
  await submit('drop');
  await page.context().close();
  await plain(browser, lang, box, join(dir, 'b.age'), words);
}

// sent: a file that was cut, then a whole one.
async function sent(page, box, dir, shot, submit, words, coffre) {
  coffre('backup', 'create', '--out', join(dir, 'b.age'));
  writeFileSync(join(dir, 'cut.age'), readFileSync(join(dir, 'b.age')).subarray(0, -5000));
  await page.goto(box.url + at);
  await submit('drop');
  await page.setInputFiles('[name=file]', join(dir, 'cut.age'));
  await submit('file');
  await page.fill('[name=words]', words);
  await submit('open');
  await page.waitForSelector(`form[action="${at}/file"]`);
  await shot('cut');
  await page.setInputFiles('[name=file]', join(dir, 'b.age'));
  await submit('file');
  await give(page, submit, words);
  await shot('nothing-missing');
  await away(page, () => page.click('button[value=whole]'));
  await shot('plan-whole');
}

// beside: another session of the same person sees that one is open, and nothing of it.
async function beside(browser, lang, box) {
  const page = await open(browser, lang, ['404']);
  await signIn(page, box, { name: 'claire', password });
  await page.goto(box.url + at);
  assert.doesNotMatch(await page.textContent('main'), /bail|relev/i);
  await look(page, 'back-other');
  await page.context().close();
}

// plain does it all without scripts.
async function plain(browser, lang, box, file, words) {
  // Not watched: Chromium counts modules that it fetches ahead and may not run as failed.
  const page = await (await browser.newContext({ locale: locales[lang], ignoreHTTPSErrors: true, javaScriptEnabled: false })).newPage();
  await signIn(page, box, { name: 'claire', password });
  const press = async (selector) => {
    await page.click(selector);
    await page.waitForLoadState();
  };
  await page.goto(box.url + at);
  await page.setInputFiles('[name=file]', file);
  await press(`form[action="${at}/file"] button`);
  await page.fill('[name=words]', words);
  await press(`form[action="${at}/open"] button`);
  for (const until = Date.now() + 120_000; (await page.locator('#back-documents-title').count()) === 0 && Date.now() < until; ) {
    await press('noscript a, #back-runs-title');
    await page.goto(box.url + at);
  }
  await page.selectOption('[name=show]', 'all');
  await press('button[value=find]');
  await page.locator('[name=document]').first().check();
  await press('button[value=plan]');
  assert.equal(await page.locator(`form[action="${at}/take"]`).count(), 0); // it is there already
  await page.goto(box.url + at);
  await press(`form[action="${at}/drop"] button`);
  assert.match(page.url(), /\/settings\/backups$/);
  await page.context().close();
}

async function give(page, submit, words) {
  await page.fill('[name=words]', words);
  await submit('open');
  await page.waitForSelector('#back-documents-title');
}

// setUp makes the firm in the browser and returns the words of its paper.
async function setUp(page, box) {
  await page.goto(box.setup);
  for (const [name, value] of Object.entries({ firm: 'Atelier Ferrand', admin_name: 'Claire Ferrand', admin_user: 'claire', password, password_again: password })) await page.fill(`[name=${name}]`, value);
  await away(page, () => page.click('main button.primary'));
  const words = await page.$$eval('.paper-word', (all) => all.map((w) => w.textContent));
  assert.equal(words.length, 24);
  return words.join(' ');
}

// fill gives it documents and a copy of them all, and returns one that will be missed.
function fill(dir, coffre) {
  const files = join(dir, 'files');
  mkdirSync(files);
  for (let i = 0; i < 40; i++) writeFileSync(join(files, `releve-${i}.txt`), `Relevé numéro ${i} de l’atelier, assez long pour être lu et retrouvé.`);
  writeFileSync(join(files, 'bail.txt'), 'Le bail de l’atelier expire en mars, sauf reconduction.');
  const receipts = coffre('ingest', files, '--json').trim().split('\n').map((l) => JSON.parse(l));
  mkdirSync(join(dir, 'copies'));
  coffre('backup', 'copies', '--folder', join(dir, 'copies'));
  coffre('backup', 'copy');
  return receipts.find((r) => r.path.endsWith('bail.txt')).document_id;
}
