// Ed25519 verification (RFC 8032), cofactorless like the binary's: R is recomputed and compared as bytes.
// Written here because not every browser has it, and because browsers differ at the edges.

import { equal } from './bytes.js';
import { sha512 } from './sha.js';

const P = (1n << 255n) - 19n;
const L = (1n << 252n) + 27742317777372353535851937790883648493n;

const mod = (x) => {
  const r = x % P;
  return r < 0n ? r + P : r;
};

function power(base, exponent) {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * b) % P;
    b = (b * b) % P;
  }
  return result;
}

const D = mod(-121665n * power(121666n, P - 2n));
const D2 = mod(2n * D);
const rootOfMinusOne = power(2n, (P - 1n) / 4n);

// A point is [X, Y, Z, T] with x = X/Z, y = Y/Z, xy = T/Z (RFC 8032, section 5.1.4).
const zero = [0n, 1n, 1n, 0n];

function add(p, q) {
  const a = ((p[1] - p[0]) * (q[1] - q[0])) % P, b = ((p[1] + p[0]) * (q[1] + q[0])) % P;
  const c = (((p[3] * D2) % P) * q[3]) % P, d = (2n * p[2] * q[2]) % P;
  const e = b - a, f = d - c, g = d + c, h = b + a;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function double(p) {
  const a = (p[0] * p[0]) % P, b = (p[1] * p[1]) % P, c = (2n * p[2] * p[2]) % P;
  const h = a + b, e = h - (p[0] + p[1]) ** 2n, g = a - b, f = c + g;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function fromLittleEndian(b) {
  let hex = '';
  for (let i = b.length - 1; i >= 0; i--) hex += (b[i] < 16 ? '0' : '') + b[i].toString(16);
  return BigInt('0x' + hex);
}

// decode returns the point that 32 bytes name, or null. y may be P or more: Go takes that too.
function decode(b) {
  const all = fromLittleEndian(b), y = mod(all & ((1n << 255n) - 1n)), sign = all >> 255n;
  const u = mod(y * y - 1n), v = mod(D * y * y + 1n);
  let x = (((u * v ** 3n) % P) * power(u * v ** 7n, (P - 5n) / 8n)) % P;
  const check = mod(v * x * x);
  if (check !== u) {
    if (check !== mod(-u)) return null;
    x = (x * rootOfMinusOne) % P;
  }
  // Like Go's, this takes the sign of a zero as it comes.
  if ((x & 1n) !== sign) x = mod(-x);
  return [x, y, 1n, (x * y) % P];
}

function encode(p) {
  const inverse = power(p[2], P - 2n), x = mod(p[0] * inverse), y = mod(p[1] * inverse);
  const out = new Uint8Array(32);
  let rest = y | ((x & 1n) << 255n);
  for (let i = 0; i < 32; i++, rest >>= 8n) out[i] = Number(rest & 255n);
  return out;
}

// multiples lists 0 to 15 times p.
function multiples(p) {
  const list = [zero];
  for (let i = 1; i < 16; i++) list.push(add(list[i - 1], p));
  return list;
}

const baseY = mod(4n * power(5n, P - 2n));
let ofBase = null;

function basePoint() {
  const b = new Uint8Array(32);
  for (let i = 0, rest = baseY; i < 32; i++, rest >>= 8n) b[i] = Number(rest & 255n);
  return decode(b);
}

// verifyEd25519 reports whether signature (64 bytes) over message is key's (32 bytes).
export function verifyEd25519(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const s = fromLittleEndian(signature.subarray(32)), a = decode(key);
  if (s >= L || !a) return false;
  const text = new Uint8Array(64 + message.length);
  text.set(signature.subarray(0, 32));
  text.set(key, 32);
  text.set(message, 64);
  const k = fromLittleEndian(sha512(text)) % L;
  ofBase ??= multiples(basePoint());
  const ofMinusA = multiples([mod(-a[0]), a[1], 1n, mod(-a[3])]);
  let r = zero;
  for (let i = 252n; i >= 0n; i -= 4n) {
    if (i < 252n) r = double(double(double(double(r))));
    r = add(add(r, ofBase[Number((s >> i) & 15n)]), ofMinusA[Number((k >> i) & 15n)]);
  }
  return equal(encode(r), signature.subarray(0, 32));
}
