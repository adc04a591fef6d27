// The auditor's verify.html in a real browser, opened from a file: its verdicts against the binary's on the
// shared samples, on generated chains, and on kits that somebody has tampered with; then the page itself, in
// both languages, themes and three widths. KIT_CASES chains are generated (300), from seed KIT_SEED.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { comparable } from '../../ui/kit/test/verifier.mjs';
import { archiveChecks, archivesIn } from './kit_archive.mjs';
import { kitChecks } from './kit_zip.mjs';
import { listen, look, problems } from './watch.mjs';

const root = join(import.meta.dirname, '../..');
const binary = resolve(process.env.COFFRE ?? './coffre');
const shared = join(process.env.COFFRE_SHARED ?? join(root, '../shared'), 'data/audit');
const work = mkdtempSync(join(tmpdir(), 'coffre-kit-'));
const run = promisify(execFile);
let passed = 0;

function go(args, env = {}) {
  const done = spawnSync('go', args, { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } });
  if (done.status !== 0) throw new Error(`go ${args.join(' ')}: ${done.stdout}${done.stderr}`);
}

function check(what, act) {
  return Promise.resolve().then(act).then(() => passed++, (err) => problems.push(`${what}: ${err.message.slice(0, 2000)}`));
}

// expected reads EXPECTED.tsv: file, verdict, and the flags that the verifier gets.
function expected(dir) {
  return readFileSync(join(dir, 'EXPECTED.tsv'), 'utf8').trim().split('\n').slice(1).map((row) => {
    const [file, verdict, flags = ''] = row.split('\t'), known = { key: '', checkpoint: '' };
    for (const [, name, value] of flags.matchAll(/--(key|checkpoint) (\S+)/g)) known[name] = join(dir, value);
    return { file: join(dir, file), verdict, ...known };
  });
}

async function askBinary(c) {
  const flags = [...(c.key ? ['--key', c.key] : []), ...(c.checkpoint ? ['--checkpoint', c.checkpoint] : [])];
  try {
    return JSON.parse((await run(binary, ['audit', 'verify', '--file', c.file, ...flags, '--json'])).stdout);
  } catch (err) {
    if (err.code !== 3) throw new Error(`${c.file}: exit ${err.code}: ${err.stderr}`);
    return JSON.parse(err.stdout);
  }
}

// askPage calls the verifier that the page holds, on the bytes themselves.
function askPage(page, c) {
  const job = { bytes: readFileSync(c.file).toString('base64'), firstKey: c.key && readFileSync(c.key, 'utf8'), notes: c.checkpoint ? [readFileSync(c.checkpoint, 'utf8')] : [] };
  return page.evaluate(({ bytes, firstKey, notes }) => {
    const raw = atob(bytes), b = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) b[i] = raw.charCodeAt(i);
    return window.coffreVerify(b, { firstKey, checkpoints: notes });
  }, job);
}

// sameVerdicts holds page, binary and table against each other, a few files at a time.
async function sameVerdicts(page, cases, name) {
  const queue = [...cases], counts = {};
  await Promise.all([1, 2, 3].map(async () => {
    for (let c = queue.shift(); c; c = queue.shift()) {
      await check(`${name}: ${c.file}`, async () => {
        const [theirs, ours] = [comparable(await askBinary(c)), comparable(await askPage(page, c))];
        assert.deepEqual(ours, theirs);
        assert.equal(ours.ok, c.verdict !== 'fault', `the table says ${c.verdict}`);
        assert.equal(ours.authentic, ours.ok && c.key !== '' && ours.authentic, 'authentic without a key');
        const what = ours.ok ? (ours.authentic ? 'authentic' : 'ok') : ours.fault;
        counts[what] = (counts[what] ?? 0) + 1;
      });
    }
  }));
  console.log(`${name}: ${cases.length} files, page and binary: ${Object.entries(counts).map(([k, n]) => `${k} ${n}`).join(', ')}`);
}

// looksAt walks the page as a person would, and lets watch.mjs look at each state.
async function looksAt(html) {
  const file = (name) => join(shared, name), key = readFileSync(file('first.key'), 'utf8');
  const states = [
    ['green', ['sound.ndjson'], key, 'green'], ['amber', ['sound-pruned.ndjson'], '', 'amber'], ['filtered', ['sound-filtered.ndjson'], key, 'green'],
    ['red', ['edited.ndjson'], key, 'red'], ['foreign', ['forged-from-genesis.ndjson'], key, 'red'], ['none', ['EXPECTED.tsv'], '', 'none'],
  ];
  for (const locale of ['fr-FR', 'en-GB']) {
    const context = await browser.newContext({ locale, viewport: { width: 1440, height: 900 } }), page = await context.newPage();
    listen(page, []);
    let requests = 0;
    page.on('request', (r) => r.url().startsWith('file:') || r.url().startsWith('blob:') || requests++);
    await page.goto(html);
    assert.equal(await page.getAttribute('html', 'lang'), locale.slice(0, 2));
    await look(page, `kit-${locale.slice(0, 2)}-empty`);
    for (const [name, names, given, verdict] of states) {
      await check(`page, ${locale}, ${name}`, async () => {
        await page.fill('#key', given);
        await page.setInputFiles('#files', names.map(file));
        await page.waitForSelector('#result:not([hidden])');
        assert.equal(await page.getAttribute('html', 'data-verdict'), verdict);
        await look(page, `kit-${locale.slice(0, 2)}-${name}`);
      });
    }
    await check(`page, ${locale}: language by the button`, async () => {
      await page.click('#language');
      assert.equal(await page.getAttribute('html', 'lang'), locale === 'fr-FR' ? 'en' : 'fr');
      assert.ok((await page.textContent('#headline')).length > 5);
    });
    await check(`page, ${locale}: no request`, () => assert.equal(requests, 0));
    await context.close();
  }
}

// restored: an honest restore holds, and says what was lost.
async function restored(chains) {
  const row = readFileSync(join(chains, 'CASES.tsv'), 'utf8').split('\n').map((r) => r.split('\t')).find(([, what]) => what === 'sound-restored');
  if (!row) return console.log('no restored chain among so few: KIT_CASES is too small');
  const page = await browser.newPage({ locale: 'en-GB' });
  await page.goto(url);
  await page.fill('#key', readFileSync(join(chains, row[0].replace('.ndjson', '.key')), 'utf8'));
  await page.setInputFiles('#files', join(chains, row[0]));
  await page.waitForSelector('#result:not([hidden])');
  assert.equal(await page.getAttribute('html', 'data-verdict'), 'amber');
  assert.match(await page.innerText('#result'), /a backup was restored[^]*are lost/);
  await look(page, 'kit-restored');
  await page.close();
}

// refusesNetwork: what the policy is for.
async function refusesNetwork(page) {
  const tried = await page.evaluate(async () => {
    const attempts = {};
    attempts.fetch = await fetch('http://127.0.0.1:9/').then(() => 'went out', () => 'refused');
    attempts.inline = await new Promise((done) => {
      const s = document.createElement('script');
      s.textContent = 'window.ran = true';
      document.body.append(s);
      setTimeout(() => done(window.ran ? 'ran' : 'refused'), 50);
    });
    const seen = [];
    document.addEventListener('securitypolicyviolation', (e) => seen.push(e.effectiveDirective));
    new Image().src = 'http://127.0.0.1:9/x.png';
    await new Promise((done) => setTimeout(done, 100));
    return { ...attempts, image: seen.join() };
  });
  assert.deepEqual(tried, { fetch: 'refused', inline: 'refused', image: 'img-src' });
}

const html = join(work, 'verify.html');
go(['run', './ui/kit/make', '-out', html]);
const url = pathToFileURL(html).href;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'] });
try {
  const page = await browser.newPage({ locale: 'fr-FR' });
  await page.goto(url);
  await check('policy', () => refusesNetwork(page));
  const chains = join(work, 'chains');
  go(['run', './chain/chaintest/gen', '-n', process.env.KIT_CASES ?? '300', '-seed', process.env.KIT_SEED ?? '1', '-out', chains]);
  if (existsSync(shared)) {
    assert.equal(expected(shared).length, readdirSync(shared).filter((n) => n.endsWith('.ndjson')).length, 'a sample without its verdict');
    await sameVerdicts(page, expected(shared), 'shared samples');
    await looksAt(url);
  } else console.log(`no samples at ${shared} (COFFRE_SHARED names the directory that holds data/audit): page not walked`);
  await sameVerdicts(page, expected(chains), 'generated chains');
  await check('a restored chain is amber', () => restored(chains));
  const folders = join(work, 'archives'), before = passed;
  go(['run', './chain/chaintest/gen', '-archives', process.env.KIT_ARCHIVES ?? '6', '-seed', process.env.KIT_SEED ?? '1', '-out', folders]);
  for (const [name, act] of archiveChecks(page, url, work, archivesIn(folders), askBinary)) await check('archive, ' + name, act);
  console.log(`archive folders: ${passed - before} verdicts, page and binary`);
  const kit = mkdtempSync(join(work, 'kit-'));
  go(['test', '-count=1', '-run', '^TestWriteKit$', './ui/kit'], { COFFRE_KIT_OUT: kit });
  for (const [name, act] of kitChecks(browser, url, kit, (file, bytes) => (writeFileSync(join(kit, file), bytes), join(kit, file)))) await check('kit, ' + name, act);
} finally {
  await browser.close();
  rmSync(work, { recursive: true, force: true });
}
for (const p of problems) console.log('PROBLEM ' + p);
console.log(`${passed} passed, ${problems.length} failed`);
process.exit(problems.length ? 1 : 0);
