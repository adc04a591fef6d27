// Looks at every sample page in a real browser: axe findings of any level,
// console errors, horizontal scroll; and leaves a screenshot of each.
//
//   go test ./ui/look/preview -run TestServe -timeout 0 -serve 127.0.0.1:8099 &
//   (cd .ci/browser && npm ci)
//   node ui/look/preview/look.mjs http://127.0.0.1:8099 DIR [NAME-PATTERN] [WIDTH-THEME-LANG,…]
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(import.meta.dirname, '../../../.ci/browser/package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const [base, dir, pattern = '', combos = '1440-light-fr,1440-dark-en,768-dark-fr,390-light-fr,390-dark-en'] = process.argv.slice(2);
mkdirSync(dir, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
let passed = 0;
let findings = 0;
const report = (...what) => { findings++; console.log(...what); };

for (const combo of combos.split(',')) {
  const [width, theme, lang] = combo.split('-');
  const phone = Number(width) < 500;
  // Axe is put into the page from outside, which the page's own policy forbids;
  // the walk of the real box looks at the policy.
  const context = await browser.newContext({ viewport: { width: Number(width), height: phone ? 844 : 900 }, bypassCSP: true, hasTouch: phone, isMobile: phone });
  const page = await context.newPage();
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) report('CONSOLE', combo, page.url(), m.text()); });
  page.on('pageerror', (e) => report('SCRIPT', combo, page.url(), e.message));
  const names = (await (await context.request.get(`${base}/${lang}`)).text()).trim().split('\n');
  for (const name of names.filter((n) => n.match(pattern) && !/^(upload-line|runtime-)/.test(n))) {
    await page.goto(`${base}/${lang}/${name}?theme=${theme}`);
    await page.waitForTimeout(150);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    for (const v of violations) report('AXE', combo, name, v.id, v.impact, v.nodes.map((n) => n.target.join(' ')).join(' | '));
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) report('SCROLL', combo, name, `${over} px`);
    await page.screenshot({ path: join(dir, `${name}-${combo}.png`), fullPage: phone });
    passed++;
  }
  await context.close();
}
await browser.close();
console.log(`${passed} passed, ${findings} failed`);
process.exit(findings ? 1 : 0);
