// Hex, base64, UTF-8 and comparisons, as strict as Go's where the binary leans on Go's.

// hexValue maps a lower-case hex digit to its value, everything else to 255.
export const hexValue = new Uint8Array(256).fill(255);
for (let i = 0; i < 16; i++) hexValue['0123456789abcdef'.charCodeAt(i)] = i;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function utf8(text) { return encoder.encode(text); }
export function fromUTF8(bytes) { return decoder.decode(bytes); }

// ascii makes the bytes of a literal that holds ASCII alone.
export function ascii(literal) { return Uint8Array.from(literal, (c) => c.charCodeAt(0)); }

export function toHex(bytes) {
  let out = '';
  for (const b of bytes) out += (b < 16 ? '0' : '') + b.toString(16);
  return out;
}

// readHex fills a new array of n bytes from the lower-case digits b[from, to), or returns null.
export function readHex(b, from, to, n) {
  if (to - from !== 2 * n) return null;
  const out = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const high = hexValue[b[from + 2 * i]], low = hexValue[b[from + 2 * i + 1]];
    if ((high | low) > 15) return null;
    out[i] = (high << 4) | low;
  }
  return out;
}

export function parseHash(text) {
  const b = utf8(text);
  return readHex(b, 0, b.length, 32);
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const sixBits = new Uint8Array(128).fill(255);
for (let i = 0; i < 64; i++) sixBits[alphabet.charCodeAt(i)] = i;

export function toBase64(bytes) {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const n = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out += alphabet[n >> 18] + alphabet[(n >> 12) & 63];
    out += i + 1 < bytes.length ? alphabet[(n >> 6) & 63] : '=';
    out += i + 2 < bytes.length ? alphabet[n & 63] : '=';
  }
  return out;
}

// fromBase64 reads RFC 4648 with padding and returns bytes or null. Like Go's decoder it passes over line
// ends, and unless strict over bits behind the last byte.
export function fromBase64(text, strict) {
  text = text.replace(/[\r\n]/g, '');
  if (text.length % 4) return null;
  let digits = text.length;
  if (digits && text[digits - 1] === '=') digits -= text[digits - 2] === '=' ? 2 : 1;
  const out = new Uint8Array((digits * 3) >> 2);
  let bits = 0, held = 0, at = 0;
  for (let i = 0; i < digits; i++) {
    const c = text.charCodeAt(i), v = c < 128 ? sixBits[c] : 255;
    if (v > 63) return null;
    bits = ((bits << 6) | v) & 0xffffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[at++] = (bits >> held) & 255;
    }
  }
  return strict && bits & ((1 << held) - 1) ? null : out;
}

// parseBase64 reads a hash in its one exact spelling of 44 characters, or returns null.
export function parseBase64(text) {
  if (text.length !== 44) return null;
  const b = fromBase64(text, true);
  return b && b.length === 32 ? b : null;
}

export function equal(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

// runeLength returns how many bytes the UTF-8 character at b[i] takes, at most up to end, or 0 where there is
// none: overlong forms, surrogates and numbers above U+10FFFF are none.
export function runeLength(b, i, end) {
  const c = b[i];
  if (c < 0x80) return 1;
  let n, low = 0x80, high = 0xbf;
  if (c >= 0xc2 && c <= 0xdf) n = 2;
  else if (c >= 0xe0 && c <= 0xef) n = 3;
  else if (c >= 0xf0 && c <= 0xf4) n = 4;
  else return 0;
  if (i + n > end) return 0;
  if (c === 0xe0) low = 0xa0;
  else if (c === 0xed) high = 0x9f;
  else if (c === 0xf0) low = 0x90;
  else if (c === 0xf4) high = 0x8f;
  if (b[i + 1] < low || b[i + 1] > high) return 0;
  for (let k = 2; k < n; k++) if ((b[i + k] & 0xc0) !== 0x80) return 0;
  return n;
}

// compareUTF16 orders UTF-8 bytes by UTF-16 code units (RFC 8785, section 3.2.3): byte order, except that
// characters beyond the basic plane come before U+E000 to U+FFFF.
export function compareUTF16(a, b) {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a[i], y = b[i];
    if (x === y) continue;
    return x >= 0xee && y >= 0xee && x >= 0xf0 !== y >= 0xf0 ? y - x : x - y;
  }
  return a.length - b.length;
}

// isSpace is Unicode's White_Space, which is not what \s means here: U+FEFF is none.
export function isSpace(c) {
  return (c >= 9 && c <= 13) || c === 0x20 || c === 0x85 || c === 0xa0 || c === 0x1680 ||
    (c >= 0x2000 && c <= 0x200a) || c === 0x2028 || c === 0x2029 || c === 0x202f || c === 0x205f || c === 0x3000;
}

// words splits text around white space.
export function words(text) {
  const list = [];
  let word = '';
  for (const c of text) {
    if (!isSpace(c.codePointAt(0))) word += c;
    else if (word) list.push(word), (word = '');
  }
  return word ? [...list, word] : list;
}
