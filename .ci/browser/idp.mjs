// A sign-in through a real Dex in a real browser (testdata/idp/browser_test.go starts Dex): an administrator adds it, a wrong
// password there, a first sign-in with PKCE that makes an account, this box's second factor where Dex proves none, sign-out, an
// account that is disabled here.
//     COFFRE=./coffre DEX=https://… DEX_CA=ca.pem DEX_CLIENT=… DEX_SECRET=… CONTROL=http://… node idp.mjs [SCREENSHOTS]
import { mkdirSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { start } from './box.mjs';

const { DEX, DEX_CA, DEX_CLIENT, DEX_SECRET, CONTROL } = process.env;
const shots = process.argv[2];
if (shots) mkdirSync(shots, { recursive: true });
const box = await start(['demo', '--listen', '127.0.0.1:0']);
const base = `https://localhost:${new URL(box.url).port}`;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--ignore-certificate-errors'] });
let failed = 0;
const check = (ok, what) => {
  if (!ok) failed += 1;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}`);
};
const path = (page) => new URL(page.url()).pathname;
const shot = async (page, name) => shots && page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });

async function open() {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'fr-FR', viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  page.on('console', (m) => m.type() === 'error' && page.url().startsWith(base) && !/status of 4/.test(m.text()) && check(false, `console: ${m.text()}`));
  return page;
}

// submit presses a button and waits until the browser has left for another page.
async function submit(page, button) {
  await Promise.all([page.waitForEvent('framenavigated'), button.click()]);
  await page.waitForLoadState('load');
}

const admin = await open();
const who = box.accounts.find((a) => a.role === 'admin');
await admin.goto(`${base}/signin`);
await admin.fill('[name=user]', who.name);
await admin.fill('[name=password]', who.password);
await submit(admin, admin.locator('main form:has([name=password]) button.primary'));

// saveDex fills the form that is open.
async function saveDex(fill) {
  await admin.locator('main details').evaluateAll((all) => all.forEach((d) => { d.open = true; }));
  await fill();
  await submit(admin, admin.locator('form[action="/settings/signin"] button.primary'));
}
await admin.goto(`${base}/settings/signin?new=oidc`);
const callback = (await admin.locator('#provider-callback').textContent()).trim();
await fetch(`${CONTROL}/?callback=${encodeURIComponent(callback)}`);
await saveDex(async () => {
  await admin.fill('[name=name]', 'Dex');
  await admin.fill('[name=issuer]', DEX);
  await admin.fill('[name=client_id]', DEX_CLIENT);
  await admin.fill('[name=value]', DEX_SECRET);
  await admin.fill('[name=ca]', readFileSync(DEX_CA, 'utf8'));
  await admin.check('[name=create]');
  await admin.check('[name=on]');
});
const edit = await admin.locator('a[href^="/settings/signin?edit="]').first().getAttribute('href').catch(() => '');
check(Boolean(edit), 'an administrator adds Dex on the page');
await shot(admin, 'provider');

// toDex goes to Dex by the button of the sign-in page, and returns what the box asked for.
async function toDex(page, at = '/signin') {
  await page.goto(`${base}${at}`);
  await Promise.all([page.waitForURL((u) => u.href.startsWith(DEX)), page.click('a[href^="/signin/oidc/"]')]);
  return page.waitForSelector('[name=password]');
}
async function atDex(page, password) {
  await page.fill('[name=login]', 'zoe@acme.test');
  await page.fill('[name=password]', password);
  await submit(page, page.locator('#submit-login'));
}

const zoe = await open();
let asked;
zoe.on('request', (r) => { if (r.url().startsWith(DEX) && r.url().includes('client_id=')) asked ??= new URL(r.url()).searchParams; });
await zoe.goto(`${base}/signin`);
await shot(zoe, 'signin');
await toDex(zoe, '/documents');
check(asked?.get('code_challenge_method') === 'S256' && asked.get('response_type') === 'code' && Boolean(asked.get('nonce')) && Boolean(asked.get('state')), 'the box asks for a code with PKCE, state and nonce');
await atDex(zoe, 'not the password');
check(zoe.url().startsWith(DEX), 'a wrong password stays at Dex');
await shot(zoe, 'dex-wrong');
await atDex(zoe, 'sept lampes de laiton');
await zoe.waitForURL((u) => u.href.startsWith(base));
check(path(zoe) === '/documents', `the first sign-in leads to where she was going (${path(zoe)})`);
await zoe.goto(`${base}/account`);
const account = await zoe.locator('main').innerText();
check(account.includes('zoe') && account.includes('Dex') && account.includes('Zoé Müller'), 'her account is made, and says where it comes from');
await shot(zoe, 'account');
await submit(zoe, zoe.locator('form[action="/signout"] button').first());
await zoe.goto(`${base}/documents`);
check(path(zoe) === '/signin', 'she is out after signing out');

// A second factor is asked of everybody: Dex proves none, so the box asks for its own, unless its record trusts Dex.
await admin.goto(`${base}/settings/accounts`);
await admin.selectOption('[name="auth.factor_required"]', 'everybody');
await submit(admin, admin.locator('form[action="/settings/accounts"] button.primary'));
const through = async (page) => {
  await toDex(page);
  await atDex(page, 'sept lampes de laiton');
  await page.waitForURL((u) => u.href.startsWith(base));
};
const second = await open();
await through(second);
check(path(second) === '/signin/enroll', `Dex proves no second factor: the box asks for its own (${path(second)})`);
await shot(second, 'enroll');
await second.goto(`${base}/documents`);
check(path(second) === '/signin/enroll', 'and nothing else opens');
await admin.goto(`${base}${edit}`);
await saveDex(() => admin.selectOption('[name=proof]', 'always'));
await shot(admin, 'provider-always');
const third = await open();
await through(third);
check(!path(third).startsWith('/signin'), `a provider that is always believed leads straight in (${path(third)})`);

// Disabled on the box: what is open ends, and Dex opens nothing.
const done = await admin.evaluate(async () => {
  const { users } = await (await fetch('/api/v1/users')).json();
  const { id } = users.find((u) => u.login === 'zoe');
  return (await fetch(`/people/${id}/disable`, { method: 'POST' })).status;
});
check(done === 200, `she is disabled on the box (${done})`);
await third.goto(`${base}/documents`);
check(path(third) === '/signin', 'her open session ends at the next page');
await through(third);
check(path(third) !== '/documents' && (await third.locator('main').innerText()).includes('Dex'), 'Dex opens nothing, and a sentence says so');
await shot(third, 'refused');
await third.goto(`${base}/documents`);
check(path(third) === '/signin', 'nothing is open');

await browser.close();
await box.stop();
console.log(failed ? `${failed} failed` : 'all as expected');
process.exit(failed ? 1 : 0);
