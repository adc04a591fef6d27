// An archive folder: segments of the journal on write-once storage, each of which goes on from the one before. Files
// come without their folders, so that life and place are read from their headers; otherwise this is the binary's
// store/worm_verify.go.
import { toHex } from './bytes.js';
import { readHeader } from './header.js';
import { openCheckpoint } from './note.js';
import { emptyReport, refused } from './report.js';
import { ExportVerifier } from './verify.js';

const named = /(^|\/)segment-\d{16}-\d{16}\.ndjson$/;
const maxHead = 64 << 20;

// lifeOf is 1, and one more after each restore.
function lifeOf(origin) {
  const parts = origin.split('/');
  return parts.length > 3 ? Number(parts[3]) : 1;
}

async function firstLine(source) {
  const got = [];
  let size = 0;
  for await (const b of source.chunks()) {
    const lf = b.indexOf(10);
    got.push(lf < 0 ? b : b.subarray(0, lf + 1));
    size += got[got.length - 1].length;
    if (lf >= 0 || size > maxHead) break;
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const b of got) {
    all.set(b, at);
    at += b.length;
  }
  return all;
}

// judgeArchives returns a verdict for each chain of which there are segments. run lets a verifier read a source.
export async function judgeArchives(list, k, run) {
  if (!list.some((s) => s.kind === 'segment')) return [];
  const chains = new Map(), out = [];
  for (const s of list) {
    // Segments of before the format has a name of its own are exports.
    if (s.kind !== 'segment' && !(s.kind === 'export' && named.test(s.name))) continue;
    s.archived = true;
    const { header: h } = readHeader(await firstLine(s)), cp = h && openCheckpoint(h.checkpoint);
    if (!cp) {
      out.push({ name: s.name, report: refused('bad-header', 'the header of a segment cannot be read'), undecided: 0, bytes: s.size });
      continue;
    }
    const id = toHex(h.genesis);
    chains.set(id, [...(chains.get(id) ?? []), { source: s, life: lifeOf(cp.origin), first: h.first, last: h.last }]);
  }
  for (const segments of chains.values()) out.push(await new Archive(k, run).judge(segments));
  return out;
}

class Archive {
  constructor(k, run) {
    Object.assign(this, { k, run, ends: new Map(), decided: new Set(), count: 0, held: 0, bytes: 0, note: '' });
    this.report = Object.assign(emptyReport(), { ok: true, authentic: k.keys.length > 0, complete: true });
  }

  async judge(segments) {
    const began = performance.now();
    segments.sort((a, b) => a.life - b.life || a.first - b.first || a.last - b.last);
    for (const life of new Set(segments.map((s) => s.life))) {
      if (this.report.ok) await this.life(segments.filter((s) => s.life === life));
    }
    const open = this.k.notes.findIndex((note) => !this.decided.has(note));
    if (this.report.ok && open >= 0) {
      this.fail({ ...emptyReport(), fault: 'checkpoint-undecided', against: open + 1, detail: `no segment holds what checkpoint ${open + 1} from elsewhere covers` });
    }
    const names = segments.map((s) => s.source.name), { report, note, bytes, held } = this;
    if (report.entries > 0) report.entries_per_s = report.entries / ((performance.now() - began) / 1000);
    return {
      name: names.length > 1 ? `${names[0]} … ${names[names.length - 1]}` : names[0], report, undecided: 0, checkpoint: note, byTime: false,
      seconds: (performance.now() - began) / 1000, bundled: held, bytes, segments: this.count,
    };
  }

  // life verifies the segments of one life, which begin where the one before was when the backup was made.
  async life(all) {
    const ends = new Map();
    for (const [i, s] of all.entries()) {
      const after = ends.get(s.first - 1) ?? (i === 0 ? this.ends.get(s.first - 1) : undefined) ?? null;
      if (!after && (i > 0 || this.count > 0)) {
        const from = i > 0 ? all[i - 1].last + 1 : 1;
        return this.fail({ ...emptyReport(), tenant: this.report.tenant, first_fault: from, fault: 'missing-payload', looks_like: 'deletion', detail: `no segment holds the entries before ${s.first}` });
      }
      const end = await this.segment(s, after);
      if (!end) return;
      ends.set(s.last, end);
    }
    for (const [size, end] of ends) this.ends.set(size, end);
  }

  async segment(s, after) {
    const mine = (note) => {
      const cp = openCheckpoint(note);
      return cp && cp.size >= s.first && cp.size <= s.last && lifeOf(cp.origin) === s.life;
    };
    const checkpoints = this.k.notes.filter(mine), bundled = this.k.bundledNotes.filter((n) => !this.k.notes.includes(n) && mine(n));
    const verifier = new ExportVerifier({ firstKey: this.k.keys.join('\n'), checkpoints, bundled, witnesses: this.k.witnesses, segments: true, after });
    const report = await this.run(s.source, verifier, this.bytes);
    this.bytes += s.source.size;
    if (report.against > 0 && report.against <= checkpoints.length) report.against = this.k.notes.indexOf(checkpoints[report.against - 1]) + 1;
    else report.against = 0;
    if (!report.ok) {
      this.fail(report);
      return null;
    }
    for (const note of checkpoints) this.decided.add(note);
    this.held += bundled.length;
    this.note = verifier.checkpoint();
    this.add(report);
    return verifier.anchor();
  }

  // add joins a sound segment's report to the whole.
  add(one) {
    const r = this.report;
    // Pruned before the folder was set, or taken out of it: it can't tell.
    if (this.count === 0) Object.assign(r, { pruned: one.pruned, pruned_by: one.pruned_by, amber: one.pruned > 0 });
    this.count++;
    const { tenant, checkpoint_size, checkpoint_root } = one;
    Object.assign(r, { tenant, checkpoint_size, checkpoint_root, entries: r.entries + one.entries, handovers: Math.max(r.handovers, one.handovers) });
    r.authentic &&= one.authentic;
    if (one.detail) r.detail = one.detail;
    for (const x of one.restored) {
      if (r.restored.some((o) => o.entry === x.entry)) continue;
      r.restored.push(x);
      r.amber = true;
    }
    for (const w of one.witnessed) r.witnessed = [...r.witnessed.filter((o) => o.name !== w.name), w];
  }

  // fail makes a segment's fault the whole's.
  fail(one) {
    const { fault, first_fault, looks_like, detail, against, against_witness } = one, r = this.report;
    Object.assign(r, { ok: false, authentic: false, amber: false, fault, first_fault, looks_like, detail, against, against_witness });
    r.tenant ||= one.tenant;
  }
}
