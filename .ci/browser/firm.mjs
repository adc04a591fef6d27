// The walk of a new firm: set-up, sign-in, upload, ask, open the citation,
// verify. It sees the pages as they are when nothing is there yet, and refusals.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { start } from './box.mjs';
import { visit } from './routes.mjs';
import { away, look, open } from './watch.mjs';

const files = join(import.meta.dirname, '../../testdata/demo/documents');
const password = 'correct-horse-battery';

const tongues = {
  fr: {
    file: 'contrat-laiterie.pdf',
    question: 'Quel est le préavis pour dénoncer le contrat de la laiterie ?',
    expect: 'trois mois',
    nothing: 'Quelle est la capitale de la Mongolie ?',
  },
  en: {
    file: 'uk-travel-policy.docx',
    question: 'What is the hotel limit per night in the UK outside London?',
    expect: '£105',
    nothing: 'What is the capital of Mongolia?',
  },
};

// newFirm walks in one language.
export async function newFirm(browser, lang) {
  const box = await start(['serve', '--listen', '127.0.0.1:0', '--lang', lang]);
  try {
    await walk(browser, lang, tongues[lang], box);
  } finally {
    await box.stop();
  }
}

async function walk(browser, lang, t, box) {
  const page = await open(browser, lang, ['401', '422', '404', '403']);
  const context = page.context();
  const shot = async (name) => {
    visit(page.url());
    await look(page, `firm-${name}`);
  };

  await page.goto(box.setup);
  assert.equal(await page.getAttribute('html', 'lang'), lang);
  await shot('setup');
  await page.fill('[name=firm]', 'Atelier Ferrand');
  await page.fill('[name=admin_name]', 'Claire Ferrand');
  await page.fill('[name=admin_user]', 'claire');
  await page.fill('[name=password]', 'court');
  await page.fill('[name=password_again]', 'court');
  await page.evaluate(() => document.querySelectorAll('form').forEach((f) => (f.noValidate = true)));
  await away(page, () => page.click('main button.primary'));
  await shot('setup-refused');
  await page.fill('[name=password]', password);
  await page.fill('[name=password_again]', password);
  await away(page, () => page.click('main button.primary'));
  assert.match(await page.textContent('main'), /PRIVATE\+KEY\+/);
  await shot('kit');
  const paper = await page.$$eval('.paper-word', (all) => all.map((w) => w.textContent));
  assert.equal(paper.length, 24);
  const asked = await page.$$eval('[name^=word-]', (all) => all.map((i) => i.name));
  for (const name of asked) await page.fill(`[name=${name}]`, 'autre');
  await away(page, () => page.click('form[action="/settings/backups/kit/confirm"] button'));
  await shot('kit-refused');
  for (const name of asked) await page.fill(`[name=${name}]`, paper[name.slice(5) - 1]);
  await away(page, () => page.click('form[action="/settings/backups/kit/confirm"] button'));
  await shot('kit-confirmed');

  await context.clearCookies({ name: '__Host-coffre' });
  await page.goto(box.url + '/documents');
  assert.match(page.url(), /\/signin\?next=/);
  await shot('signin');
  await page.fill('[name=user]', 'claire');
  await page.fill('[name=password]', 'wrong-password');
  await away(page, () => page.click('main button.primary'));
  await shot('signin-refused');
  await page.fill('[name=password]', password);
  await page.click('main button.primary');
  await page.waitForURL('**/documents');
  await shot('documents-empty');

  await page.goto(box.url + '/collections');
  await shot('collections-empty');
  await addCollection(page, box, 'Commun');
  await shot('collections');

  await page.goto(box.url + '/documents');
  await page.setInputFiles('input[type=file]', [join(files, t.file), join(files, 'bon-intervention-scan.pdf')]);
  await page.waitForSelector('text=/' + (lang === 'fr' ? 'Prêt' : 'Ready') + '/i');
  await page.waitForFunction(() => !document.querySelector('main [data-busy], main .busy-dot'), null, { timeout: 180_000 }).catch(() => {});
  await page.waitForTimeout(3000);
  await page.reload();
  await shot('documents');

  await page.goto(box.url + '/ask');
  await shot('ask-empty');
  await page.fill('#question', t.question);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/ask/*');
  await page.waitForSelector('main >> text=' + t.expect);
  await shot('ask');
  const chip = page.locator('main a.chip').first();
  await chip.click();
  await shot('ask-source');
  await page.locator('main a[href*="/documents/"]').first().click();
  await page.waitForURL('**/documents/*');
  const mark = page.locator('main mark').first();
  await mark.waitFor();
  assert.ok(await mark.isVisible());
  if (t.file.endsWith('.pdf')) {
    await page.waitForSelector('.picture-marks rect');
    await shot('document-pages');
    await page.keyboard.press('+');
    await page.waitForSelector('.pages.zoom-100');
    await shot('document-pages-100');
    await page.locator('.view-switch a').last().click();
    await page.waitForSelector('main .sheet mark');
  }
  await shot('document');

  await page.goto(box.url + '/ask');
  await page.fill('#question', t.nothing);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/ask/*');
  await page.waitForLoadState('networkidle');
  await shot('ask-abstained');

  await page.goto(box.url + '/journal');
  await page.locator('form[action="/journal/verify"] button.primary').click();
  await page.waitForSelector('[data-verdict=sound]');
  await shot('journal-verified');
  await context.close();
}

async function addCollection(page, box, name) {
  await page.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)));
  const form = page.locator('form[action="/collections"]');
  await form.locator('[name=name]').fill(name);
  await form.locator('[name=reader][value=everyone]').check();
  await form.locator('[name=writer][value=everyone]').check();
  await form.locator('button.primary').click();
  await page.waitForLoadState();
}
