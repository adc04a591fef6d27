// One line of an export after its header.
import { ascii, equal, readHex } from './bytes.js';
import { Entry } from './entry.js';
import { Fields } from './fields.js';
import { Scanner } from './scan.js';
import { sha256Two } from './sha.js';

const names = ['chain_hash', 'payload', 'previous_hash', 'private', 'proof', 'salt'].map((name) => [name, ascii(name)]);

function nameOf(bytes) {
  for (const [name, spelt] of names) if (equal(spelt, bytes)) return name;
  return '';
}

function hash(s) {
  return s.str() && s.plain ? readHex(s.b, s.from, s.to, 32) : null;
}

// Line holds the members of one line; those that are not there are undefined.
class Line {
  // parse returns '' or the code of a fault.
  parse(b) {
    const s = new Scanner(b);
    s.space();
    if (!s.take(0x7b)) return 'malformed-line';
    for (let n = 0; s.next(n, 0x7d); n++) {
      const key = s.key(n, null);
      if (!key) break;
      const fault = this.member(s, nameOf(key));
      if (fault) return fault;
    }
    return s.ended() && this.chain_hash && this.payload ? '' : 'malformed-line';
  }

  member(s, name) {
    const start = s.i;
    let value = null;
    switch (name) {
      case 'chain_hash': case 'previous_hash': case 'salt':
        value = hash(s);
        break;
      case 'payload': {
        this.entry = new Entry();
        s.strict = true;
        const fault = this.entry.scan(s);
        s.strict = false;
        if (fault) return fault;
        value = s.b.subarray(start, s.i);
        break;
      }
      case 'private':
        s.strict = true;
        if (s.skip(0)) value = s.b.subarray(start, s.i);
        s.strict = false;
        break;
      case 'proof':
        if (s.skip(0)) value = proofOf(s.b, start, s.i);
    }
    if (s.failed || value === null || this[name] !== undefined) return 'malformed-line';
    this[name] = value;
    return '';
  }

  // checkPrivate checks the commitment where the line discloses a private part.
  checkPrivate() {
    if (this.private === undefined && this.salt === undefined) return true;
    if (this.private === undefined || this.salt === undefined || this.entry.sealed < 0) return false;
    const sealed = readHex(this.bytes, this.entry.sealed, this.entry.sealed + 64, 32);
    return equal(sha256Two(this.salt, this.private), sealed);
  }
}

function proofOf(b, from, to) {
  const f = new Fields();
  f.raw = new Map([['proof', b.subarray(from, to)]]);
  return f.hashes('proof');
}

// readLine returns {line} or {line, code} with the code of a fault.
export function readLine(b) {
  const line = new Line();
  line.bytes = b;
  const code = line.parse(b) || (line.checkPrivate() ? '' : 'private-mismatch');
  return { line, code };
}
