// What the entries themselves say about keys and pruning.
import { equal, toBase64, toHex } from './bytes.js';
import { compareRoot, readPayload } from './handover.js';
import { isKeyOf } from './note.js';
import { fault } from './report.js';
import { leafHash, Tree } from './tree.js';

// meet takes an entry that bears on keys or pruning: {seq, hash, payload}.
export function meet(v, mark) {
  const p = readPayload(mark.payload);
  if (p.code) return fault(mark.seq, p.code);
  const detail = p.members.get('detail') ?? new Map(), action = p.members.get('action');
  if (mark.seq === 1) return meetFirst(v, action, detail);
  if (action === 'audit.prune') return meetPrune(v, mark.seq, detail);
  return meetMove(v, mark);
}

function meetFirst(v, action, detail) {
  if (action !== 'tenant.create') return fault(1, 'bad-first-entry', 'entry 1 is not tenant.create');
  v.ownFirst = detail.get('key');
  if (!isKeyOf(v.ownFirst, v.name)) return fault(1, 'bad-first-entry', 'first key');
  if (detail.has('recovery_key')) {
    v.ownRecovery = detail.get('recovery_key');
    if (!isKeyOf(v.ownRecovery, v.name)) return fault(1, 'bad-first-entry', 'recovery key');
  }
  if (v.firstKey && v.firstKey !== v.ownFirst) {
    return fault(1, 'first-key-mismatch', 'entry 1 names another first key than the one given');
  }
  if (v.recoveryKey && v.recoveryKey !== v.ownRecovery) {
    return fault(1, 'recovery-key-mismatch', 'entry 1 names another recovery key than the one given');
  }
  return null;
}

function meetPrune(v, seq, detail) {
  const cut = v.h.pruned;
  if (!cut || detail.get('to') !== cut.to) return null;
  if (detail.has('chain_hash') && detail.get('chain_hash') !== toHex(cut.chainHash)) {
    return fault(seq, 'bad-pruned', `the entry that pruned 1 to ${cut.to} names another chain hash`);
  }
  const size = typeof detail.get('size') === 'number' ? detail.get('size') : 0, root = detail.get('root');
  const stated = typeof root === 'string';
  if (stated && (size < cut.to || size >= seq)) {
    return fault(seq, 'bad-pruned', 'the checkpoint signed before the cut is not one of before it');
  }
  v.report.pruned_by = seq;
  v.before = stated ? { seq, size, root } : null;
  return null;
}

// checkBefore compares the checkpoint that an audit.prune entry says was signed before it with the tree, which
// the leaves that follow lead to its size, if they do.
export function checkBefore(v, tree, hashes) {
  const b = v.before;
  v.before = null;
  if (!b || !b.root || b.size < tree.size || b.size - tree.size > hashes.length) return null;
  const grown = new Tree(tree.size, tree.roots);
  for (const h of hashes.slice(0, b.size - tree.size)) grown.push(leafHash(h));
  if (toBase64(grown.root()) === b.root) return null;
  return fault(b.seq, 'bad-pruned', `the entries up to ${b.size} do not give the root that the entry names which pruned`);
}

// meetMove holds an entry that changes the key against the hand-overs, which must have exactly these, in order.
function meetMove(v, mark) {
  if (v.broken || !v.h.complete) return null;
  const want = v.moves[v.next];
  if (!want || want.seq > mark.seq) {
    return fault(mark.seq, 'handover-missing', `entry ${mark.seq} changes the key, and no hand-over says so`);
  }
  if (want.seq !== mark.seq || !equal(want.hash, mark.hash)) return mismatch(want.seq);
  v.next++;
  return null;
}

function mismatch(seq) { return fault(seq, 'handover-mismatch', `entry ${seq} is not the one that its hand-over holds`); }

// allMet reports the first hand-over whose entry was not among those walked.
export function allMet(v) {
  return v.broken || v.next >= v.moves.length ? null : mismatch(v.moves[v.next].seq);
}

// noteRoot takes the root that the entries give at a watched size.
export function noteRoot(v, size, root) {
  v.roots.set(size, root);
  const f = compareRoot(v, size, root) ?? compareOwn(v, size, root), cut = v.h.pruned;
  if (f && cut && !v.leaned) {
    // Where the entries after the cut are sound, only the range is left to blame.
    return fault(cut.to, 'bad-pruned', `the range of the pruned entries does not lead to the root at size ${size}`);
  }
  v.leaned = true;
  return f;
}

function compareOwn(v, size, root) {
  const cut = v.h.pruned;
  if (cut && cut.to === size && !equal(new Tree(cut.to, cut.range).root(), root)) {
    return fault(size, 'bad-pruned', 'the range of the pruned entries does not fit their chain hashes');
  }
  if (size === v.cp.size && !equal(root, v.cp.root)) {
    return fault(size, 'root-mismatch', `the entries do not give the root that the checkpoint of size ${size} signs`);
  }
  return null;
}
