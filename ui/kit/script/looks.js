// What a fault looks like, from the entries around it. A fault is certain; its cause is a reading.
import { equal } from './bytes.js';
import { Fields } from './fields.js';
import { signedBy } from './note.js';
import { sha256Two } from './sha.js';

// glimpse reads an entry that nothing is known of, whatever state it is in; null where it can't be read.
function glimpse(line) {
  const m = Fields.read(line), payload = m?.get('payload') ?? null, p = payload && Fields.read(payload);
  return p ? { seq: p.count('seq') ?? 0, hash: m.hash('chain_hash'), payload } : null;
}

const there = (e) => Boolean(e?.hash);
const link = (previous, e) => sha256Two(previous, e.payload);
const links = (e, previous) => there(e) && equal(link(previous, e), e.hash);

// Scene is what stands around the first fault of a walk.
export class Scene {
  // before and before2 are the chain hashes of the last two entries before the segment.
  constructor(before, before2, segment, fault) {
    Object.assign(this, { before, before2, bad: null, next: null, open: false });
    const i = fault.seq - segment.first;
    if (i < 0 || i >= segment.lines.length || i > segment.hashes.length) return;
    for (const h of segment.hashes.slice(0, i)) [this.before2, this.before] = [this.before, h];
    this.bad = glimpse(segment.lines[i]);
    if (i + 1 < segment.lines.length) this.next = glimpse(segment.lines[i + 1]);
    else this.open = true;
  }

  // follow takes the line after the segment's, where the fault was in its last.
  follow(line) {
    this.next = glimpse(line);
    this.open = false;
  }

  looks(fault) {
    if (!there(this.bad)) return '';
    if (fault.code === 'sequence') return this.ofSequence(fault.seq);
    return fault.code === 'hash-mismatch' ? this.ofHash(fault.seq) : '';
  }

  // ofSequence: an entry stands where number seq belongs.
  ofSequence(seq) {
    const { bad, next } = this;
    if (equal(bad.hash, this.before)) return 'duplicate';
    if (links(bad, this.before2)) return 'insertion';
    if (bad.seq < seq && (next?.seq ?? 0) === seq) return 'duplicate';
    return bad.seq > seq && (!there(next) || next.seq === bad.seq + 1) ? 'deletion' : 'reorder';
  }

  // ofHash: entry seq does not give its chain hash.
  ofHash(seq) {
    const { bad, next } = this;
    if (!there(next) || links(next, bad.hash)) return 'edit';
    if (next.seq === seq && links(next, this.before)) return 'insertion';
    return links(next, link(this.before, bad)) ? 'edit' : 'foreign';
  }
}

// looksOfKeys tells a note signed by a key of an earlier time from one signed by a stranger.
export function looksOfKeys(note, earlier) {
  return earlier.some((key) => key && signedBy(note, key) === 'yes') ? 'old-key' : 'other-key';
}
