// A filtered export: each line carries its own proof.
import { equal } from './bytes.js';
import { daysIn, timeLength } from './entry.js';
import { Fields } from './fields.js';
import { readLine } from './line.js';
import { meet } from './meet.js';
import { fault } from './report.js';
import { later, notePruned } from './segment.js';
import { sha256Two, Sum256 } from './sha.js';
import { included } from './tree.js';

export class Filtered {
  constructor(v) {
    this.v = v;
    this.sum = new Sum256();
    this.entries = 0;
    this.seq = 0;
    this.hash = null;
    this.late = new Uint8Array(timeLength);
    this.times = boundsOf(v.h.filter);
    this.ended = false;
    this.fault = null;
    if (v.h.pruned) notePruned(v);
  }

  add(b) {
    this.fault = this.line(b);
    return !this.fault;
  }

  tooLong() { this.fault = fault(this.seq + 1, 'line-too-long', 'a line is longer than 16 MB'); }

  line(b) {
    if (this.ended) return fault(0, 'end-mismatch', 'a line after the end');
    if (b[0] !== 0x7b || b[2] !== 0x63) {
      // No line that the box writes for an entry begins so; only these are read twice.
      const f = Fields.read(b);
      if (f && f.has('end') && f.only('end')) {
        this.ended = true;
        return this.end(f.get('end'));
      }
    }
    this.sum.add(b);
    const { line, code } = readLine(b);
    if (code) return fault(this.seq + 1, code);
    const f = this.entry(line);
    if (f) return f;
    this.entries++;
    this.v.report.entries++;
    return null;
  }

  entry(l) {
    const { v } = this, { seq } = l.entry;
    if (!l.previous_hash || !l.proof) return fault(seq, 'malformed-line', 'no proof or no previous hash');
    if (seq <= this.seq || seq < v.h.first || seq > v.cp.size) {
      const f = fault(seq, 'sequence', `entry ${seq} is out of order or outside the export`);
      return Object.assign(f, { looks: seq === this.seq ? 'duplicate' : '' });
    }
    if (!equal(sha256Two(l.previous_hash, l.payload), l.chain_hash)) {
      return fault(seq, 'hash-mismatch', `entry ${seq} does not give its chain hash`);
    }
    if (!included(l.proof, v.cp.size, seq - 1, v.cp.root, l.chain_hash)) {
      return fault(seq, 'proof-mismatch', `entry ${seq} is not proven to be in the checkpoint's tree`);
    }
    const next = this.entries > 0 && seq === this.seq + 1;
    if ((next && !equal(l.previous_hash, this.hash)) || (seq === 1 && !equal(l.previous_hash, v.genesis))) {
      return fault(seq, 'hash-mismatch', 'its previous hash is another');
    }
    const time = l.bytes.subarray(l.entry.time, l.entry.time + timeLength);
    if (this.entries > 0 && later(this.late, time)) return fault(seq, 'time-backwards', 'its time is before that of an entry before');
    const f = this.neighbour(seq, time, next);
    if (f) return f;
    this.seq = seq;
    this.hash = l.chain_hash;
    this.late = time;
    return seq === 1 || l.entry.isMark ? meet(v, { seq, hash: l.chain_hash, payload: l.payload }) : null;
  }

  // neighbour checks what an export by time alone promises: no gap, and an entry from before the time unless
  // the log begins with this one.
  neighbour(seq, time, next) {
    if (!this.times || next) return null;
    if (this.entries > 0) return fault(this.seq + 1, 'neighbour-missing', 'entries are missing in an export by time');
    const begin = this.v.h.pruned ? this.v.h.pruned.to + 1 : 1, { from } = this.times;
    if (seq > begin && (from === undefined || entryTime(time) >= from)) {
      return fault(seq - 1, 'neighbour-missing', 'the entry before the time is missing');
    }
    return null;
  }

  end(raw) {
    const f = Fields.read(raw);
    if (!f) return fault(0, 'end-mismatch', 'malformed end');
    const n = f.count('entries'), sum = f.hash('sha256');
    if (n === null || !sum || !f.only('entries', 'sha256') || n !== this.entries || !equal(sum, this.sum.digest())) {
      const end = fault(0, 'end-mismatch', 'the lines are not those that the end counts and hashes');
      if (n !== null && n !== this.entries) end.looks = n > this.entries ? 'deletion' : 'insertion';
      return end;
    }
    return null;
  }

  finish() {
    if (this.fault) return this.fault;
    if (!this.ended) return fault(0, 'truncated', 'the export has no end');
    if (!this.times || this.seq === this.v.cp.size) return null;
    const { to } = this.times;
    if (this.entries === 0 || to === undefined || entryTime(this.late) < to) {
      return fault(this.seq + 1, 'neighbour-missing', 'the entry after the time is missing');
    }
    return null;
  }
}

// boundsOf returns {from, to} in nanoseconds for a filter that restricts nothing but the time, by bounds that
// can be read; otherwise null.
function boundsOf(filter) {
  if (!filter || filter.size === 0) return null;
  const bounds = {};
  for (const [name, value] of filter) {
    const at = typeof value === 'string' ? nanoseconds(value) : null;
    if (at === null || (name !== 'from' && name !== 'to')) return null;
    bounds[name] = at;
  }
  return bounds;
}

const shape = /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

// nanoseconds reads RFC 3339 as the binary does, and returns a BigInt or null.
export function nanoseconds(text) {
  const m = shape.exec(text);
  if (!m) return null;
  const [year, month, day, hour, minute, second] = m.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) return null;
  const zone = m[8] ? Number(m[9]) * 60 + Number(m[10]) : 0;
  if (m[8] && (Number(m[9]) > 24 || Number(m[10]) > 60)) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const fraction = BigInt((m[7] ?? '').padEnd(9, '0').slice(0, 9));
  const minutes = BigInt(m[8] === '-' ? -zone : zone);
  return (BigInt(date.getTime()) / 1000n - minutes * 60n) * 1000000000n + fraction;
}

function entryTime(b) { return nanoseconds(String.fromCharCode(...b)); }
