// A run of consecutive lines of a complete export. What is wrong with an entry by itself is found first, then
// what ties the entries to each other and to the keys: the binary works so, on several cores, and both must
// name the same first fault.
import { equal } from './bytes.js';
import { canonical } from './canonical.js';
import { timeLength } from './entry.js';
import { Fields } from './fields.js';
import { readLine } from './line.js';
import { Scene } from './looks.js';
import { allMet, checkBefore, meet, noteRoot } from './meet.js';
import { fault } from './report.js';
import { Scanner } from './scan.js';
import { sha256Two } from './sha.js';
import { heights, leafHash, Tree } from './tree.js';

const segmentWidth = 1024;
const segmentBytes = 1 << 20;
const noTime = new Uint8Array(timeLength);

export function later(a, b) {
  for (let i = 0; i < timeLength; i++) if (a[i] !== b[i]) return a[i] > b[i];
  return false;
}

class Segment {
  constructor(first, before) {
    this.first = first;
    this.before = before; // chain hash before the first line, where known beforehand
    this.lines = [];
    this.size = 0;
    this.hashes = [];
    this.sound = 0;
    this.fault = null;
    this.head = null;
    this.early = this.late = noTime;
    this.marks = [];
  }

  full() { return (this.first - 1 + this.lines.length) % segmentWidth === 0 || this.size >= segmentBytes; }

  check() {
    for (let i = 0; i < this.lines.length; i++) {
      this.fault = this.checkEntry(i);
      if (this.fault) break;
      this.sound++;
    }
  }

  checkEntry(i) {
    const seq = this.first + i, { line, code } = readLine(this.lines[i]);
    if (code) return this.blame(i, fault(seq, code));
    if (line.previous_hash !== undefined || line.proof !== undefined) {
      return fault(seq, 'malformed-line', 'a member of filtered exports in a complete one');
    }
    this.hashes.push(line.chain_hash);
    const { entry } = line;
    if (entry.seq !== seq) return fault(seq, 'sequence', `entry ${entry.seq} stands where ${seq} belongs`);
    if (i === 0) this.head = line.payload;
    else if (!equal(sha256Two(this.hashes[i - 1], line.payload), line.chain_hash)) return unlinked(seq);
    const time = this.lines[i].subarray(entry.time, entry.time + timeLength);
    if (i > 0 && later(this.late, time)) return fault(seq, 'time-backwards', 'its time is before that of the entry before');
    if (i === 0) this.early = time;
    this.late = time;
    if (seq === 1 || entry.isMark) this.marks.push({ seq, hash: line.chain_hash, payload: line.payload });
    return null;
  }

  // blame makes a fault of an entry's payload a hash mismatch where the bytes are not those that were linked
  // either: that entry was changed later, not written badly. One that is only spelled otherwise keeps its fault.
  blame(i, f) {
    const m = Fields.read(this.lines[i]);
    let payload = m?.get('payload') ?? null;
    if (payload === null) return f;
    const hash = m.hash('chain_hash'), previous = i > 0 ? this.hashes[i - 1] : this.before;
    if (!previous || !hash) return f;
    const s = new Scanner(payload), value = s.value(0);
    if (s.ended()) payload = canonical(value);
    return equal(sha256Two(previous, payload), hash) ? f : unlinked(f.seq);
  }
}

function unlinked(seq) { return fault(seq, 'hash-mismatch', `entry ${seq} does not give its chain hash`); }

// notePruned notes the roots that the range of the pruned entries gives.
export function notePruned(v) {
  const { to, range } = v.h.pruned;
  let size = 0;
  heights(to).forEach((height, i) => {
    size += 2 ** height;
    v.roots.set(size, new Tree(size, range.slice(0, i + 1)).root());
  });
}

// Walk checks the lines of a complete export in order.
export class Walk {
  constructor(v) {
    this.v = v;
    this.seq = 1;
    this.previous = v.genesis;
    this.previous2 = new Uint8Array(32); // the one before it
    this.tree = new Tree();
    this.late = noTime;
    this.watchAt = 0;
    const cut = v.h.pruned;
    if (cut) {
      this.seq = cut.to + 1;
      this.previous = cut.chainHash;
      this.tree = new Tree(cut.to, cut.range);
      notePruned(v);
    }
    while (v.next < v.moves.length && v.moves[v.next].seq < v.h.first) v.next++;
    this.segment = new Segment(this.seq, this.previous);
    this.fault = this.after = this.scene = null;
  }

  // add takes a line; false once more are pointless.
  add(line) {
    if (this.seq > this.v.cp.size) {
      this.after = fault(this.seq, 'extra-entry', 'a line beyond the checkpoint');
      return false;
    }
    if (this.fault) {
      // One more entry was wanted, to tell what the fault looks like.
      this.scene.follow(line);
      return false;
    }
    this.segment.lines.push(line);
    this.segment.size += line.length;
    this.seq++;
    if (this.segment.full()) this.send();
    return !this.fault || this.scene.open;
  }

  tooLong() { this.after = fault(this.seq, 'line-too-long', 'a line is longer than 16 MB'); }

  send() {
    const g = this.segment;
    this.segment = new Segment(this.seq, null);
    if (this.fault || g.lines.length === 0) return;
    g.check();
    const { previous, previous2 } = this;
    this.fault = this.tie(g);
    if (this.fault) this.scene = new Scene(previous, previous2, g, this.fault);
    const sound = this.fault && this.fault.seq >= g.first ? Math.min(g.sound, this.fault.seq - g.first) : g.sound;
    this.v.report.entries += sound;
  }

  // finish returns the first fault, or null.
  finish() {
    this.send();
    const { v, tree } = this;
    if (this.fault) this.fault.looks = this.scene.looks(this.fault);
    if (this.fault || this.after) return this.fault ?? this.after;
    if (tree.size < v.cp.size) {
      return fault(tree.size + 1, 'truncated', `the log ends after ${tree.size} entries, its checkpoint has ${v.cp.size}`);
    }
    v.lastHash = this.previous;
    return allMet(v);
  }

  // tie joins a checked segment to what came before it.
  tie(g) {
    if (g.sound > 0) {
      if (!equal(sha256Two(this.previous, g.head), g.hashes[0])) return unlinked(g.first);
      if (later(this.late, g.early)) return fault(g.first, 'time-backwards', 'its time is before that of the entry before');
      this.late = g.late;
    }
    for (const m of g.marks) {
      if (m.seq >= g.first + g.sound) break;
      const f = meet(this.v, m) ?? checkBefore(this.v, this.tree, g.hashes);
      if (f) return f;
    }
    const f = this.grow(g);
    if (f) return f;
    if (g.sound > 0) {
      this.previous2 = g.sound > 1 ? g.hashes[g.sound - 2] : this.previous;
      this.previous = g.hashes[g.sound - 1];
    }
    return g.fault;
  }

  // grow adds the segment's leaves to the tree and notes the watched roots.
  grow(g) {
    const { watch } = this.v;
    while (this.watchAt < watch.length && watch[this.watchAt] <= this.tree.size) this.watchAt++;
    for (let i = 0; i < g.sound; i++) {
      this.tree.push(leafHash(g.hashes[i]));
      if (this.tree.size !== watch[this.watchAt]) continue;
      this.watchAt++;
      const f = noteRoot(this.v, this.tree.size, this.tree.root());
      if (f) return f;
    }
    return null;
  }
}
