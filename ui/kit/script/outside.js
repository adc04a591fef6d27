// Checkpoints that were kept elsewhere.
import { equal } from './bytes.js';
import { openCheckpoint, restoresIn, signedBy } from './note.js';
import { fault, OptionError } from './report.js';
import { Tree } from './tree.js';

// readOutside reads the options' checkpoints; it returns a fault for one of another chain.
export function readOutside(v) {
  const all = [...v.o.checkpoints.map((note) => [note, false]), ...v.o.bundled.map((note) => [note, true])];
  for (const [note, bundled] of all) {
    const cp = openCheckpoint(note);
    if (!cp) throw new OptionError('checkpoint');
    const lives = restoresIn(cp.origin, v.name);
    if (lives < 0) return fault(0, 'checkpoint-other-chain', 'the checkpoint from elsewhere is of another chain');
    v.outside.push({ cp, note, lives, bundled });
  }
  return null;
}

// checkOutside holds each checkpoint from elsewhere against the chain.
export function checkOutside(v) {
  for (const o of v.outside) {
    const { size } = o.cp;
    if (forged(v, o)) return fault(0, 'outside-checkpoint-signature', `the checkpoint from elsewhere of size ${size} bears a signature that does not hold`);
    if (lostByRestore(v, o)) continue;
    if (size > v.cp.size) {
      return fault(v.cp.size + 1, 'shorter-than-checkpoint', `a checkpoint from elsewhere has ${size} entries, this chain ${v.cp.size}`);
    }
    const root = rootAt(v, size);
    if (!root && o.bundled) {
      v.undecided++;
      continue;
    }
    if (!root) return fault(0, 'checkpoint-undecided', `these data do not give the root at size ${size}: ask the box for a consistency proof from there`);
    if (!equal(root, o.cp.root) || livesAt(v, size) !== o.lives) {
      return fault(size, 'checkpoint-mismatch', `an entry up to ${size} is not what a checkpoint from elsewhere signed`);
    }
  }
  return null;
}

// forged: a signature in the name of one of this chain's keys does not hold. Keys that the chain doesn't know
// are no fault: the comparison of roots decides.
function forged(v, o) {
  const keys = [v.firstKey, v.recoveryKey, v.ownFirst, v.ownRecovery, ...v.moves.map((m) => m.key)];
  return keys.some((k) => k && signedBy(o.note, k) === 'invalid');
}

// lostByRestore: o is of an earlier life and newer than the backup that ended it.
function lostByRestore(v, o) {
  const r = v.report.restored[o.lives];
  if (!r || o.cp.size <= r.size) return false;
  r.lost_to = Math.max(r.lost_to, o.cp.size);
  return true;
}

// livesAt returns how many restores lie before the checkpoint of that size.
function livesAt(v, size) { return v.report.restored.filter((r) => size > r.size).length; }

// rootAt returns the root at size from the entries, a hand-over whose proofs held, or the checkpoint.
export function rootAt(v, size) {
  if (size === v.cp.size) return v.cp.root;
  if (size === 0) return new Tree().root();
  return v.roots.get(size) ?? v.moves.find((m) => m.seq === size)?.root ?? null;
}
