// The walk with generated answers: an administrator connects a real Ollama in
// Settings, asks, reads an answer written by the model, and stops another.
// Needs COFFRE_TEST_OLLAMA=http://127.0.0.1:PORT (see .ci/ollama.sh).
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { start } from './box.mjs';
import { counts, listen, look, problems } from './watch.mjs';

const runtime = process.env.COFFRE_TEST_OLLAMA;
if (!runtime) {
  console.log('model walk: no COFFRE_TEST_OLLAMA (COFFRE_BUILD_OLLAMA=1 .ci/ollama.sh makes one), nothing done');
  process.exit(0);
}
const patience = 8 * 60_000; // TinyLlama on two shared cores

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const box = await start(['demo', '--listen', '127.0.0.1:0', '--lang', 'en']);
try {
  const context = await browser.newContext({ locale: 'en-GB', ignoreHTTPSErrors: true, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  listen(page);
  page.setDefaultTimeout(30_000);
  const admin = box.accounts.find((a) => a.role === 'admin');
  await page.goto(box.url + '/signin');
  await page.fill('[name=user]', admin.name);
  await page.fill('[name=password]', admin.password);
  await page.click('main button.primary');
  await page.waitForURL('**/ask');

  await page.goto(box.url + '/settings/models');
  await page.fill('[name="llm.url"]', runtime);
  await page.locator('form[action="/settings"] button.primary').first().click();
  await page.waitForLoadState();
  await page.selectOption('[name="llm.model"]', 'tinyllama:latest');
  await page.locator('form[action="/settings"] button.primary').first().click();
  await page.waitForLoadState();
  await look(page, 'model-settings');

  await page.goto(box.url + '/ask');
  await page.fill('#question', 'What is the hotel limit per night in the UK outside London?');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/ask/*', { timeout: patience });
  await page.waitForSelector('text=tinyllama', { timeout: patience });
  await look(page, 'model-answer');

  await page.goto(box.url + '/ask');
  await page.fill('#question', 'How many days of notice does the Coldmere agreement need?');
  await page.keyboard.press('Enter');
  const stop = page.locator('[data-stop-button]');
  await stop.waitFor({ state: 'visible', timeout: patience });
  await page.waitForTimeout(1000);
  await stop.click();
  await page.waitForURL('**/ask/*', { timeout: 60_000 });
  await page.reload();
  assert.ok(await page.locator('main').textContent());
  await look(page, 'model-stopped');
  await context.close();
} finally {
  await box.stop();
  await browser.close();
}
for (const p of problems) console.log('PROBLEM ' + p);
console.log(`${counts.looks} passed, ${problems.length} failed`);
process.exit(problems.length ? 1 : 0);
