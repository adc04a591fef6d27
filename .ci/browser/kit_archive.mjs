// Archive folders dropped on verify.html: the page and the binary give the same verdict on whole ones, and on ones
// from which a segment was taken, in which one was changed, or which another chain's segment was put into.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const digits = (n) => String(n).padStart(16, '0');

// archivesIn reads what chaintest/gen -archives wrote.
export function archivesIn(dir) {
  return readdirSync(dir).filter((n) => n.endsWith('.key')).map((key) => {
    const name = key.slice(0, -4), files = readdirSync(dir).filter((n) => n.startsWith(name + '-')).sort();
    return { name, key: join(dir, key), segments: files.map((f) => readFileSync(join(dir, f))) };
  });
}

// change returns what somebody made of a folder, with how that is told.
function changes(a, other) {
  const { segments } = a, last = segments.length - 1, edited = Buffer.from(segments[last]);
  const at = edited.lastIndexOf('"outcome":"ok"');
  if (at > 0) edited.write('no', at + 11);
  return [
    ['whole', segments], ['without the first', segments.slice(1)], ['without the last but one', segments.filter((_, i) => i !== last - 1)],
    ['with one changed', [...segments.slice(0, last), edited]], ['with a stranger', [...segments.slice(0, last), other.segments[0]]],
    ['cut short', [...segments.slice(0, last), segments[last].subarray(0, segments[last].lastIndexOf(10, segments[last].length - 2) + 1)]],
  ];
}

// write lays segments out as a box does, by the numbers in their headers.
function write(folder, segments) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, '1'), { recursive: true });
  return segments.map((b) => {
    const { first, last } = JSON.parse(b.subarray(0, b.indexOf(10)).toString());
    const path = join(folder, '1', `segment-${digits(first)}-${digits(last)}.ndjson`);
    writeFileSync(path, b);
    return path;
  });
}

// archiveChecks lists [name, act]. ask asks the binary about a folder.
export function archiveChecks(page, url, work, archives, ask) {
  const list = [];
  for (const [i, a] of archives.entries()) {
    for (const [what, segments] of changes(a, archives[(i + 1) % archives.length])) {
      list.push([`${a.name} ${what}`, async () => {
        const folder = join(work, 'folder'), files = write(folder, segments);
        const theirs = await ask({ file: folder, key: a.key, checkpoint: '' });
        await page.goto(url);
        await page.fill('#key', readFileSync(a.key, 'utf8'));
        await page.setInputFiles('#files', files);
        await page.waitForSelector('#result:not([hidden])');
        const verdict = theirs.ok ? (theirs.authentic && !theirs.amber ? 'green' : 'amber') : 'red';
        assert.equal(await page.getAttribute('html', 'data-verdict'), verdict, JSON.stringify(theirs));
      }]);
    }
  }
  return list;
}
