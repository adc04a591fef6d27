// How keys move: hand-overs and restores, from the first key to the checkpoint's signer.
import { equal, toBase64 } from './bytes.js';
import { Entry } from './entry.js';
import { looksOfKeys } from './looks.js';
import { isKeyOf, openCheckpoint, restoresIn, signedBy } from './note.js';
import { fault } from './report.js';
import { readCanonical, Scanner } from './scan.js';
import { sha256Two } from './sha.js';
import { consistent, included } from './tree.js';

// readPayload returns {members, entry} or {code} with the code of a fault.
export function readPayload(b) {
  const s = new Scanner(b, 0, b.length, true), entry = new Entry(), code = entry.scan(s);
  if (code) return { code };
  if (!s.ended()) return { code: 'not-canonical' };
  return { entry, members: readCanonical(b) };
}

// readMoves reads every hand-over into v.moves and checks all but its signatures. It returns the first fault;
// hand-overs that can be read are kept even so, so that the walk can name the entry that broke the proof.
export function readMoves(v) {
  let first = null;
  for (const o of v.h.handovers) {
    const m = readMove(v, o), before = v.moves[v.moves.length - 1];
    if (m.code) {
      v.broken = true;
      return first ?? m;
    }
    if ((before && before.seq >= m.seq) || m.seq > v.cp.size) {
      v.broken = true;
      return fault(m.seq, 'bad-handover', 'hand-overs out of order or beyond the checkpoint');
    }
    v.moves.push(m);
    if (m.restore) v.report.restored.push({ ...m.restore });
    first ??= prove(v, o, m);
  }
  return first;
}

// readMove returns a move or a fault.
function readMove(v, o) {
  const cp = openCheckpoint(o.note);
  if (!cp) return fault(0, 'bad-handover', 'a note is no checkpoint');
  const seq = cp.size, bad = (detail) => fault(seq, 'bad-handover', detail);
  const p = readPayload(o.payload);
  if (p.code) return bad('its entry: ' + p.code);
  if (p.entry.seq !== seq) return bad(`the entry of seq ${p.entry.seq} is not the last of its note of size ${seq}`);
  if (!equal(sha256Two(o.previousHash, o.payload), o.chainHash)) return bad('the entry does not give its chain hash');
  const lives = restoresIn(cp.origin, v.name);
  if (lives < 0) return bad('its origin is of another chain');
  const detail = p.members.get('detail') ?? new Map(), key = detail.get('key'), action = p.members.get('action');
  if (!isKeyOf(key, v.name)) return bad('the new key is none of this chain');
  const m = { seq, hash: o.chainHash, root: cp.root, note: o.note, key, lives, restore: null, oldRoot: '' };
  if (action === 'audit.restore') return readRestore(m, detail);
  return action === 'audit.key' ? m : bad('its entry is neither audit.key nor audit.restore');
}

function readRestore(m, detail) {
  const base = m.seq - 1, size = detail.get('size'), known = detail.get('known_size'), root = detail.get('root');
  if (size !== undefined && size !== base) return fault(m.seq, 'bad-restore', "the backup's size is not the entry's place in the chain");
  m.restore = { entry: m.seq, size: base, lost_to: typeof known === 'number' && known > base ? known : base };
  m.oldRoot = typeof root === 'string' ? root : '';
  return m;
}

function prove(v, o, m) {
  if (!included(o.inclusion, m.seq, m.seq - 1, m.root, m.hash)) {
    return fault(m.seq, 'handover-proof', "the entry is not the last of the note's tree");
  }
  if (!consistent(o.consistency, m.seq, m.root, v.cp.size, v.cp.root)) {
    return fault(m.seq, 'handover-proof', `the note of size ${m.seq} does not belong to the checkpoint's tree`);
  }
  return null;
}

// checkKeys follows the keys from the first to the checkpoint's signer.
export function checkKeys(v) {
  let { key, recovery, lives, vouched } = startKeys(v);
  const earlier = [];
  for (const m of v.moves) {
    const by = m.restore ? recovery : key;
    if (m.restore) {
      lives++;
      if (!recovery || !vouched) v.doubt = 'recovery-key-unvouched';
    } else if (key) {
      // What the first key's heirs signed includes entry 1, and with it the recovery key.
      vouched = true;
    }
    if (m.lives !== lives) return fault(m.seq, 'bad-handover', `its origin tells of ${m.lives} restores where there were ${lives}`);
    if (m.key === key) return fault(m.seq, 'bad-handover', 'the new key is the old one');
    if (by && signedBy(m.note, by) !== 'yes') {
      return byOther(fault(m.seq, 'handover-signature', `the note of size ${m.seq} is not signed by the key that went before`), m.note, earlier);
    }
    if (signedBy(m.note, m.key) !== 'yes') {
      return fault(m.seq, 'handover-signature', `the note of size ${m.seq} is not signed by the new key`);
    }
    earlier.push(key);
    key = m.key;
  }
  if (v.lives !== lives) return fault(0, 'bad-checkpoint', `its origin tells of ${v.lives} restores where there were ${lives}`);
  if (key && signedBy(v.h.checkpoint, key) !== 'yes') {
    const f = fault(0, 'checkpoint-signature', 'the checkpoint is not signed by the key that the hand-overs lead to');
    return byOther(f, v.h.checkpoint, earlier);
  }
  v.ends = { key, recovery, vouched };
  return null;
}

// startKeys are the keys that sign where the log begins: the first ones, or for a segment those at the end of the
// one before.
function startKeys(v) {
  if (v.after) {
    v.doubt = v.after.doubt;
    return v.after;
  }
  return { key: v.firstKey || v.ownFirst, recovery: v.recoveryKey || v.ownRecovery, lives: 0, vouched: v.recoveryKey !== '' };
}

function byOther(f, note, earlier) { return Object.assign(f, { looks: looksOfKeys(note, earlier) }); }

// planWatch lists the sizes whose roots the walk has to note, rising.
export function planWatch(v) {
  const sizes = [v.cp.size, ...v.moves.map((m) => m.seq), ...v.outside.map((o) => o.cp.size)];
  for (const m of v.moves) if (m.restore) sizes.push(m.restore.size);
  if (v.h.pruned) sizes.push(v.h.pruned.to);
  return [...new Set(sizes)].sort((a, b) => a - b);
}

// compareRoot holds the root that the entries give at a size against all who state one.
export function compareRoot(v, size, root) {
  for (const m of v.moves) {
    if (m.seq === size && !equal(m.root, root)) {
      return fault(size, 'handover-mismatch', `the entries up to ${size} do not give the root that its hand-over signs`);
    }
    if (m.restore && m.restore.size === size && m.oldRoot && m.oldRoot !== toBase64(root)) {
      return fault(m.seq, 'bad-restore', `the entries up to ${size} do not give the root of the restored backup`);
    }
  }
  return null;
}
