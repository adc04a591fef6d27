// Looks at pages as a person and as a machine: screenshots in every size and
// theme, axe findings, console errors, policy violations, horizontal scroll.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.ARTEFACTS ?? '.artefacts';
mkdirSync(shots, { recursive: true });

export const problems = [];
let looks = 0;
export const looked = () => looks;

// listen notes whatever a page complains of. Answers that the walk provokes on
// purpose are named in expected.
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

const sizes = [
  [1440, 900],
  [390, 844],
];

// look takes a page in every size and theme and checks each.
export async function look(page, name) {
  for (const [width, height] of sizes) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // A theme that fades in would be measured half-way.
      await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running'));
      const label = `${name}-${width}-${colorScheme}`;
      await page.screenshot({ path: join(shots, `${label}.png`), fullPage: true });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (wide > 0) problems.push(`${label}: scrolls sideways by ${wide} px`);
      // The policy allows no injected script in the page itself; evaluate runs outside it.
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
      for (const v of found.violations) {
        problems.push(`${label}: axe ${v.impact} ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')}`);
      }
      looks++;
    }
  }
  await page.setViewportSize({ width: sizes[0][0], height: sizes[0][1] });
  await page.emulateMedia({ colorScheme: 'light' });
}
