// Objects around payloads: headers, hand-overs and the last line of a filtered export.
import { parseBase64, parseHash, utf8 } from './bytes.js';
import { Scanner } from './scan.js';

// Fields are the raw values of an object's members.
export class Fields {
  // read returns the fields of b[from, end), or null where that is no object.
  static read(b, from = 0, end = b ? b.length : 0) {
    if (!b) return null;
    const s = new Scanner(b, from, end), f = new Fields();
    f.raw = new Map();
    s.space();
    if (!s.take(0x7b)) return null;
    for (let n = 0; s.next(n, 0x7d); n++) {
      if (!s.key(n, null)) break;
      // str's bounds moved on with the key's colon, its bytes did not.
      const name = s.text();
      if (f.raw.has(name)) return null;
      const start = s.i;
      if (s.skip(1)) f.raw.set(name, b.subarray(start, s.i));
    }
    return s.ended() ? f : null;
  }

  get(name) { return this.raw.get(name) ?? null; }

  has(name) { return this.raw.has(name); }

  // only reports whether no members but those named are there.
  only(...names) { return [...this.raw.keys()].every((name) => names.includes(name)); }

  scanner(name) { return new Scanner(this.get(name) ?? utf8('')); }

  // text, count, flag, hash and hashes return null where the member is not there or not of that kind.
  text(name) {
    const s = this.scanner(name);
    if (!s.str()) return null;
    const text = s.text();
    return s.ended() ? text : null;
  }

  count(name) {
    const s = this.scanner(name), n = s.integer();
    return n !== null && n >= 0 && s.ended() ? n : null;
  }

  flag(name) {
    const s = this.scanner(name), v = s.boolean();
    return s.ended() ? v : null;
  }

  hash(name) {
    const text = this.text(name);
    return text === null ? null : parseHash(text);
  }

  hashes(name) {
    const list = items(this.get(name));
    if (!list || list.length > 64) return null;
    const out = list.map(oneHash);
    return out.includes(null) ? null : out;
  }
}

function oneHash(raw) {
  const s = new Scanner(raw);
  if (!s.str()) return null;
  const text = s.text();
  return s.ended() ? parseBase64(text) : null;
}

// items returns the raw values of an array, or null.
export function items(b) {
  if (!b) return null;
  const s = new Scanner(b), list = [];
  if (!s.take(0x5b)) return null;
  for (let n = 0; s.next(n, 0x5d); n++) {
    const start = s.i;
    s.skip(1);
    list.push(b.subarray(start, s.i));
  }
  return s.ended() ? list : null;
}
