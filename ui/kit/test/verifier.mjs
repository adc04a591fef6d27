// The binary's verifier, as a process that answers one question a line.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { OptionError } from '../script/report.js';
import { ExportVerifier, verifyExport } from '../script/verify.js';

const root = join(import.meta.dirname, '../../..');

// program is the test binary of ui/kit, built here where no Go test started us.
function program() {
  if (process.env.COFFRE_VERIFIER) return process.env.COFFRE_VERIFIER;
  const path = join(mkdtempSync(join(tmpdir(), 'coffre-kit-')), 'kit.test');
  const built = spawnSync('go', ['test', '-c', '-o', path, './ui/kit'], { cwd: root, stdio: 'inherit', env: { ...process.env, CGO_ENABLED: '0' } });
  if (built.status !== 0) throw new Error('go test -c ./ui/kit failed');
  process.on('exit', () => rmSync(dirname(path), { recursive: true, force: true }));
  return path;
}

export function startBinary() {
  const child = spawn(program(), [], { env: { ...process.env, COFFRE_ANSWER: '1' }, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(bytes, { firstKey = '', checkpoints = [], witnesses = [], before } = {}) {
      const segments = before ? { segments: true, before: before.map((b) => Buffer.from(b).toString('base64')) } : {};
      child.stdin.write(JSON.stringify({ export: Buffer.from(bytes).toString('base64'), first_key: firstKey, checkpoints, witnesses, ...segments }) + '\n');
      const { value, done } = await lines.next();
      if (done) throw new Error('the verifier has gone');
      const { report, error } = JSON.parse(value);
      return error ? { error } : comparable(report);
    },
    stop() { child.stdin.end(); },
  };
}

export function askScripts(bytes, options) {
  try {
    return comparable(options?.before ? verifySegments(bytes, options) : verifyExport(bytes, options));
  } catch (err) {
    if (err instanceof OptionError) return { error: err.what === 'witness' ? 'key' : err.what };
    throw err;
  }
}

// verifySegments verifies a segment after those that it goes on from, or the first of them that is not sound.
function verifySegments(bytes, { before, firstKey, ...rest }) {
  let after = null;
  for (const one of before) {
    const v = new ExportVerifier({ firstKey, segments: true, after });
    v.write(one);
    const report = v.end();
    if (!report.ok) return report;
    after = v.anchor();
  }
  return verifyExport(bytes, { firstKey, ...rest, segments: true, after });
}

// comparable leaves out what may differ: the time taken and the words for the specialist.
export function comparable(r) {
  return {
    ok: r.ok, authentic: r.authentic, tenant: r.tenant, complete: r.complete, entries: r.entries, pruned: r.pruned, pruned_by: r.pruned_by ?? 0,
    first_fault: r.first_fault, fault: r.fault, looks_like: r.looks_like ?? '', against: r.against ?? 0, against_witness: r.against_witness ?? '', amber: r.amber ?? false,
    witnessed: r.witnessed ?? [], checkpoint_size: r.checkpoint_size,
    checkpoint_root: r.checkpoint_root ?? '', handovers: r.handovers, restored: r.restored ?? [], receipt: facts(r.receipt),
  };
}

// facts leaves empty members out, as Go's encoding does.
function facts(f) {
  return f ? Object.fromEntries(Object.entries(f).filter(([, v]) => v !== '' && v !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, k === 'passages' ? v.map(facts) : v])) : null;
}
