// The keyboard alone: the skip link, every control reached by Tab with a focus
// that is seen, no trap, citations by arrows.
import assert from 'node:assert/strict';
import { open, problems, signIn } from './watch.mjs';

export async function keyboard(browser, box, made) {
  const page = await open(browser, 'fr', []);
  await skip(page, box, '/signin');
  await signIn(page, box, box.accounts.find((a) => a.role === 'admin'));
  const paths = ['/ask', '/documents', `/documents/${made.pdf}`, '/search?q=contrat', '/collections', `/collections/${made.collection}`, '/people', `/people/${made.person}`, '/groups', `/groups/${made.group}`, '/keys', '/settings', '/journal'];
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const path of paths) {
      await page.goto(box.url + path);
      await tabs(page, `${path} at ${width}`);
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  for (const path of paths) await skip(page, box, path);
  await chips(page, box);
  await palette(page, box);
  await page.context().close();
}

// skip: the first Tab of a fresh page shows the skip link, and Enter leads past the menu.
async function skip(page, box, path) {
  await page.goto(box.url + path);
  await page.evaluate(fromTheTop);
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement.getAttribute('href'));
  if (first !== '#main') return problems.push(`keyboard: ${path} does not begin with the skip link, but ${first}`);
  await page.keyboard.press('Enter');
  const inside = await page.evaluate(() => document.activeElement.id === 'main');
  if (!inside) problems.push(`keyboard: ${path}: the skip link does not lead to the content`);
}

// fromTheTop runs in the page: the next Tab begins at its first control, also
// where a field took the focus by itself.
function fromTheTop() {
  document.activeElement?.blur();
  document.body.tabIndex = -1;
  document.body.focus({ preventScroll: true });
  document.body.removeAttribute('tabindex');
  scrollTo(0, 0);
}

// tabs walks a page until the focus leaves it.
async function tabs(page, name) {
  await page.evaluate(fromTheTop);
  const wanted = await page.evaluate(reachable);
  const met = new Set();
  let last;
  for (let i = 0; i < 3 * wanted; i++) {
    await page.keyboard.press('Tab');
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    const at = await page.evaluate(focus);
    if (at && at.id === last) continue; // a date has three parts
    if (!at || met.has(at.id)) break;
    met.add((last = at.id));
    if (!at.ring) problems.push(`keyboard: ${name}: the focus isn't seen on ${at.what}`);
    if (!at.inView) problems.push(`keyboard: ${name}: the focus is out of view on ${at.what}`);
  }
  if (met.size < wanted) problems.push(`keyboard: ${name}: Tab reaches ${met.size} of ${wanted} controls`);
}

// reachable runs in the page: how many controls a person with a mouse could use.
function reachable() {
  const groups = new Set();
  return [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter((e) => {
    if (e.disabled || e.type === 'hidden' || e.tabIndex < 0 || !e.checkVisibility({ visibilityProperty: true, opacityProperty: false })) return false;
    if (e.type !== 'radio') return true;
    const first = !groups.has(e.name);
    groups.add(e.name);
    return first;
  }).length;
}

// focus runs in the page: what has it, and whether a person can see that.
function focus() {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  e.dataset.walked ??= String(document.querySelectorAll('[data-walked]').length);
  const shown = (x) => {
    const s = getComputedStyle(x);
    return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1) || s.boxShadow !== 'none';
  };
  const near = e.closest('label, .composer-box, .field') ?? e.parentElement;
  const r = e.getBoundingClientRect();
  return {
    id: e.dataset.walked,
    what: `${e.tagName.toLowerCase()}${e.id ? '#' + e.id : ''}.${e.className} "${(e.textContent || e.getAttribute('aria-label') || e.name || '').trim().slice(0, 30)}"`,
    ring: shown(e) || (near && shown(near)) || (e.nextElementSibling && shown(e.nextElementSibling)),
    inView: r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth,
  };
}

// chips: from citation to citation by arrows, Enter opens the passage, Escape leads back.
async function chips(page, box) {
  await page.goto(box.url + '/ask');
  await page.fill('#question', 'Que dit la charte du télétravail sur les jours et les horaires ?');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/ask/*');
  await page.waitForSelector('main [data-turn]:not([aria-busy]) [data-chip]');
  const all = page.locator('main [data-chip]');
  await all.first().focus();
  const here = () => page.evaluate(() => [...document.querySelectorAll('main [data-chip]')].indexOf(document.activeElement));
  if ((await all.count()) > 1) {
    await page.keyboard.press('ArrowRight');
    assert.equal(await here(), 1);
    await page.keyboard.press('ArrowLeft');
  }
  assert.equal(await here(), 0);
  await page.keyboard.press('Enter');
  assert.ok(await page.evaluate(() => Boolean(document.activeElement.closest('[data-source]'))), 'Enter on a citation does not lead to its passage');
  await page.keyboard.press('Escape');
  assert.equal(await here(), 0, 'Escape in a passage does not lead back');
}

// palette: Ctrl and K, a few letters, Enter; Escape leads back to where one was.
async function palette(page, box) {
  await page.goto(box.url + '/documents');
  const start = page.locator('main a[href^="/documents/"]').first();
  await start.focus();
  await page.keyboard.press('Control+k');
  const list = page.locator('[data-palette] [data-item]:visible');
  await list.first().waitFor();
  await page.keyboard.press('Escape');
  await page.locator('[data-palette]').waitFor({ state: 'hidden' }); // the browser closes it in its own time
  assert.ok(await start.evaluate((e) => e === document.activeElement), 'Escape in the palette does not lead back');
  await page.keyboard.press('Control+k');
  await list.first().waitFor();
  await page.keyboard.type('régl');
  await page.waitForFunction(() => document.querySelector('[data-palette] [aria-selected=true]')?.textContent.includes('Réglages'));
  await Promise.all([page.waitForURL('**/settings'), page.keyboard.press('Enter')]);
  await page.keyboard.press('g');
  await Promise.all([page.waitForURL('**/documents'), page.keyboard.press('d')]);
}
