// The pages that there are, read from the tables of routes in ui/, and which of
// them the walk has seen. A new page that the walk doesn't visit fails it.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ui = join(import.meta.dirname, '../../ui');

// What is fetched, but isn't a page that a person reads.
const others = {
  '/settings/tls/request': 'a file', '/healthz': 'a line of text', '/readyz': 'a line of text', '/metrics': 'figures as text', '/ca.pem': 'a file', '/journal/checkpoint': 'a note as text',
  '/documents/{id}/original': 'a file', '/documents/{id}/pages/{file}': 'a picture', '/{$}': 'leads to /ask or /journal',
  '/debug/pprof/{name}': 'a file, on the local socket',
  '/journal/verify': 'a part of /journal, seen there', '/settings/backups/state': 'a part of /settings/backups, seen there', '/settings/backups/copies': 'a part of /settings/backups, seen there', '/settings/backups/tried': 'a part of /settings/backups, seen there', '/settings/meaning': 'a part of /settings, seen there', '/journal/export': 'a part of /journal, seen there', '/journal/export/file': 'a file', '/answers/{id}/receipt': 'a file', '/access/export': 'a file',
  '/journal/checkpoints/{id}': 'a note as text', '/journal/watches/evidence': 'a file', '/retention/erasures/{id}/certificate': 'a text',
  '/settings/backups/back/state': 'a part of /settings/backups/back while a backup is read or documents come back',
  '/setup/restore/state': 'a part of /setup/restore while a backup is read',
  '/quality/progress': 'a part of /quality while a test runs', '/quality/documents': 'a part of the form of a question, seen there', '/quality/export': 'a file',
  '/signin/factor': 'a step of a sign-in, seen in factors.mjs', '/signin/enroll': 'a step of a sign-in, seen in factors.mjs', '/signin/password': 'a step of a sign-in, seen in factors.mjs',
  '/reset/{token}': 'a one-time link, seen in factors.mjs',
  '/signin/oidc/{id}': 'leads to the provider', '/signin/oidc/{id}/callback': 'leads on after a sign-in there', '/signin/saml/{id}': 'leads to the provider', '/signin/saml/{id}/metadata': 'a file',
  '/palette': 'a part of every page, seen open', '/search/words': 'words offered under the search field',
};

// declared lists the paths of all GET routes outside the REST interface.
function declared() {
  const found = new Set();
  for (const name of readdirSync(ui).filter((n) => n.endsWith('.go') && !n.endsWith('_test.go'))) {
    const source = readFileSync(join(ui, name), 'utf8');
    for (const [, path] of source.matchAll(/method:\s*(?:"GET"|http\.MethodGet),\s*path:\s*"([^"]+)"/g)) {
      if (!path.startsWith('/api/')) found.add(path);
    }
  }
  return [...found];
}

const seen = new Set();

// visit notes what a page's address is, once it was looked at.
export function visit(url) {
  seen.add(new URL(url).pathname);
}

// unseen lists routes of pages that nobody looked at, and exceptions that are
// none any more. Fewer routes than there ever were means that they are declared
// in a way that this file can't read.
export function unseen() {
  const all = declared();
  const faults = all.length < 20 ? [`only ${all.length} routes could be read from ui/*.go`] : [];
  for (const path of Object.keys(others)) if (!all.includes(path)) faults.push(`there is no route ${path}`);
  for (const path of all) {
    if (path in others) continue;
    const pattern = new RegExp('^' + path.replace('{$}', '').replace(/\{[^}]+\}/g, '[^/]+') + '$');
    if (![...seen].some((p) => pattern.test(p) && (path.includes('{') || p === path))) faults.push(`no walk leads to the page ${path}`);
  }
  return faults;
}

export function routeCount() {
  return declared().filter((p) => !(p in others)).length;
}
