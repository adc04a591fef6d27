// The states of the pages of the journal that a sample firm never comes to, from
// the samples of ui/look/preview: what is damaged, refused, waits or runs long.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { look, open, problems } from './watch.mjs';

const root = join(import.meta.dirname, '../..');

export const wanted = [
  'export-running', 'export-ready', 'export-failed', 'export-old',
  'journal-running', 'journal-no-verdict', 'journal-authentic', 'journal-fault', 'journal-cut', 'journal-witness', 'journal-early', 'journal-night', 'journal-pruned',
  'witnesses-none', 'witnesses', 'witnesses-wrong', 'retention', 'retention-refused', 'forward-down', 'alerts-down',
  'inbox-ill', 'inbox-away', 'backups', 'backups-none', 'back-runs', 'back-takes', 'back-many', 'back-plan', 'back-refused', 'back-done', 'back-words', 'firm', 'health-ill', 'hardened', 'hardened-on', 'hardened-wrong', 'people-many', 'settings-update-waits', 'settings-update-refused',
  'settings-tls-acme', 'settings-tls-acme-waiting', 'settings-tls-acme-valid', 'settings-tls-acme-due', 'settings-tls-acme-idle', 'settings-tls-acme-account',
  // One sentence that is short, one with an address, one that is long; the others are in the golden pages.
  'refused-acme-rate', 'refused-acme-directory', 'refused-acme-names',
  'setup-restore-words', 'setup-restore-lost',
];

// samples starts the server of samples and resolves with its address and how to end it.
export async function samples() {
  const dir = mkdtempSync(join(tmpdir(), 'coffre-states-'));
  const program = join(dir, 'preview');
  const made = spawnSync('go', ['test', '-c', '-o', program, './ui/look/preview'], { cwd: root, stdio: 'inherit' });
  if (made.status !== 0) throw new Error('the samples are not built');
  const port = await free();
  const child = spawn(program, ['-test.run', '^TestServe$', '-test.timeout', '0', '-serve', `127.0.0.1:${port}`], { cwd: join(root, 'ui/look/preview'), stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const stop = () => { child.kill(); rmSync(dir, { recursive: true, force: true }); };
  for (const until = Date.now() + 180_000; ; await new Promise((r) => setTimeout(r, 100))) {
    if (await fetch(url + '/fr').then((r) => r.ok, () => false)) return { url, stop };
    if (Date.now() > until) { stop(); throw new Error('the samples are not served'); }
  }
}

function free() {
  return new Promise((resolve, reject) => {
    const s = createServer();
    s.on('error', reject);
    s.listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)); });
  });
}

// states looks at every state in one language. What a page asks for again and
// again is answered with nothing, so that a state stays as it is.
export async function states(browser, from, lang) {
  const page = await open(browser, lang, ['ERR_ABORTED']);
  await page.route(/\/(journal\/(verify|export)|settings\/backups\/(state|copies|tried|back\/state))$/, (r) => r.fulfill({ status: 204 }));
  const there = (await (await fetch(`${from.url}/${lang}`)).text()).trim().split('\n');
  for (const name of wanted) {
    if (!there.includes(name)) { problems.push(`there is no sample ${name}`); continue; }
    await page.goto(`${from.url}/${lang}/${name}`);
    await look(page, `state-${name}`);
  }
  await page.context().close();
}
