// Every page of a box at work, as an administrator, a member, an auditor and
// somebody who isn't signed in. What only a new firm sees is in firm.mjs.
import assert from 'node:assert/strict';
import { start } from './box.mjs';
import { call, upload } from './rest.mjs';
import { visit } from './routes.mjs';
import { look, open, signIn } from './watch.mjs';

const expected = ['404', '422', '401'];

// prepare gives the sample firm what its pages can show beside the usual: a
// document that failed, one in the bin, a key.
export async function prepare(box) {
  const { collections } = await call(box, 'GET', '/collections');
  const writable = collections.find((c) => c.name === 'Finance') ?? collections[0];
  const failed = await upload(box, writable.id, 'abime.pdf', '%PDF-1.7 et puis rien');
  const gone = await upload(box, writable.id, 'brouillon.txt', 'Un brouillon que personne ne lira plus, assez long pour être lu.');
  await call(box, 'DELETE', `/documents/${gone.id}`);
  await call(box, 'POST', '/keys', { name: 'walk' });
  const { documents } = await call(box, 'GET', '/documents?limit=200');
  const { users } = await call(box, 'GET', '/users');
  const { groups } = await call(box, 'GET', '/groups');
  const named = (part) => documents.find((d) => d.title.includes(part)).id;
  return {
    person: users[0].id, group: groups[0].id, collection: writable.id, failed: failed.id, gone: gone.id, pdf: named('RE-2026-02'), docx: named('Règlement intérieur'), table: named('Notes de frais, premier'),
  };
}

const asked = {
  fr: { answered: 'Quel est le préavis pour dénoncer le contrat de la laiterie ?', nothing: 'Quelle est la capitale de la Mongolie ?', find: 'préavis', odd: ['remboursment', '"notes de frais"', 'contrat -laiterie'] },
  en: { answered: 'What is the hotel limit per night in the UK outside London?', nothing: 'What is the capital of Mongolia?', find: 'notice', odd: ['holliday', '"annual leave"', 'leave -sick'] },
};

// asRole looks at what a role sees, in one language.
export async function asRole(browser, box, made, lang, role) {
  const page = await open(browser, lang, expected);
  if (role !== 'nobody') await signIn(page, box, box.accounts.find((a) => a.role === role));
  const at = async (path, name = path.slice(1).replace(/\W+/g, '-')) => {
    await page.goto(box.url + path);
    await see(page, `${role}-${name}`);
  };
  await { admin, member, auditor, nobody }[role](page, at, made, asked[lang]);
  await page.context().close();
}

async function see(page, name) {
  visit(page.url());
  await look(page, name);
}

async function ask(page, at, question, name) {
  await page.goto(new URL('/ask', page.url()).href);
  await page.fill('#question', question);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/ask/*');
  await page.waitForLoadState('networkidle');
  await see(page, `${name}-streamed`);
  await page.reload(); // as the server draws it
  await see(page, name);
}

async function admin(page, at, made, q) {
  await at('/ask');
  await ask(page, at, q.answered, 'admin-answer');
  await ask(page, at, q.nothing, 'admin-abstained');
  for (const path of ['/documents', '/documents?bin=1', '/documents?q=zzzz', '/search', `/search?q=${q.find}`, '/search?q=zzzz']) await at(path);
  for (const odd of q.odd) await at(`/search?q=${encodeURIComponent(odd)}`, `search-${q.odd.indexOf(odd)}`); // a typo, a phrase, a word left out
  await page.goto(new URL(`/search?q=${q.find}`, page.url()).href);
  await openAll(page);
  await see(page, 'admin-search-why');
  await documents(page, at, made, q);
  for (const path of ['/collections', '/groups', '/people', '/people?q=zzzz', `/people/${made.person}`, `/groups/${made.group}`, `/groups/${made.group}?find=a`, `/collections/${made.collection}`, `/access?group=${made.group}`, `/access?collection=${made.collection}`, `/access?person=${made.person}`, '/people/import', `/people/${made.person}/sessions`, `/people/${made.person}/identities`, '/access', '/keys', '/account', '/account/sessions', '/settings/administration', '/signin/break-glass', '/settings', '/settings/models', '/settings/record', '/settings/forward', '/settings/alerts', '/settings/inbox', '/settings/egress', '/settings/hardened', '/settings/tls', '/settings/update', '/settings/box', '/settings/backups', '/settings/firm', '/health', '/settings/secrets', '/settings/directory', '/settings/directory/preview', '/settings/signin', '/settings/signin?new=entra', '/settings/signin?new=saml', '/settings/accounts', '/journal', '/journal?class=document', '/retention', '/notice', '/journal/witnesses', '/journal/keys', '/design', '/missing']) await at(path);
  await watches(page);
  await quality(page, at);
  await groups(page);
  await page.keyboard.press('Control+k');
  await page.locator('[data-palette] [data-item]:visible').first().waitFor();
  await see(page, 'admin-palette');
  await page.keyboard.press('Escape');
  await page.locator('[data-palette]').waitFor({ state: 'hidden' }); // the browser closes it in its own time
  await page.keyboard.press('?');
  await page.waitForSelector('[data-keys][open]');
  await see(page, 'admin-keys-dialog');
}

// groups: somebody is looked for, ticked, and the effect is seen before it is saved.
async function groups(page) {
  await page.goto(new URL('/groups', page.url()).href);
  await page.locator('main a.row-name').last().click();
  await page.waitForURL('**/groups/*');
  const box = page.locator('form[action$="/members"] input[type=checkbox]').first();
  if ((await box.count()) === 0) return;
  await box.check();
  await page.locator('form[action$="/members"]:has(input[type=checkbox]) button').click();
  await page.waitForLoadState();
  await look(page, 'admin-group-effect');
}

async function documents(page, at, made, q) {
  await at(`/documents/${made.pdf}`, 'document-pdf');
  await at(`/documents/${made.pdf}?view=text`, 'document-pdf-text');
  await at(`/documents/${made.docx}`, 'document-docx');
  await at(`/documents/${made.gone}`, 'document-gone');
  await at(`/documents/${made.failed}`, 'document-failed');
  await page.goto(new URL(`/search?q=${q.find}`, page.url()).href);
  await page.locator('main a[href^="/documents/"]').first().click();
  await page.waitForURL('**/documents/*');
  await see(page, 'admin-document-passage');
}

// quality: the list with its history, a question, one that is refused, a run.
async function quality(page, at) {
  await at('/quality');
  await openAll(page);
  await see(page, 'admin-quality-open');
  await page.locator('#questions a').first().click();
  await page.waitForURL('**/quality/questions/*');
  await see(page, 'admin-quality-question');
  await page.goto(new URL('/quality', page.url()).href);
  await page.locator('a[href^="/quality/runs/"]').first().click();
  await page.waitForURL('**/quality/runs/*');
  await see(page, 'admin-quality-run');
  await at('/quality/questions/new');
  await page.fill('[name=question]', 'Combien ?');
  await page.fill('#field-filter', 'zzzz');
  await page.locator('#expected-list p').waitFor();
  await page.locator('.quality-form button.primary').click();
  await page.waitForSelector('main .fault');
  await see(page, 'admin-quality-refused');
}

function openAll(page) {
  return page.evaluate(() => document.querySelectorAll('main details').forEach((d) => (d.open = true)));
}

async function member(page, at, made, q) {
  await at('/ask');
  await at('/documents');
  await at('/search?q=' + q.find);
  await at(`/documents/${made.docx}`, 'document');
  for (const path of ['/settings', '/account/factors', '/account/factors/add', '/reauth', '/keys', '/people', '/journal']) await at(path);
}

async function auditor(page, at) {
  for (const path of ['/ask', '/documents', '/settings', '/settings/record', '/keys', '/people']) await at(path);
  for (const path of ['/retention', '/retention/search', '/notice', '/journal/keys']) await at(path);
  await witnesses(page, at);
  await at('/journal');
  await page.locator('form[action="/journal/export"] button[value=csv]').waitFor();
  await page.locator('form[action="/journal/verify"] button.primary').click();
  await page.waitForSelector('[data-verdict=sound]');
  await openAll(page);
  await see(page, 'auditor-journal-verified');
  await outside(page);
  await exported(page);
  await tampered(page, at);
}

// tampered does each thing to a copy that the demonstration offers. The clumsy ones
// are red by themselves, the careful ones against a checkpoint kept elsewhere.
async function tampered(page, at) {
  await at('/journal/tamper');
  await page.fill('#tamper-entry', '999999');
  await page.locator('form[action="/journal/tamper"] button.primary').click();
  await page.waitForSelector('#tamper-entry[aria-invalid=true]');
  await see(page, 'auditor-tamper-refused');
  const kinds = await page.locator('[name=kind]').evaluateAll((all) => all.map((e) => e.value));
  assert.ok(kinds.length >= 5, `only ${kinds} can be done to a copy`);
  for (const kind of kinds) {
    await page.goto(new URL('/journal/tamper', page.url()).href);
    await page.check(`#kind-${kind}`);
    await page.locator('form[action="/journal/tamper"] button.primary').click();
    await page.waitForSelector('.tamper-end'); // the page's end: what stands before it has been read
    const careful = await page.locator('#compared-title').count();
    assert.equal(careful, ['cut', 'rewrite'].includes(kind) ? 1 : 0, `${kind}: ${careful} comparisons`);
    const last = page.locator('.verdict').last();
    assert.equal(await last.getAttribute('data-verdict'), 'fault', `${kind} is not found`);
    await see(page, `auditor-tampered-${kind}`);
  }
}

// outside: what is given beside the journal, refused and contradicted.
async function outside(page) {
  const form = page.locator('form[action="/journal/verify"]').last();
  const give = async (key, checkpoint, until) => {
    await page.goto(new URL('/journal', page.url()).href);
    await openAll(page);
    await page.fill('#verify-key', key);
    await page.fill('#verify-checkpoint', checkpoint);
    await form.locator('button').click();
    await page.waitForSelector(until);
    await openAll(page);
  };
  await give('nonsense', 'nonsense', '#verify-key[aria-invalid=true]');
  await see(page, 'auditor-verify-refused');
  const foreign = 'coffre.audit/acme-notaires/752f7d206962df9d+1b675fa5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4';
  await give(foreign, '', '[data-verdict=fault]');
  await see(page, 'auditor-verify-fault');
}

// exported: the file of this session, which is offered again.
async function exported(page) {
  await page.goto(new URL('/journal?outcome=denied', page.url()).href);
  await see(page, 'auditor-journal-filtered');
  await page.goto(new URL('/journal', page.url()).href);
  const file = page.waitForEvent('download');
  await page.locator('form[action="/journal/export"] button[value=csv]').click();
  await (await file).path();
  await page.goto(new URL('/journal', page.url()).href);
  await page.waitForSelector('a[href="/journal/export/file"]');
  await see(page, 'auditor-exported');
}

// witnesses: the page as it is, with an update and its QR codes, and with what it refuses.
async function witnesses(page, at) {
  await at('/journal/witnesses');
  await page.locator('form[action="/journal/witnesses"][method=get] button').click();
  await page.waitForSelector('main svg.code');
  await openAll(page);
  await see(page, 'auditor-witness-update');
  await page.goto(new URL('/journal/witnesses', page.url()).href);
  await page.fill('form[action="/journal/witnesses"][method=post] [name=key]', 'nonsense');
  await page.locator('form[action="/journal/witnesses"][method=post] button').click();
  await page.waitForSelector('main [aria-invalid=true]');
  await see(page, 'auditor-witness-refused');
}

// watches: what is refused, then another box's journal that this one witnesses, and the block that it shows.
async function watches(page) {
  const add = async (keys, until) => {
    await page.goto(new URL('/journal/witnesses', page.url()).href);
    await page.fill('#watch-keys', keys);
    await page.locator('form[action="/journal/watches"] button').click();
    await page.waitForSelector(until);
  };
  await add('nonsense', '#watch-keys[aria-invalid=true]');
  await see(page, 'admin-watch-refused');
  if (await page.locator('#box-block').count()) return;
  await add('coffre-log/v1\nfirst-key coffre.audit/acme-notaires/752f7d206962df9d+1b675fa5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n', '#box-block');
  await see(page, 'admin-watching');
}

async function nobody(page, at) {
  await at('/signin');
  await at('/missing');
  await page.goto(new URL('/documents', page.url()).href);
  await see(page, 'nobody-documents');
}

// guests looks at the public demonstration, which nobody signs in to.
export async function guests(browser, lang) {
  const box = await start(['demo', '--public', '--listen', '127.0.0.1:0', '--lang', lang]);
  try {
    const page = await open(browser, lang, expected);
    await page.goto(box.url + '/visit');
    await see(page, 'guest-visit');
    await Promise.all([page.waitForURL((u) => u.pathname !== '/visit'), page.locator('button[name=as]').first().click()]);
    for (const path of ['/ask', '/documents', '/settings', '/visit']) {
      await page.goto(box.url + path);
      await see(page, 'guest-in' + path.replace('/', '-'));
    }
    await page.context().close();
  } finally {
    await box.stop();
  }
}
