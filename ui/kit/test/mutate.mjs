// Ways to tamper with an export, from a flipped bit to a chain that is linked anew.
import { createHash } from 'node:crypto';

// random is Mulberry32: the same seed, the same choices.
export function random(seed) {
  let a = seed >>> 0;
  const next = () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  return { below: (n) => next() % n, pick: (list) => list[next() % list.length] };
}

const tricks = [
  '\\u0041', '\\u00e9', '\\ud800', '\\ud83d\\ude00', '\\udc00\\ud800', '\\/', '\\u000a', '\\n', '\\u001f', '\\u001F', '\\"', '\\b', '\\x', '"', ' ', '\t',
  '\r', '\n', '\n\n', '\u0000', '\u007f', '\ufeff', 'é', '𝄞', '\uffff', '1.0', '1e3', '-0', '-1', '00', '9007199254740991', '9007199254740992',
  '18446744073709551616', 'null', 'true', '{}', '[]', '{"a":1,"a":2}', '{"b":1,"a":2}', ',', ':', '}', ']', '"v":1', '"v":2', '"end"', '[1,]',
  '['.repeat(66) + ']'.repeat(66), '"', '\\', '/2', '/3', '+', '=', '— ', '2026-02-29T00:00:00.000Z', '0000-01-01T00:00:00Z', '24:00', '2026-01-15T9:00:00,5+24:00',
];
const wrong = [[0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0xff], [0xef, 0xbb, 0xbf]].map((b) => Buffer.from(b));

const splice = (b, from, to, put) => Buffer.concat([b.subarray(0, from), put, b.subarray(to)]);
const linesOf = (b) => b.toString('latin1').split(/(?<=\n)/).map((s) => Buffer.from(s, 'latin1'));

function bytes(rng, b) {
  const at = rng.below(b.length + 1), n = rng.below(4);
  switch (rng.below(6)) {
    case 0: { const c = Buffer.from(b); if (at < b.length) c[at] ^= 1 << rng.below(8); return c; }
    case 1: return splice(b, at, Math.min(b.length, at + n), Buffer.alloc(0));
    case 2: return splice(b, at, Math.min(b.length, at + n), Buffer.from(rng.pick(tricks)));
    case 3: return splice(b, at, at, rng.pick(wrong));
    case 4: { const from = rng.below(b.length); return splice(b, at, at, b.subarray(from, from + rng.below(200))); }
    default: return b.subarray(0, rng.below(b.length + 1));
  }
}

function lines(rng, b) {
  const list = linesOf(b), i = rng.below(list.length), j = rng.below(list.length);
  switch (rng.below(5)) {
    case 0: list.splice(i, 1); break;
    case 1: list.splice(i, 0, list[j]); break;
    case 2: [list[i], list[j]] = [list[j], list[i]]; break;
    case 3: list.length = i; break;
    default: list.splice(i, 1 + rng.below(5));
  }
  return Buffer.concat(list);
}

// token replaces a JSON value or member of one line by another, found by a regular expression.
function token(rng, b) {
  const list = linesOf(b), i = rng.below(3) ? rng.below(list.length) : 0;
  const found = [...list[i].toString('latin1').matchAll(/"(?:[^"\\]|\\.)*"|-?\d+|true|false|[{}[\],:]/g)];
  if (found.length === 0) return b;
  const one = rng.pick(found), other = rng.pick(found);
  const put = rng.below(2) ? Buffer.from(other[0], 'latin1') : Buffer.from(rng.pick(tricks));
  list[i] = splice(list[i], one.index, one.index + one[0].length, put);
  return Buffer.concat(list);
}

// header edits the first line as an object.
function header(rng, b) {
  const list = linesOf(b);
  let h;
  try {
    h = JSON.parse(list[0].toString());
  } catch {
    return b;
  }
  const name = rng.pick(Object.keys(h)), o = Array.isArray(h.handovers) && h.handovers.every((x) => x && typeof x === 'object') ? h.handovers : [], i = o.length ? rng.below(o.length) : 0;
  switch (rng.below(9)) {
    case 0: delete h[name]; break;
    case 1: h[name] = rng.pick([0, 1, -1, '', 'x', [], {}, true, false, '2026-01-15T09:00:00Z']); break;
    case 2: if (typeof h.first === 'number') h[rng.pick(['first', 'last'])] += rng.below(5) - 2; break;
    case 3: if (o?.length) o.splice(i, 1); break;
    case 4: if (o?.length > 1) [o[0], o[i]] = [o[i], o[0]]; break;
    case 5: if (o?.length) o[i][rng.pick(['inclusion', 'consistency'])]?.splice?.(rng.below(8), 1); break;
    case 6: if (o?.length) o[i].note = rng.pick([h.checkpoint, o[rng.below(o.length)].note, String(o[i].note).replace(/—.*\n/, '')]); break;
    case 7: h.filter = rng.pick([{}, { from: '2026-01-15T09:00:00Z' }, { to: '2030-01-01T00:00:00.5+01:00' }, { from: '2026-01-15T9:00:00,25Z', to: 'x' }, { class: 'answer' }]); break;
    default: h.complete = !h.complete;
  }
  list[0] = Buffer.from(JSON.stringify(h) + '\n');
  return Buffer.concat(list);
}

// relink changes one payload and computes all chain hashes after it anew.
function relink(rng, b) {
  const list = linesOf(b).map((l) => l.toString('latin1')), i = 1 + rng.below(Math.max(1, list.length - 1));
  const parts = list.map((l) => /^(\{"chain_hash":")([0-9a-f]{64})(","payload":)(\{.*?\})(,"(?:previous_hash|private|proof|salt)":.*)?\}\n$/.exec(l));
  if (!parts[i]) return b;
  const payload = Buffer.from(parts[i][4], 'latin1'), changed = rng.below(2) ? bytes(rng, payload) : token(rng, payload);
  let previous = parts[i - 1] ? Buffer.from(parts[i - 1][2], 'hex') : null;
  if (!previous) {
    const h = /"genesis":"([0-9a-f]{64})"/.exec(list[0]);
    if (!h || i > 1) return b;
    previous = Buffer.from(h[1], 'hex');
  }
  for (let k = i; k < list.length && parts[k]; k++) {
    const p = k === i ? changed : Buffer.from(parts[k][4], 'latin1');
    previous = createHash('sha256').update(previous).update(p).digest();
    list[k] = parts[k][1] + previous.toString('hex') + parts[k][3] + p.toString('latin1') + (parts[k][5] ?? '') + '}\n';
  }
  return Buffer.from(list.join(''), 'latin1');
}

// resum makes the last line of a filtered export fit the lines before it.
function resum(b) {
  const list = linesOf(b), body = list.slice(1, -1);
  if (list.length < 2 || !list[list.length - 1].includes('"end"')) return b;
  const sha256 = createHash('sha256').update(Buffer.concat(body)).digest('hex');
  return Buffer.concat([list[0], ...body, Buffer.from(JSON.stringify({ end: { entries: body.length, sha256 } }) + '\n')]);
}

// mutate applies one to three changes.
export function mutate(rng, b) {
  for (let n = 1 + rng.below(3) * rng.below(2); n > 0 && b.length > 0; n--) {
    b = rng.pick([bytes, bytes, token, token, lines, header, relink, relink])(rng, b);
  }
  return rng.below(2) ? resum(b) : b;
}

// shrink returns the smallest file that it finds for which differs still holds: lines first, then bytes.
export async function shrink(b, differs, tries = 3000) {
  const without = async (pieces) => {
    for (let size = Math.ceil(pieces.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < pieces.length && tries > 0; tries--) {
        const less = [...pieces.slice(0, at), ...pieces.slice(at + size)];
        if (less.length > 0 && (await differs(Buffer.concat(less)))) pieces = less;
        else at += size;
      }
    }
    return pieces;
  };
  const fewer = Buffer.concat(await without(linesOf(b)));
  return Buffer.concat(await without([...fewer].map((c) => Buffer.from([c]))));
}
