// Reading JSON byte by byte. JSON.parse accepts too much: duplicate members, floats, lone surrogates, any
// order, any spelling. Strict reading takes exactly what RFC 8785 writes on the schema of audit-chain.md;
// lenient reading, for the lines around a payload, also white space, any order and any escape.
import { compareUTF16, fromUTF8, hexValue, runeLength } from './bytes.js';

export const maxInteger = 2 ** 53 - 1;
const maxDepth = 64;

const quote = 0x22, backslash = 0x5c, comma = 0x2c, colon = 0x3a;

// escaped maps the letter after a backslash to its character.
const escaped = new Uint8Array(256);
for (const [letter, code] of [['"', 0x22], ['\\', 0x5c], ['/', 0x2f], ['b', 8], ['t', 9], ['n', 10], ['f', 12], ['r', 13]]) {
  escaped[letter.charCodeAt(0)] = code;
}
const hasShort = (c) => c === 8 || c === 9 || c === 10 || c === 12 || c === 13;

export class Scanner {
  constructor(b, from = 0, end = b.length, strict = false) {
    this.b = b;
    this.i = from;
    this.end = end;
    this.strict = strict;
    this.failed = false;
    // What str read last: the inside of a string, and whether it holds no escape.
    this.from = 0;
    this.to = 0;
    this.plain = true;
  }

  fail() {
    this.failed = true;
    return false;
  }

  space() {
    if (this.strict) return;
    for (; this.i < this.end; this.i++) {
      const c = this.b[this.i];
      if (c !== 0x20 && c !== 0x09 && c !== 0x0a && c !== 0x0d) return;
    }
  }

  peek() { return this.i < this.end ? this.b[this.i] : 0; }

  take(c) {
    this.space();
    if (this.i >= this.end || this.b[this.i] !== c) return this.fail();
    this.i++;
    this.space();
    return true;
  }

  // ended reports whether the text is used up.
  ended() {
    this.space();
    if (this.i !== this.end) this.failed = true;
    return !this.failed;
  }

  // next moves to the following element of a list of which n were read; false at its end or on failure.
  next(n, closing) {
    if (this.failed) return false;
    this.space();
    if (this.peek() === closing) {
      this.i++;
      this.space();
      return false;
    }
    return n === 0 || this.take(comma);
  }

  // lit passes over the bytes of a literal if they are what follows.
  lit(literal) {
    const { b, i } = this, n = literal.length;
    if (this.end - i < n) return false;
    for (let k = 0; k < n; k++) if (b[i + k] !== literal[k]) return false;
    this.i += n;
    return true;
  }

  // str reads a string; from and to are what stands between its quotes.
  str() {
    const { b, end } = this;
    if (this.peek() !== quote) return this.fail();
    let i = this.i + 1;
    this.from = i;
    this.plain = true;
    for (;;) {
      if (i >= end) return this.fail();
      const c = b[i];
      if (c === quote) break;
      if (c === backslash) {
        this.plain = false;
        this.i = i;
        if (!this.escape()) return false;
        i = this.i;
      } else if (c < 0x20) {
        return this.fail();
      } else if (c < 0x80) {
        i++;
      } else {
        const n = runeLength(b, i, end);
        if (n === 0) return this.fail();
        i += n;
      }
    }
    this.to = i;
    this.i = i + 1;
    return true;
  }

  // escape passes over one escape sequence.
  escape() {
    if (this.end - this.i < 2) return this.fail();
    const c = this.b[this.i + 1];
    if (c !== 0x75) {
      if (!escaped[c] || (this.strict && c === 0x2f)) return this.fail();
      this.i += 2;
      return true;
    }
    const r = hex4(this.b, this.i, this.end);
    if (r < 0) return this.fail();
    const last = this.b[this.i + 5];
    if (this.strict && (r >= 0x20 || hasShort(r) || (last >= 0x41 && last <= 0x46))) return this.fail();
    if (r >= 0xd800 && r <= 0xdfff) {
      const low = hex4(this.b, this.i + 6, this.end);
      if (r > 0xdbff || low < 0xdc00 || low > 0xdfff) return this.fail();
      this.i += 6;
    }
    this.i += 6;
    return true;
  }

  // bytes and text are what str read last, with its escapes resolved.
  bytes() {
    const raw = this.b.subarray(this.from, this.to);
    return this.plain ? raw : unescape(raw);
  }

  text() { return fromUTF8(this.bytes()); }

  // integer returns an integer of magnitude below 2^53 in its shortest form, or null.
  integer() {
    const { b, end } = this, negative = this.peek() === 0x2d;
    if (negative) this.i++;
    const first = this.i;
    let n = 0;
    for (; this.i < end && b[this.i] >= 0x30 && b[this.i] <= 0x39; this.i++) {
      n = n * 10 + (b[this.i] - 0x30);
      if (n > maxInteger) return this.fail(), null;
    }
    const digits = this.i - first;
    if (digits === 0 || (b[first] === 0x30 && (digits > 1 || negative))) return this.fail(), null;
    const c = this.peek();
    if (c === 0x2e || c === 0x65 || c === 0x45) return this.fail(), null;
    return negative ? -n : n;
  }

  boolean() {
    if (this.lit(wordTrue)) return true;
    if (this.lit(wordFalse)) return false;
    this.fail();
    return null;
  }

  // key reads a member's name and its colon; last is the name before, as bytes, in strict reading.
  key(n, last) {
    if (!this.str()) return null;
    const name = this.bytes();
    if (!this.take(colon)) return null;
    if (this.strict && n > 0 && compareUTF16(last, name) >= 0) return this.fail(), null;
    return name;
  }

  // skip passes over one value.
  skip(depth) {
    if (depth > maxDepth) return this.fail();
    switch (this.peek()) {
      case quote: return this.str();
      case 0x7b: return this.skipObject(depth);
      case 0x5b:
        this.take(0x5b);
        for (let n = 0; this.next(n, 0x5d); n++) if (!this.skip(depth + 1)) return false;
        return !this.failed;
      case 0x74: case 0x66: return this.boolean() !== null;
      default: return this.integer() !== null;
    }
  }

  skipObject(depth) {
    this.take(0x7b);
    let last = null, seen = null;
    for (let n = 0; this.next(n, 0x7d); n++) {
      last = this.key(n, last);
      if (!last) return false;
      if (!this.strict) {
        const name = fromUTF8(last);
        seen ??= new Set();
        if (seen.has(name)) return this.fail();
        seen.add(name);
      }
      if (!this.skip(depth + 1)) return false;
    }
    return !this.failed;
  }

  // value reads one value: string, number, boolean, array or Map.
  value(depth) {
    if (depth > maxDepth) return this.fail(), null;
    switch (this.peek()) {
      case quote: return this.str() ? this.text() : null;
      case 0x7b: return this.object(depth);
      case 0x5b: {
        const list = [];
        this.take(0x5b);
        for (let n = 0; this.next(n, 0x5d); n++) list.push(this.value(depth + 1));
        return list;
      }
      case 0x74: case 0x66: return this.boolean();
      default: return this.integer();
    }
  }

  object(depth) {
    const members = new Map();
    if (!this.take(0x7b)) return members;
    let last = null;
    for (let n = 0; this.next(n, 0x7d); n++) {
      last = this.key(n, last);
      if (!last) break;
      const name = fromUTF8(last);
      if (members.has(name)) {
        this.fail();
        break;
      }
      members.set(name, this.value(depth + 1));
    }
    return members;
  }
}

const wordTrue = Uint8Array.from('true', (c) => c.charCodeAt(0));
const wordFalse = Uint8Array.from('false', (c) => c.charCodeAt(0));

// hex4 reads \uXXXX at b[i], or returns -1.
function hex4(b, i, end) {
  if (end - i < 6 || b[i] !== backslash || b[i + 1] !== 0x75) return -1;
  let r = 0;
  for (let k = i + 2; k < i + 6; k++) {
    const c = b[k], v = hexValue[c >= 0x41 && c <= 0x46 ? c + 32 : c];
    if (v > 15) return -1;
    r = (r << 4) | v;
  }
  return r;
}

// unescape resolves the escapes of a string that a scanner has accepted.
function unescape(raw) {
  const out = [];
  for (let i = 0; i < raw.length; ) {
    if (raw[i] !== backslash) {
      out.push(raw[i++]);
      continue;
    }
    let r = hex4(raw, i, raw.length);
    if (r < 0) {
      out.push(escaped[raw[i + 1]]);
      i += 2;
      continue;
    }
    i += 6;
    if (r >= 0xd800 && r <= 0xdfff) {
      r = 0x10000 + ((r & 0x3ff) << 10) + (hex4(raw, i, raw.length) & 0x3ff);
      i += 6;
    }
    if (r < 0x80) out.push(r);
    else if (r < 0x800) out.push(0xc0 | (r >> 6), 0x80 | (r & 63));
    else if (r < 0x10000) out.push(0xe0 | (r >> 12), 0x80 | ((r >> 6) & 63), 0x80 | (r & 63));
    else out.push(0xf0 | (r >> 18), 0x80 | ((r >> 12) & 63), 0x80 | ((r >> 6) & 63), 0x80 | (r & 63));
  }
  return Uint8Array.from(out);
}

// readCanonical returns the value of bytes that are exactly canonical, or undefined.
export function readCanonical(b) {
  const s = new Scanner(b, 0, b.length, true), v = s.value(0);
  return s.ended() ? v : undefined;
}
