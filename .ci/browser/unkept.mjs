// The tick beside a question, and what is left of it: the answer is on the page, no address leads to it, and no conversation has it.
// The page of backups beside it: what a copy that nobody started there changes is seen without a reload.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, signIn } from './watch.mjs';

const run = (box, ...args) => execFileSync(process.env.COFFRE ?? './coffre', [...args, '--data', box.dir], { stdio: 'pipe' });

export async function unkept(browser, box) {
  run(box, 'settings', 'set', 'ask.unkept=on');
  const page = await open(browser, 'fr', [], {});
  await signIn(page, box, box.accounts.find((a) => a.role === 'admin'));
  await page.goto(box.url + '/');
  const question = `Quel préavis faut-il donner, numéro ${Date.now()} ?`;
  await page.fill('textarea[name=question]', question);
  await page.check('[name=unkept]');
  await page.click('form:has(textarea[name=question]) button.primary');
  await page.waitForFunction((q) => document.querySelector('main').textContent.includes(q), question);
  assert.ok((await page.textContent('main')).includes(question), 'the answer is not on the page');
  assert.equal(await page.isChecked('[name=unkept]'), false, 'the tick stays for the next question');
  await page.goto(box.url + '/');
  assert.ok(!(await page.textContent('body')).includes(question), 'the question is kept');
  await page.context().close();
  run(box, 'settings', 'set', 'ask.unkept=off');
}

export async function copied(browser, box) {
  const folder = mkdtempSync(join(tmpdir(), 'copies-'));
  try {
    const page = await open(browser, 'fr', [], {});
    await signIn(page, box, box.accounts.find((a) => a.role === 'admin'));
    await page.goto(box.url + '/settings/backups');
    const tried = await page.locator('#backups-tried-list li').count();
    run(box, 'backup', 'copies', '--folder', folder);
    run(box, 'backup', 'copy');
    await page.waitForFunction((n) => document.querySelectorAll('#backups-tried-list li').length > n && !document.querySelector('#backups-lacks li'), tried, { timeout: 20000 });
    run(box, 'backup', 'copies', '--off');
    await page.context().close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
