// Checkpoints that were kept elsewhere.
import { equal } from './bytes.js';
import { cosignature, parseWitness } from './cosign.js';
import { openCheckpoint, openNote, parseKey, restoresIn, signedBy } from './note.js';
import { fault, OptionError } from './report.js';
import { Tree } from './tree.js';

// readOutside reads the options' checkpoints; it returns a fault for one of another chain.
export function readOutside(v) {
  const all = [...v.o.checkpoints.map((note) => [note, false]), ...v.o.bundled.map((note) => [note, true])];
  for (const [i, [note, bundled]] of all.entries()) {
    const cp = openCheckpoint(note);
    if (!cp) throw new OptionError('checkpoint');
    const lives = restoresIn(cp.origin, v.name);
    if (lives < 0) return against({ number: i + 1 }, fault(0, 'checkpoint-other-chain', `checkpoint ${i + 1} from elsewhere is of another chain`));
    v.outside.push({ cp, note, lives, bundled, number: i + 1, undecided: false });
  }
  return null;
}

// against makes a checkpoint what a fault is seen by.
function against(o, f) { return Object.assign(f, { against: o.number }); }

// checkOutside holds each checkpoint from elsewhere against the chain.
export function checkOutside(v) {
  const keys = keysByName(v);
  for (const o of v.outside) {
    const { size } = o.cp;
    if (forged(o, keys)) return against(o, fault(0, 'outside-checkpoint-signature', `the checkpoint from elsewhere of size ${size} bears a signature that does not hold`));
    if (lostByRestore(v, o)) continue;
    if (size > v.cp.size) {
      return against(o, fault(v.cp.size + 1, 'shorter-than-checkpoint', `a checkpoint from elsewhere has ${size} entries, this chain ${v.cp.size}`));
    }
    const root = rootAt(v, size);
    if (!root && o.bundled) {
      o.undecided = true;
      continue;
    }
    if (!root) {
      const f = fault(0, 'checkpoint-undecided', `these data do not give the root at size ${size}: ask the box for a consistency proof from there`);
      return against(o, f);
    }
    if (!equal(root, o.cp.root) || livesAt(v, size) !== o.lives) {
      return against(o, fault(size, 'checkpoint-mismatch', `an entry up to ${size} is not what a checkpoint from elsewhere signed`));
    }
  }
  return null;
}

// forged: a signature in the name of one of this chain's keys does not hold. Keys that the chain doesn't know
// are no fault: the comparison of roots decides.
function forged(o, keys) {
  const named = openNote(o.note).lines.flatMap((l) => keys.get(l.name + ' ' + l.hash) ?? []);
  return named.some((key) => signedBy(o.note, key) === 'invalid');
}

// keysByName indexes every key that this chain knows by what a signature's line says of it.
function keysByName(v) {
  const keys = new Map();
  for (const key of [v.firstKey, v.recoveryKey, v.ownFirst, v.ownRecovery, v.after?.key, v.after?.recovery, ...v.moves.map((m) => m.key)]) {
    const k = key && parseKey(key);
    if (k) keys.set(k.name + ' ' + k.hash, [...(keys.get(k.name + ' ' + k.hash) ?? []), key]);
  }
  return keys;
}

// lostByRestore: o is of an earlier life and newer than the backup that ended it.
function lostByRestore(v, o) {
  const r = v.report.restored[o.lives - (v.after?.lives ?? 0)];
  if (!r || o.cp.size <= r.size) return false;
  r.lost_to = Math.max(r.lost_to, o.cp.size);
  return true;
}

// livesAt returns how many restores lie before the checkpoint of that size.
function livesAt(v, size) { return (v.after?.lives ?? 0) + v.report.restored.filter((r) => size > r.size).length; }

// rootAt returns the root at size from the entries, a hand-over whose proofs held, or the checkpoint.
export function rootAt(v, size) {
  if (size === v.cp.size) return v.cp.root;
  if (size === 0) return new Tree().root();
  return v.roots.get(size) ?? v.moves.find((m) => m.seq === size)?.root ?? null;
}

// cosignedBy names a witness whose line the checkpoint of that number bears, even one that does not hold.
export function cosignedBy(o, number) {
  const note = [...o.checkpoints, ...o.bundled][number - 1];
  const key = note && o.witnesses.find((k) => cosignature(note, parseWitness(k)));
  return key ? key.split('+')[0] : '';
}

// checkWitnesses notes how far each witness has seen the chain: the checkpoint itself and those that were held
// against the chain may bear its line. A line in a witness's name that does not hold is a fault.
export function checkWitnesses(v) {
  const seen = new Map(), notes = [{ cp: v.cp, note: v.h.checkpoint, lives: v.lives, number: 0 }, ...v.outside.filter((o) => !o.undecided)];
  for (const o of notes) {
    for (const key of v.o.witnesses) {
      const c = cosignature(o.note, parseWitness(key));
      if (!c) continue;
      if (!c.valid) return against(o, fault(0, 'outside-checkpoint-signature', `a witness's line on the checkpoint of size ${o.cp.size} does not hold`));
      if (lostByRestore(v, o)) continue;
      const before = seen.get(key), at = new Date(c.time * 1000).toISOString().replace('.000Z', 'Z');
      if (!before || o.cp.size > before.size || (o.cp.size === before.size && at > before.at)) seen.set(key, { name: key.split('+')[0], size: o.cp.size, at });
    }
  }
  v.report.witnessed = [...new Set(v.o.witnesses)].filter((key) => seen.has(key)).map((key) => seen.get(key));
  return null;
}
