// Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), as the binary reads them.
import { fromBase64, fromUTF8, isSpace, parseBase64, runeLength, toBase64, utf8 } from './bytes.js';
import { verifyEd25519 } from './ed25519.js';
import { maxInteger } from './scan.js';
import { sha256 } from './sha.js';

const maxNote = 64 << 10;
const maxSignatures = 100;
const algEd25519 = 1;

function isName(name) {
  if (name === '' || name.includes('+')) return false;
  for (const c of name) if (isSpace(c.codePointAt(0))) return false;
  return true;
}

// cut splits text around the first separator; the rest is '' where there is none.
function cut(text, separator) {
  const i = text.indexOf(separator);
  return i < 0 ? [text, ''] : [text.slice(0, i), text.slice(i + separator.length)];
}

// parseKey reads a verifier key, name+hash+base64, of an algorithm, or returns null.
export function parseKey(text, algorithm = algEd25519) {
  const [name, rest] = cut(text, '+'), [hash16, key64] = cut(rest, '+');
  const key = fromBase64(key64, false);
  if (!/^[0-9a-fA-F]{8}$/.test(hash16) || !key || key.length === 0 || !isName(name)) return null;
  const digest = sha256(new Uint8Array([...utf8(name), 10, ...key]));
  const hash = new DataView(digest.buffer).getUint32(0);
  if (hash !== parseInt(hash16, 16) || key[0] !== algorithm || key.length !== 33) return null;
  return { name, hash, key: key.subarray(1), text };
}

// isKeyOf reports whether text is a verifier key of that name in its one exact spelling.
export function isKeyOf(text, name) {
  const k = typeof text === 'string' ? parseKey(text) : null;
  if (!k || k.name !== name) return false;
  const hash16 = k.hash.toString(16).padStart(8, '0');
  return text === `${name}+${hash16}+${toBase64(new Uint8Array([algEd25519, ...k.key]))}`;
}

// openNote returns {text, lines} with the signed bytes and the signature lines {name, hash, signature}, or null.
export function openNote(note) {
  const b = typeof note === 'string' ? utf8(note) : note;
  if (b.length > maxNote) return null;
  for (let i = 0; i < b.length; ) {
    const n = runeLength(b, i, b.length);
    if (n === 0 || (b[i] < 0x20 && b[i] !== 10)) return null;
    i += n;
  }
  let split = b.length - 2;
  while (split >= 0 && !(b[split] === 10 && b[split + 1] === 10)) split--;
  if (split < 0 || split + 2 === b.length || b[b.length - 1] !== 10) return null;
  const raw = fromUTF8(b.subarray(split + 2, b.length - 1)).split('\n');
  if (raw.length > maxSignatures) return null;
  const lines = raw.map(signatureLine);
  return lines.includes(null) ? null : { text: b.subarray(0, split + 1), lines };
}

function signatureLine(line) {
  if (!line.startsWith('— ')) return null;
  const [name, base64] = cut(line.slice(2), ' '), b = fromBase64(base64, false);
  if (!b || base64 === '' || !isName(name) || b.length < 5) return null;
  return { name, hash: new DataView(b.buffer).getUint32(0), signature: b.subarray(4) };
}

// Each hand-over's note is asked about several keys, again and again: an answer is kept.
const answers = new Map();

// signedBy answers 'yes', 'no' where no line bears the key's name and hash, or 'invalid'.
export function signedBy(note, key) {
  const remembered = typeof note === 'string' ? note + '\u0000' + key : '';
  const known = answers.get(remembered);
  if (known) return known;
  const answer = ask(note, key);
  if (remembered) {
    if (answers.size > 4096) answers.clear();
    answers.set(remembered, answer);
  }
  return answer;
}

function ask(note, key) {
  const k = parseKey(key), n = openNote(note);
  if (!k || !n) return 'no';
  const line = n.lines.find((l) => l.name === k.name && l.hash === k.hash);
  if (!line) return 'no';
  return verifyEd25519(k.key, n.text, line.signature) ? 'yes' : 'invalid';
}

// openCheckpoint returns {origin, size, root}, or null where the note is no checkpoint.
export function openCheckpoint(note) {
  const n = openNote(note);
  if (!n) return null;
  const lines = fromUTF8(n.text).split('\n');
  if (lines.length !== 4 || lines[3] !== '' || lines[0] === '') return null;
  const size = /^(0|[1-9][0-9]{0,15})$/.test(lines[1]) ? Number(lines[1]) : NaN, root = parseBase64(lines[2]);
  return size <= maxInteger && root ? { origin: lines[0], size, root } : null;
}

// restoresIn returns how many restores an origin of the chain named tells of, or -1 for another chain's.
export function restoresIn(origin, name) {
  if (origin === name) return 0;
  if (!origin.startsWith(name + '/')) return -1;
  const suffix = origin.slice(name.length + 1), n = /^[1-9][0-9]{0,6}$/.test(suffix) ? Number(suffix) : 0;
  return n >= 2 && n <= 1 << 20 ? n - 1 : -1;
}
