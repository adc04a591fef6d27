// SHA-256 and SHA-512 (FIPS 180-4). The browser's own are asynchronous and cost more per call than a small
// digest takes; entries are small, and there are millions of them.

// roots returns the first 64 bits of the fractional part of the n-th root of each of the first count primes.
function roots(count, n) {
  const list = [];
  for (let p = 2n; list.length < count; p++) {
    let prime = true;
    for (let d = 2n; d * d <= p; d++) if (p % d === 0n) prime = false;
    if (!prime) continue;
    const target = p << BigInt(64 * n);
    let low = 0n, high = 1n << 70n;
    while (high - low > 1n) {
      const mid = (low + high) >> 1n;
      if (mid ** BigInt(n) <= target) low = mid;
      else high = mid;
    }
    list.push(low & 0xffffffffffffffffn);
  }
  return list;
}

const rounds512 = roots(80, 3);
const start512 = roots(8, 2);
const rounds256 = Int32Array.from(rounds512.slice(0, 64), (k) => Number(k >> 32n) | 0);
const start256 = Int32Array.from(start512, (k) => Number(k >> 32n) | 0);
const schedule = new Int32Array(64);

// compress takes in the 64 bytes at b[at].
function compress(h, b, at) {
  const w = schedule, k = rounds256;
  for (let i = 0; i < 16; i++, at += 4) w[i] = (b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3];
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15], y = w[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
  }
  let A = h[0], B = h[1], C = h[2], D = h[3], E = h[4], F = h[5], G = h[6], H = h[7];
  for (let i = 0; i < 64; i++) {
    const s1 = ((E >>> 6) | (E << 26)) ^ ((E >>> 11) | (E << 21)) ^ ((E >>> 25) | (E << 7));
    const t1 = (H + s1 + (G ^ (E & (F ^ G))) + k[i] + w[i]) | 0;
    const s0 = ((A >>> 2) | (A << 30)) ^ ((A >>> 13) | (A << 19)) ^ ((A >>> 22) | (A << 10));
    const t2 = (s0 + ((A & B) | (C & (A | B)))) | 0;
    H = G; G = F; F = E; E = (D + t1) | 0;
    D = C; C = B; B = A; A = (t1 + t2) | 0;
  }
  h[0] += A; h[1] += B; h[2] += C; h[3] += D;
  h[4] += E; h[5] += F; h[6] += G; h[7] += H;
}

function bytesOf(h) {
  const out = new Uint8Array(32);
  for (let i = 0; i < 8; i++) {
    out[4 * i] = h[i] >>> 24; out[4 * i + 1] = h[i] >>> 16; out[4 * i + 2] = h[i] >>> 8; out[4 * i + 3] = h[i];
  }
  return out;
}

const tail = new Uint8Array(128);

// pad takes in the last size % 64 bytes, which stand at b[at], and the padding of a text of size bytes.
function pad(h, b, at, size) {
  const rest = size % 64, end = rest < 56 ? 64 : 128;
  tail.fill(0);
  for (let i = 0; i < rest; i++) tail[i] = b[at + i];
  tail[rest] = 0x80;
  const high = Math.floor(size / 0x20000000), low = size << 3;
  for (let i = 0; i < 4; i++) {
    tail[end - 8 + i] = high >>> (24 - 8 * i);
    tail[end - 4 + i] = low >>> (24 - 8 * i);
  }
  compress(h, tail, 0);
  if (end === 128) compress(h, tail, 64);
}

const state = new Int32Array(8);

// sha256 returns the digest of b's first size bytes.
export function sha256(b, size = b.length) {
  state.set(start256);
  let at = 0;
  for (; at + 64 <= size; at += 64) compress(state, b, at);
  pad(state, b, at, size);
  return bytesOf(state);
}

let joined = new Uint8Array(4096);

// sha256Two returns the digest of two texts, one behind the other.
export function sha256Two(a, b) {
  const size = a.length + b.length;
  if (size > joined.length) joined = new Uint8Array(2 * size);
  joined.set(a);
  joined.set(b, a.length);
  return sha256(joined, size);
}

// Sum256 digests a text that comes in pieces.
export class Sum256 {
  constructor() {
    this.h = start256.slice();
    this.held = new Uint8Array(64);
    this.size = 0;
  }

  add(b) {
    let at = 0, held = this.size % 64;
    this.size += b.length;
    if (held) {
      const n = Math.min(64 - held, b.length);
      this.held.set(b.subarray(0, n), held);
      if (held + n < 64) return;
      compress(this.h, this.held, 0);
      at = n;
    }
    for (; at + 64 <= b.length; at += 64) compress(this.h, b, at);
    this.held.set(b.subarray(at));
  }

  digest() {
    const h = this.h.slice();
    pad(h, this.held, 0, this.size);
    return bytesOf(h);
  }
}

const mask = 0xffffffffffffffffn;
const turn = (x, n) => ((x >> n) | (x << (64n - n))) & mask;

// sha512 serves signatures alone, which are few.
export function sha512(b) {
  const end = Math.ceil((b.length + 17) / 128) * 128;
  const text = new Uint8Array(end);
  text.set(b);
  text[b.length] = 0x80;
  const view = new DataView(text.buffer);
  view.setBigUint64(end - 8, BigInt(b.length) * 8n);
  const h = [...start512], w = [];
  for (let at = 0; at < end; at += 128) {
    for (let i = 0; i < 16; i++) w[i] = view.getBigUint64(at + 8 * i);
    for (let i = 16; i < 80; i++) {
      const s0 = turn(w[i - 15], 1n) ^ turn(w[i - 15], 8n) ^ (w[i - 15] >> 7n);
      const s1 = turn(w[i - 2], 19n) ^ turn(w[i - 2], 61n) ^ (w[i - 2] >> 6n);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) & mask;
    }
    let [A, B, C, D, E, F, G, H] = h;
    for (let i = 0; i < 80; i++) {
      const s1 = turn(E, 14n) ^ turn(E, 18n) ^ turn(E, 41n);
      const t1 = (H + s1 + ((E & F) ^ (~E & mask & G)) + rounds512[i] + w[i]) & mask;
      const s0 = turn(A, 28n) ^ turn(A, 34n) ^ turn(A, 39n);
      const t2 = (s0 + ((A & B) ^ (A & C) ^ (B & C))) & mask;
      [H, G, F, E, D, C, B, A] = [G, F, E, (D + t1) & mask, C, B, A, (t1 + t2) & mask];
    }
    [A, B, C, D, E, F, G, H].forEach((x, i) => (h[i] = (h[i] + x) & mask));
  }
  const out = new Uint8Array(64);
  h.forEach((x, i) => new DataView(out.buffer).setBigUint64(8 * i, x));
  return out;
}
