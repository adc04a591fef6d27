// Looks at pages as a person and as a machine, in every size and theme: axe
// findings, console errors, policy violations, sideways scroll, motion where
// none is wanted, words of the wrong language; and leaves screenshots.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { untranslated } from './words.mjs';

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.ARTEFACTS ?? '.artefacts';
mkdirSync(shots, { recursive: true });

export const problems = [];
export const counts = { looks: 0, axe: 0 };

export const launch = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
};

export const locales = { fr: 'fr-FR', en: 'en-GB' };

// open makes a context and a page in it that tells what it complains of. Answers
// that the walk provokes on purpose are named in expected.
export async function open(browser, lang, expected = [], more = {}) {
  const context = await browser.newContext({
    locale: locales[lang], ignoreHTTPSErrors: true, viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', acceptDownloads: true, ...more,
  });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile ?? ''}`));
  });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  listen(page, expected);
  return page;
}

export function listen(page, expected = []) {
  const fine = (text) => expected.some((e) => text.includes(e));
  page.on('console', (m) => {
    if (m.type() === 'error' && !fine(m.text())) problems.push(`console: ${m.text()} at ${page.url()}`);
  });
  page.on('pageerror', (e) => problems.push(`script: ${e.message} at ${page.url()}`));
  page.on('requestfailed', (r) => {
    if (!r.failure()?.errorText.includes('ABORTED')) problems.push(`request failed: ${r.url()} ${r.failure()?.errorText}`);
  });
}

export async function signIn(page, box, account) {
  await page.goto(box.url + '/signin');
  await page.fill('[name=user]', account.name);
  await page.fill('[name=password]', account.password);
  await Promise.all([page.waitForURL((u) => u.pathname !== '/signin'), page.click('main button.primary')]);
}

// away does what leads to another document, or to the same one anew, and waits until that has arrived.
export async function away(page, act) {
  await page.evaluate(() => (window.before = true));
  await act();
  await page.waitForFunction(() => !window.before && document.readyState === 'complete');
}

const sizes = [[390, 844], [768, 1024], [1440, 900]];
const themes = ['light', 'dark'];

// look checks a page in every size and theme. Every combination is looked at;
// axe and the camera take every other one, and the other language of the same
// page takes those that this one leaves out.
export async function look(page, name) {
  const lang = await page.getAttribute('html', 'lang');
  let turn = lang === 'fr' ? 0 : 1;
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await settle(page);
      const label = `${name}-${lang}-${width}-${colorScheme}`;
      for (const fault of await page.evaluate(glance)) problems.push(`${label}: ${fault}`);
      counts.looks++;
      if (turn++ % 2 === 0) await inspect(page, label);
    }
    turn++; // so that a theme isn't inspected in one language alone
  }
  // The verifier for auditors is a file of its own, with words of its own.
  if (page.url().startsWith('https:')) for (const fault of await untranslated(page, lang)) problems.push(`${name}-${lang}: ${fault}`);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
}

// A theme that fades in would be measured half-way.
async function settle(page) {
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running'));
}

// glance runs in the page.
function glance() {
  const faults = [];
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) faults.push(`scrolls sideways by ${wide} px`);
  const seconds = (list) => Math.max(...list.split(',').map((t) => parseFloat(t) * (t.trim().endsWith('ms') ? 0.001 : 1)));
  for (const e of document.querySelectorAll('body *')) {
    const s = getComputedStyle(e);
    if (seconds(s.transitionDuration) > 0.01 || (s.animationName !== 'none' && seconds(s.animationDuration) > 0.01)) {
      faults.push(`moves though less motion is asked for: ${e.tagName.toLowerCase()}.${e.className}`);
      break;
    }
  }
  return faults;
}

async function inspect(page, label) {
  await page.screenshot({ path: join(shots, `${label}.png`), fullPage: true });
  // All rules of axe, best practices, experiments and level AAA included. The policy
  // allows no injected script in the page itself; evaluate runs outside it.
  if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const rules = Object.fromEntries(window.axe.getRules().map((r) => [r.ruleId, { enabled: true }]));
    return (await window.axe.run(document, { resultTypes: ['violations'], rules })).violations;
  });
  for (const v of found) {
    problems.push(`${label}: axe ${v.impact} ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')}`);
  }
  counts.axe++;
}
