// Cosignatures of witnesses (C2SP tlog-cosignature): a witness has seen this checkpoint after all those that it
// cosigned before, and none of them contradicts it.
import { fromUTF8, toBase64, utf8 } from './bytes.js';
import { verifyEd25519 } from './ed25519.js';
import { openNote, parseKey } from './note.js';

const algCosignature = 4;

// parseWitness reads a witness's verifier key in its one exact spelling, or returns null.
export function parseWitness(text) {
  const k = parseKey(text, algCosignature);
  if (!k || !/^[\x21-\x7e]+$/.test(k.name)) return null;
  const exact = `${k.name}+${k.hash.toString(16).padStart(8, '0')}+${toBase64(new Uint8Array([algCosignature, ...k.key]))}`;
  return text === exact ? k : null;
}

// cosignature returns null where no line bears the witness's name and hash, otherwise {valid, time} with the
// time in seconds since 1970, at most the end of the year 9999: a later one has no RFC 3339 text.
export function cosignature(note, witness) {
  const n = openNote(note), line = n?.lines.find((l) => l.name === witness.name && l.hash === witness.hash);
  if (!line) return null;
  if (line.signature.length !== 72) return { valid: false, time: 0 };
  const b = line.signature, time = Number(new DataView(b.buffer, b.byteOffset).getBigUint64(0));
  if (time > 253402300799) return { valid: false, time: 0 };
  const text = utf8(`cosignature/v1\ntime ${time}\n${fromUTF8(n.text)}`);
  return { valid: verifyEd25519(witness.key, text, b.subarray(8)), time };
}
