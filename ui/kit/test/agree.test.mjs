// The page's scripts and the binary give the same report on the same bytes: shared samples, generated chains
// and thousands of mutations of both. A difference is shrunk, written to a file and printed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { mutate, random, shrink } from './mutate.mjs';
import { askScripts, startBinary } from './verifier.mjs';

const root = join(import.meta.dirname, '../../..');
const cases = Number(process.env.COFFRE_CASES ?? 2000);
const seed = Number(process.env.COFFRE_SEED ?? 1);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// samples are exports with what was kept elsewhere: shared ones where they are, and a few dozen made here.
function samples() {
  const list = [], shared = join(process.env.COFFRE_SHARED ?? join(root, '../shared'), 'data/audit');
  if (existsSync(shared)) {
    const key = readFileSync(join(shared, 'first.key'), 'utf8'), note = readFileSync(join(shared, 'old.checkpoint'), 'utf8');
    for (const name of readdirSync(shared).filter((n) => n.endsWith('.ndjson'))) list.push({ name, export: readFileSync(join(shared, name)), key, note });
  }
  const dir = mkdtempSync(join(tmpdir(), 'coffre-chains-'));
  const made = spawnSync('go', ['run', './chain/chaintest/gen', '-n', process.env.COFFRE_CHAINS ?? '120', '-seed', String(seed), '-out', dir], { cwd: root, encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  for (const name of readdirSync(dir).filter((n) => n.endsWith('.ndjson'))) {
    const base = join(dir, name.slice(0, -7)), read = (ext) => (existsSync(base + ext) ? readFileSync(base + ext, 'utf8') : '');
    list.push({ name, export: readFileSync(base + '.ndjson'), key: read('.key'), note: read('.checkpoint') });
  }
  rmSync(dir, { recursive: true });
  return list;
}

// evidence is what a verifier is given from elsewhere: mostly what belongs to the sample, now and then what does not.
function evidence(rng, list, s) {
  const other = rng.pick(list), recovery = /"recovery_key":"([^"]+)"/.exec(s.export.toString('latin1'))?.[1] ?? s.key;
  const odd = [recovery, s.key + other.key, other.key, s.key.trim() + 'x', 'a b c'];
  const firstKey = rng.below(4) ? rng.pick(['', s.key, s.key, s.key + ' ' + recovery]) : rng.pick(odd);
  const note = s.note ? rng.pick([s.note, s.note, s.note, s.note.replace('\n\n', '\n\n— x AAAAAAA=\n'), forged(rng, s.note)]) : '';
  const checkpoints = note && rng.below(3) ? [note] : [], witnesses = [];
  if (checkpoints.length > 0 && rng.below(3) === 0) {
    const w = witness('w' + rng.below(3) + '.example'), at = 1770000000 + rng.below(1000);
    checkpoints.push(rng.below(4) ? w.cosign(note, at) : forged(rng, w.cosign(note, at)));
    witnesses.push(rng.below(9) ? w.key : w.key.replace('+', '+A'));
    if (rng.below(4) === 0) checkpoints.push(w.cosign(note, at + 5)), witnesses.push(witness('late.example').key);
  }
  return { firstKey, checkpoints, witnesses };
}

const witnesses = new Map();

// witness makes a C2SP cosigner of that name.
function witness(name) {
  if (witnesses.has(name)) return witnesses.get(name);
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.concat([Buffer.from([4]), publicKey.export({ format: 'der', type: 'spki' }).subarray(12)]);
  const hash = createHash('sha256').update(name + '\n').update(raw).digest().subarray(0, 4);
  const cosign = (note, at) => {
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1), time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(at));
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${at}\n${text}`), privateKey);
    return `${note}— ${name} ${Buffer.concat([hash, time, signature]).toString('base64')}\n`;
  };
  witnesses.set(name, { key: `${name}+${hash.toString('hex')}+${raw.toString('base64')}`, cosign });
  return witnesses.get(name);
}

function forged(rng, note) {
  const b = Buffer.from(note), at = rng.below(b.length);
  b[at] = rng.pick([...Buffer.from('AZaz09+/=\n— ')]);
  return b.toString('utf8');
}

async function mustAgree(binary, bytes, options, name) {
  if (same(await binary.ask(bytes, options), askScripts(bytes, options))) return;
  const small = await shrink(Buffer.from(bytes), async (b) => !same(await binary.ask(b, options), askScripts(b, options)));
  const file = join(mkdtempSync(join(tmpdir(), 'coffre-differs-')), 'smallest.ndjson');
  writeFileSync(file, small);
  writeFileSync(file + '.options', JSON.stringify(options, null, 1));
  const text = small.length < 3000 ? small.toString() : small.length + ' bytes';
  assert.deepEqual(askScripts(small, options), await binary.ask(small, options), `${name}, smallest at ${file}:\n${text}`);
}

test('the scripts and the binary agree', { timeout: Infinity }, async (t) => {
  const binary = startBinary(), rng = random(seed), list = samples();
  const seen = new Map();
  try {
    for (const s of list) {
      for (const firstKey of ['', s.key]) await mustAgree(binary, s.export, { firstKey, checkpoints: s.note ? [s.note] : [] }, s.name);
      for (let i = 0; i < 3; i++) await mustAgree(binary, s.export, evidence(rng, list, s), s.name);
    }
    for (let i = 0; i < cases; i++) {
      const s = rng.pick(list), bytes = mutate(rng, s.export), options = evidence(rng, list, s);
      await mustAgree(binary, bytes, options, `mutation ${i} of ${s.name}, seed ${seed}`);
      const { ok, fault, error } = askScripts(bytes, options), what = error ?? (ok ? 'ok' : fault);
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
  } finally {
    binary.stop();
  }
  const told = [...seen].sort((a, b) => b[1] - a[1]).map(([what, n]) => `${what} ${n}`);
  t.diagnostic(`agreed on ${list.length} files and ${cases} mutations: ${told.join(', ')}`);
  // A mutator that only ever breaks the header would agree on everything.
  if (cases >= 1000) assert.ok(seen.size >= 15, `only ${seen.size} kinds of verdict were reached`);
});

// archives are segments in a row, made here.
function archives() {
  const dir = mkdtempSync(join(tmpdir(), 'coffre-archives-')), list = [];
  const made = spawnSync('go', ['run', './chain/chaintest/gen', '-archives', process.env.COFFRE_ARCHIVES ?? '40', '-seed', String(seed), '-out', dir], { cwd: root, encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  for (const name of readdirSync(dir).filter((n) => n.endsWith('.key'))) {
    const base = join(dir, name.slice(0, -4)), segments = [];
    while (existsSync(`${base}-${segments.length + 1}.ndjson`)) segments.push(readFileSync(`${base}-${segments.length + 1}.ndjson`));
    list.push({ name, segments, key: readFileSync(base + '.key', 'utf8'), note: readFileSync(base + '.checkpoint', 'utf8') });
  }
  rmSync(dir, { recursive: true });
  return list;
}

test('the scripts and the binary agree on segments of an archive', { timeout: Infinity }, async (t) => {
  const binary = startBinary(), rng = random(seed + 1), list = archives(), seen = new Map();
  const tell = (what) => seen.set(what, (seen.get(what) ?? 0) + 1);
  try {
    for (const a of list) {
      for (const [i, bytes] of a.segments.entries()) {
        for (const firstKey of ['', a.key]) {
          const options = { firstKey, before: a.segments.slice(0, i), checkpoints: i === a.segments.length - 1 ? [a.note] : [] };
          await mustAgree(binary, bytes, options, `segment ${i + 1} of ${a.name}`);
          assert.ok(askScripts(bytes, options).ok, `segment ${i + 1} of ${a.name} is sound`);
        }
        await mustAgree(binary, bytes, { firstKey: a.key }, `segment ${i + 1} of ${a.name} by itself`);
      }
    }
    for (let i = 0; i < cases / 2; i++) {
      const a = rng.pick(list), at = rng.below(a.segments.length), other = rng.pick(list);
      const before = rng.pick([a.segments.slice(0, at), a.segments.slice(0, at), a.segments.slice(0, at), a.segments.slice(0, Math.max(0, at - 1)), other.segments.slice(0, at), []]);
      const bytes = rng.below(3) ? mutate(rng, a.segments[at]) : rng.pick([a.segments[at], rng.pick(a.segments)]);
      const firstKey = rng.pick(['', a.key, a.key, a.key, other.key]), checkpoints = rng.below(3) ? [] : [rng.pick([a.note, forged(rng, a.note), other.note])];
      const options = { firstKey, checkpoints, before };
      await mustAgree(binary, bytes, options, `mutation ${i} of segment ${at + 1} of ${a.name}, seed ${seed}`);
      const { ok, fault, error } = askScripts(bytes, options);
      tell(error ?? (ok ? 'ok' : fault));
    }
  } finally {
    binary.stop();
  }
  t.diagnostic(`agreed on ${list.length} archives: ${[...seen].sort((a, b) => b[1] - a[1]).map(([what, n]) => `${what} ${n}`).join(', ')}`);
  if (cases >= 1000) assert.ok(seen.size >= 12, `only ${seen.size} kinds of verdict were reached`);
});
