// Second factors in a real browser, with Chromium's virtual authenticator: an app's
// code, recovery codes, a key at sign-in, a passkey without a password, a page at
// another address, a cloned counter, a one-time link.
//     COFFRE=./coffre node factors.mjs [SCREENSHOTS]
import { createHmac } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { start } from './box.mjs';
import { away } from './watch.mjs';

const shots = process.argv[2];
if (shots) mkdirSync(shots, { recursive: true });
const port = process.env.PORT ?? '0';
const box = process.env.BOX ? JSON.parse(process.env.BOX) : await start(['demo', '--listen', `127.0.0.1:${port}`]);
const base = `https://localhost:${new URL(box.url).port}`;
const admin = box.accounts.find((a) => a.role === 'admin');
const [member, colleague] = box.accounts.filter((a) => a.role === 'member');
let failed = 0;
const check = (ok, what) => {
  if (!ok) failed += 1;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}`);
};

function totp(secret, step = Math.floor(Date.now() / 30000)) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replaceAll(' ', '')].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const at = Buffer.alloc(8);
  at.writeBigUInt64BE(BigInt(step));
  const sum = createHmac('sha1', key).update(at).digest();
  const from = sum[19] & 15;
  return String((sum.readUInt32BE(from) & 0x7fffffff) % 1e6).padStart(6, '0');
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--ignore-certificate-errors'] });

async function open(options = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'fr-FR', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  page.on('console', (m) => m.type() === 'error' && !/status of 4/.test(m.text()) && check(false, `console: ${m.text()}`));
  return { context, page };
}

async function authenticator(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return { cdp, id: authenticatorId };
}

async function shot(page, name) {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

async function signIn(page, who, at = base) {
  await page.goto(`${at}/signin`);
  await page.fill('[name=user]', who.name);
  await page.fill('[name=password]', who.password);
  await away(page, () => page.click('form[data-signin] button'));
}

const path = (page) => new URL(page.url()).pathname;
const text = (page) => page.textContent('main');

// An app: the QR code's secret, a wrong code, a right one, ten codes shown once.
const { page, context } = await open();
await signIn(page, member);
await page.goto(`${base}/account/factors`);
await shot(page, 'factors-none');
await page.goto(`${base}/account/factors/add`);
await shot(page, 'enroll');
const secret = (await page.textContent('#app-secret')).trim();
await page.fill('[name=code]', '000000');
await away(page, () => page.click('form:has([value=app]) button'));
check(await page.locator('.field .fault').first().isVisible(), 'a wrong code is refused beside its field');
check((await page.textContent('#app-secret')).trim() === secret, 'the secret stays the same after a wrong code');
await page.fill('[name=code]', totp(secret));
await page.click('form:has([value=app]) button');
await page.waitForSelector('.codes');
const codes = await page.locator('.codes li').allTextContents();
check(codes.length === 10, 'ten recovery codes are shown');
await shot(page, 'sheet');
await page.goto(`${base}/account/factors`);
check(!(await text(page)).includes(codes[0]), 'they are shown once');
await shot(page, 'factors');

// Sign-in: the password leads to the second factor and no further.
const second = await open();
await signIn(second.page, member);
check(path(second.page) === '/signin/factor', 'the password alone leads to the second factor');
await shot(second.page, 'step-factor');
await second.page.goto(`${base}/documents`);
check(path(second.page) === '/signin/factor', 'and to nothing else');
await second.page.fill('[name=code]', codes[0]);
await away(second.page, () => second.page.click('form:has([name=code]) button'));
check(path(second.page) === '/documents', 'a recovery code leads on to where one was going');
const third = await open();
await signIn(third.page, member);
await third.page.fill('[name=code]', codes[0]);
await away(third.page, () => third.page.click('form:has([name=code]) button'));
check(path(third.page) === '/signin/factor' && (await third.page.locator('.notice').count()) > 0, 'a recovery code holds once');
await third.page.fill('[name=code]', totp(secret, Math.floor(Date.now() / 30000) + 1));
await away(third.page, () => third.page.click('form:has([name=code]) button'));
check(['/', '/ask'].includes(path(third.page)), 'the code of the app opens');

// A key, which is a passkey too.
const key = await authenticator(page);
await page.goto(`${base}/account/factors/add`);
await page.fill('#key-name', 'clé bleue');
await page.click('form:has([value=key]) button');
await page.waitForURL('**/account/factors');
check((await text(page)).includes('clé bleue'), 'a key is registered under its name');
await shot(page, 'factors-key');
const { credentials } = await key.cdp.send('WebAuthn.getCredentials', { authenticatorId: key.id });
check(credentials.length === 1 && credentials[0].isResidentCredential && credentials[0].rpId === 'localhost', 'it is discoverable and bound to the name');
await page.click('form[action="/signout"] button').catch(() => context.clearCookies());
await signIn(page, member);
await page.click('form[data-passkey] button');
await page.waitForURL((u) => u.pathname === '/' || u.pathname === '/ask');
check(true, 'the key opens as a second factor');
await context.clearCookies();
await page.goto(`${base}/signin`);
await shot(page, 'signin');
await page.click('form[data-passkey] button');
await page.waitForURL((u) => u.pathname === '/' || u.pathname === '/ask');
check(true, 'the passkey opens without a password');

// Its counter goes back: two of it may exist.
const before = (await key.cdp.send('WebAuthn.getCredentials', { authenticatorId: key.id })).credentials[0];
await key.cdp.send('WebAuthn.removeCredential', { authenticatorId: key.id, credentialId: before.credentialId });
await key.cdp.send('WebAuthn.addCredential', { authenticatorId: key.id, credential: { ...before, signCount: 0 } });
await context.clearCookies();
await page.goto(`${base}/signin`);
await page.click('form[data-passkey] button');
await page.waitForURL('**/signin/passkey');
check((await text(page)).includes('bloquée'), 'a key whose counter goes back is blocked');
await shot(page, 'cloned');
const fourth = await open();
await signIn(fourth.page, member);
await fourth.page.fill('[name=code]', codes[1]);
await away(fourth.page, () => fourth.page.click('form:has([name=code]) button'));
check((await fourth.page.textContent('body')).includes('clé bleue'), 'and its owner is told');
await shot(fourth.page, 'alerts');

// Another address of the same box: no key is offered there.
const elsewhere = await open();
await elsewhere.page.goto(`https://127.0.0.1:${new URL(box.url).port}/signin`);
check((await elsewhere.page.locator('form[data-passkey]').count()) === 0, 'under an IP address no passkey is asked for');

// Somebody with a second factor: the only administrator can't open their account
// alone, and their page says what it takes.
const chief = await open({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
await signIn(chief.page, admin);
const personOf = async (who) => {
  await chief.page.goto(`${base}/people`);
  await chief.page.fill('[name=q]', who.name);
  await chief.page.keyboard.press('Enter');
  await chief.page.waitForURL('**/people?*');
  await shot(chief.page, 'people');
  await chief.page.locator('main li', { hasText: who.name }).locator('a.row-name').first().click();
  await chief.page.waitForURL('**/people/*');
};
const acts = { factors: 'form[action$="/factors/reset"]', link: 'form[action$="/reset"]:not([action*=factors])' };
await personOf(member);
check((await chief.page.locator('form[action$="/password"]').count()) === 0, 'no password is given to somebody with a second factor');
for (const form of Object.values(acts)) {
  const fold = chief.page.locator('details', { has: chief.page.locator(form) });
  await fold.locator('summary').click();
  await fold.locator('[name=reason]').fill('téléphone perdu en voyage');
  await fold.locator('[name=paper]').fill('PRIVATE+KEY+nothing');
}
await shot(chief.page, 'person-guarded');
await chief.page.locator(`${acts.factors} button`).click();
check((await text(chief.page)).includes('fiche papier'), 'a wrong paper key is refused');
await shot(chief.page, 'person-paper-key');
await fourth.page.goto(`${base}/documents`);
check(path(fourth.page) === '/documents', 'and nothing has happened to the person');

// A one-time link, made by the administrator for somebody without one.
const sixth = await open();
await signIn(sixth.page, colleague);
await personOf(colleague);
await shot(chief.page, 'person');
await chief.page.locator(`${acts.link} button`).click();
await chief.page.waitForSelector('#reset-link');
const link = (await chief.page.textContent('#reset-link')).trim();
await shot(chief.page, 'reset-link');
const fifth = await open();
await fifth.page.goto(link);
await shot(fifth.page, 'reset');
await fifth.page.fill('[name=new]', 'Liverpool-2024!');
await away(fifth.page, () => fifth.page.click('main form button'));
check((await text(fifth.page)).includes('publiés'), 'a published password is refused');
await fifth.page.fill('[name=new]', 'quatre moulins au bord du canal');
await away(fifth.page, () => fifth.page.click('main form button'));
check(path(fifth.page) === '/signin', 'a good one is taken');
await fifth.page.goto(link);
check((await fifth.page.locator('form[action^="/reset"]').count()) === 0, 'the link holds once');
await sixth.page.goto(`${base}/documents`);
check(path(sixth.page) === '/signin', 'the sessions of the account have ended');
await chief.page.goto(`${base}/settings/accounts`);
await shot(chief.page, 'accounts');
await chief.page.goto(`${base}/reauth?next=/people`);
await shot(chief.page, 'reauth');

await browser.close();
if (!process.env.BOX) await box.stop();
console.log(failed ? `${failed} failed` : 'all as expected');
process.exit(failed ? 1 : 0);
