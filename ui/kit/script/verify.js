// The verification of one export, complete or filtered, in constant memory; or of a receipt.
import { equal, toBase64, toHex, utf8, words } from './bytes.js';
import { parseWitness } from './cosign.js';
import { isSecondTime } from './entry.js';
import { Filtered } from './filtered.js';
import { checkKeys, planWatch, readMoves } from './handover.js';
import { readHeader } from './header.js';
import { isKeyOf, openCheckpoint, parseKey, restoresIn } from './note.js';
import { checkOutside, checkWitnesses, cosignedBy, readOutside } from './outside.js';
import { isReceipt, readReceipt, walkReceipt } from './receipt.js';
import { emptyReport, fault, looksLike, OptionError, refused } from './report.js';
import { Walk } from './segment.js';
import { sha256 } from './sha.js';
import { leafHash, rangeFits, Tree } from './tree.js';

const maxLine = 16 << 20;
const maxHeaderLine = 64 << 20;

// Verification is one run over one export. What it knows from elsewhere is o: {firstKey, checkpoints, bundled};
// bundled checkpoints came with the export, and one that these data can't decide is no fault.
class Verification {
  constructor(h, o) {
    Object.assign(this, { h, o, name: '', genesis: h.genesis, cp: null, lives: 0, moves: [], outside: [] });
    Object.assign(this, { firstKey: '', recoveryKey: '', ownFirst: '', ownRecovery: '' });
    Object.assign(this, { next: 0, broken: false, leaned: false, watch: [], roots: new Map(), early: null, doubt: '', before: null, after: null, ends: null, lastHash: null });
    this.report = Object.assign(emptyReport(), { tenant: h.customer.id, complete: h.complete, handovers: h.handovers.length });
    this.began = now();
  }

  // begin checks what the header says by itself. A fault that leaves nothing to walk over is returned; one of
  // a hand-over is kept, since any of an entry outranks it.
  begin() {
    this.readKeys();
    const { id, createdAt } = this.h.customer;
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(id) || !isSecondTime(createdAt)) {
      return fault(0, 'bad-header', 'the customer is not one that a genesis can be made of');
    }
    const genesis = sha256(utf8(`lmbox.eu/audit-chain/v1customer=${id}created=${createdAt}`));
    if (!equal(genesis, this.h.genesis)) return fault(0, 'genesis-mismatch', 'the genesis is not that of customer and date');
    this.name = `coffre.audit/${id}/${toHex(genesis).slice(0, 16)}`;
    const f = this.readCheckpoint() ?? this.readPruned() ?? readOutside(this);
    if (f) return f;
    this.early = readMoves(this);
    this.watch = planWatch(this);
    return null;
  }

  readKeys() {
    const keys = words(this.o.firstKey);
    if (keys.length > 2 || !keys.every((k) => parseKey(k))) throw new OptionError('key');
    if (!this.o.witnesses.every((k) => parseWitness(k))) throw new OptionError('witness');
    [this.firstKey = '', this.recoveryKey = ''] = keys;
  }

  readCheckpoint() {
    const cp = openCheckpoint(this.h.checkpoint), { last } = this.h;
    if (!cp) return fault(0, 'bad-checkpoint', 'not a checkpoint');
    const lives = restoresIn(cp.origin, this.name);
    if (lives < 0) return fault(0, 'bad-checkpoint', 'its origin is of another chain');
    if (cp.size !== last || last === 0) return fault(0, 'bad-checkpoint', `its size is ${cp.size}, the header's last is ${last}`);
    Object.assign(this, { cp, lives });
    Object.assign(this.report, { checkpoint_size: cp.size, checkpoint_root: toBase64(cp.root) });
    for (const k of [this.firstKey, this.recoveryKey]) {
      if (k && !isKeyOf(k, this.name)) return fault(0, 'first-key-mismatch', 'the key given belongs to another chain');
    }
    return null;
  }

  readPruned() {
    const { pruned, last, complete } = this.h;
    let first = 1;
    if (pruned) {
      const { to, range, chainHash } = pruned;
      if (to < 1 || to >= last) return fault(0, 'bad-pruned', `1 to ${to} of ${last}`);
      if (!rangeFits(to, range)) return fault(0, 'bad-pruned', `${range.length} roots for ${to} leaves`);
      if (to % 2 === 1 && !equal(range[range.length - 1], leafHash(chainHash))) {
        return fault(to, 'bad-pruned', `chain hash ${to} is not the range's last leaf`);
      }
      first = to + 1;
      this.report.pruned = to;
    }
    if (this.h.first < first || this.h.first > last || (complete && this.h.first !== first)) {
      return fault(0, 'bad-header', `first is ${this.h.first}, expected ${first}`);
    }
    return null;
  }

  // beginAfter is begin for what goes on from the end of the segment before; null is none.
  beginAfter(after) {
    const f = this.begin() ?? (after && this.goesOn(after));
    if (f || !after) return f;
    const key = this.moves.findLast((m) => m.seq <= after.size)?.key ?? '';
    if (this.h.segment && key) return fault(after.size, 'bad-handover', 'a hand-over of an earlier segment');
    if (this.h.segment) this.after = after;
    else if (key && after.key && key !== after.key) {
      return fault(after.size, 'handover-signature', `the key at entry ${after.size} is not the one that the segments before lead to`);
    }
    return null;
  }

  // goesOn checks that the entries begin where the anchor ends.
  goesOn(a) {
    const p = this.h.pruned, { id, createdAt } = this.h.customer;
    if (id !== a.customer.id || createdAt !== a.customer.createdAt) return fault(0, 'genesis-mismatch', 'the segment is of another chain than the one before');
    if (!p || p.to !== a.size) return fault(a.size + 1, 'sequence', `the segment does not begin after entry ${a.size}`);
    if (!equal(p.chainHash, a.hash)) return fault(a.size + 1, 'hash-mismatch', 'the segment does not go on from the entry before');
    if (!equal(new Tree(p.to, p.range).root(), a.root)) return fault(a.size + 1, 'root-mismatch', 'the segment does not go on from the tree of the one before');
    return null;
  }

  // anchor is what the segment after a sound one goes on from.
  anchor(after) {
    const { cp, lastHash, lives, doubt, ends } = this;
    const a = { size: cp.size, root: cp.root, hash: lastHash, customer: this.h.customer, lives, doubt, ...ends };
    if (!a.recovery && after) Object.assign(a, { recovery: after.recovery, vouched: after.vouched });
    return a;
  }

  // conclude turns the outcome of the walk into the verdict.
  conclude(walked) {
    const f = walked ?? this.early ?? checkKeys(this) ?? checkOutside(this) ?? checkWitnesses(this), r = this.report;
    const seconds = (now() - this.began) / 1000;
    if (seconds > 0) r.entries_per_s = r.entries / seconds;
    if (f) {
      const looks_like = f.looks || looksLike(f.code);
      return Object.assign(r, { first_fault: f.seq, fault: f.code, detail: f.detail, looks_like, against: f.against, against_witness: cosignedBy(this.o, f.against), receipt: null });
    }
    return Object.assign(r, { ok: true, amber: r.restored.length > 0, authentic: this.firstKey !== '' && !this.doubt, detail: this.doubt });
  }
}

function now() { return performance.now(); }

// ExportVerifier takes an export or a receipt in pieces of any size.
export class ExportVerifier {
  constructor(options = {}) {
    this.o = { firstKey: options.firstKey ?? '', checkpoints: options.checkpoints ?? [], bundled: options.bundled ?? [], witnesses: options.witnesses ?? [] };
    // A segment is held against the end of the one before it: segments says that such may come, after is that end or null.
    this.segments = options.segments ?? false;
    this.before = options.after ?? null;
    this.held = []; // pieces of a line that isn't complete yet
    this.size = 0;
    this.v = null;
    this.walk = null;
    this.verdict = null;
    this.stopped = false;
    this.receipt = null;
  }

  // undecided counts the bundled checkpoints that these data could not be held against.
  undecided() { return this.v ? this.v.outside.filter((o) => o.undecided).length : 0; }

  // knowsKeys lists every key that the export tells of, or null where it doesn't hold the entry of the first.
  knowsKeys() {
    const { v } = this;
    return v && v.ownFirst ? [v.ownFirst, v.ownRecovery, ...v.moves.map((m) => m.key)] : null;
  }

  // checkpoint returns the note that the export is under, or ''.
  checkpoint() { return this.v?.cp ? this.v.h.checkpoint : ''; }

  // byTime tells whether a filtered export restricts nothing but the time, and so is proven to have no gap.
  byTime() { return Boolean(this.walk?.times); }

  entries() { return this.v ? this.v.report.entries : 0; }

  // write returns false once more would change nothing. It keeps b until its lines are checked.
  write(b) {
    let from = 0;
    while (!this.stopped && from < b.length) {
      const lf = b.indexOf(10, from), to = lf < 0 ? b.length : lf + 1;
      this.size += to - from;
      if (this.size > (this.v || this.receipt ? maxLine : maxHeaderLine) + 1) this.tooLong();
      else if (lf < 0) this.held.push(b.subarray(from, to));
      else this.line(this.joined(b.subarray(from, to)));
      from = to;
    }
    return !this.stopped;
  }

  joined(last) {
    const { size } = this;
    this.size = 0;
    if (this.held.length === 0) return last;
    const all = new Uint8Array(size);
    let at = 0;
    for (const piece of [...this.held, last]) {
      all.set(piece, at);
      at += piece.length;
    }
    this.held = [];
    return all;
  }

  tooLong() {
    this.held = [];
    this.size = 0;
    this.stopped = true;
    if (this.walk) this.walk.tooLong();
    else this.verdict = refused('not-export', 'the first line is too long');
  }

  line(b) {
    if (this.receipt) return this.afterReceipt();
    if (this.v) {
      if (!this.walk.add(b)) this.stopped = true;
      return;
    }
    if (isReceipt(b)) {
      this.receipt = b;
      return;
    }
    const { header, bad, notExport, tenant } = readHeader(b);
    if (notExport) this.verdict = refused('not-export', 'not a coffre-audit/v1 export');
    else if (bad) this.verdict = refused('bad-header', 'malformed header: member ' + bad, tenant);
    else if (this.segments) this.beginSegment(header);
    else if (header.segment) this.verdict = refused('segment', 'a segment of an archive, which goes on from the one before');
    else this.begin(header);
    if (this.verdict) this.stopped = true;
  }

  // afterReceipt is told of a line after the only one that a receipt has.
  afterReceipt() {
    this.verdict = refused('bad-receipt', 'more follows it');
    this.stopped = true;
  }

  judgeReceipt() {
    const r = readReceipt(this.receipt);
    if (!r) return refused('bad-receipt', 'a member is missing or malformed');
    this.v = new Verification(r.header, this.o);
    return this.v.conclude(this.v.begin() ?? walkReceipt(this.v, r));
  }

  begin(header) {
    this.v = new Verification(header, this.o);
    const f = this.segments ? this.v.beginAfter(this.before) : this.v.begin();
    if (f) this.verdict = this.v.conclude(f);
    else this.walk = header.complete ? new Walk(this.v) : new Filtered(this.v);
  }

  beginSegment(header) {
    const { id } = header.customer;
    if (!header.complete) this.verdict = refused('bad-header', 'a filtered export is no segment', id);
    else if (header.segment && !this.before && header.first > 1) {
      this.verdict = Object.assign(refused('handover-missing', 'the segment before is missing, and with it the key that it goes on from', id), { first_fault: header.first });
    } else this.begin(header);
  }

  // anchor returns where a segment that was found sound ends, null for one that was not.
  anchor() { return this.verdict?.ok ? this.v.anchor(this.before) : null; }

  // end returns the report.
  end() {
    if (!this.stopped && this.size > 0) this.line(this.joined(new Uint8Array(0)));
    if (!this.verdict && this.receipt) this.verdict = this.judgeReceipt();
    if (!this.verdict && !this.v) this.verdict = refused('not-export', 'it is empty');
    this.verdict ??= this.v.conclude(this.walk.finish());
    return this.verdict;
  }
}

// verifyExport returns the report on the bytes of an export or a receipt. It throws OptionError where an option can't be used.
export function verifyExport(bytes, options) {
  const verifier = new ExportVerifier(options);
  verifier.write(bytes);
  return verifier.end();
}
