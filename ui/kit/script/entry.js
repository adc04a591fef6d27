// One payload of the chain, version 1 of the table in audit-chain.md. Canonical members come in one order, so
// the reader asks for each in turn instead of reading names.
import { ascii, hexValue } from './bytes.js';
import { Scanner } from './scan.js';

const lit = Object.fromEntries(
  ['{"action":', ',"actor":', '{"id":', ',"kind":', '}', ',"detail":', ',"nonce":"', ',"object":', ',"outcome":',
    ',"request":', ',"sealed":', ',"sealed":"', ',"seq":', ',"session":', ',"skew_ms":', ',"time":"', '","v":1}'].map((s) => [s, ascii(s)]),
);
const L = {
  action: lit['{"action":'], actor: lit[',"actor":'], id: lit['{"id":'], kind: lit[',"kind":'], close: lit['}'],
  detail: lit[',"detail":'], nonce: lit[',"nonce":"'], object: lit[',"object":'], outcome: lit[',"outcome":'],
  request: lit[',"request":'], sealed: lit[',"sealed":'], sealedHex: lit[',"sealed":"'], seq: lit[',"seq":'],
  session: lit[',"session":'], skew: lit[',"skew_ms":'], time: lit[',"time":"'], v: lit['","v":1}'],
};
const kinds = ['user', 'api_key', 'system', 'connector', 'cli'].map(ascii);
const outcomes = ['ok', 'denied', 'error'].map(ascii);
const marks = ['audit.key', 'audit.restore', 'audit.prune'].map(ascii);
export const timeLength = 24;

function among(b, from, to, list) {
  for (const word of list) {
    if (word.length !== to - from) continue;
    let k = 0;
    while (k < word.length && b[from + k] === word[k]) k++;
    if (k === word.length) return true;
  }
  return false;
}

// isActionName: lower-case words joined by dots, at least two of them.
function isActionName(b, from, to) {
  let dots = 0, start = true;
  for (let i = from; i < to; i++) {
    const c = b[i];
    if (c === 0x2e) {
      if (start) return false;
      dots++;
      start = true;
    } else if (c >= 0x61 && c <= 0x7a) start = false;
    else if (start || !((c >= 0x30 && c <= 0x39) || c === 0x5f || c === 0x2d)) return false;
  }
  return dots > 0 && !start;
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function daysIn(year, month) {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : monthDays[month - 1];
}

// isDateTime: b[i…] is a date and a time that exist, as 2006-01-02T15:04:05.
function isDateTime(b, i) {
  if (b[i + 4] !== 0x2d || b[i + 7] !== 0x2d || b[i + 10] !== 0x54 || b[i + 13] !== 0x3a || b[i + 16] !== 0x3a) return false;
  let good = true;
  const two = (k) => {
    const tens = b[i + k] - 0x30, ones = b[i + k + 1] - 0x30;
    if (!(tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9)) good = false;
    return tens * 10 + ones;
  };
  const year = two(0) * 100 + two(2), month = two(5), day = two(8), hour = two(11), minute = two(14), second = two(17);
  return good && month >= 1 && month <= 12 && hour <= 23 && minute <= 59 && second <= 59 && day >= 1 && day <= daysIn(year, month);
}

function isMilliTime(b, i) {
  if (b[i + 19] !== 0x2e || b[i + 23] !== 0x5a) return false;
  for (let k = i + 20; k < i + 23; k++) if (b[k] < 0x30 || b[k] > 0x39) return false;
  return isDateTime(b, i);
}

// isSecondTime: text is 2006-01-02T15:04:05Z and nothing else.
export function isSecondTime(text) {
  return /^[\x20-\x7e]{19}Z$/.test(text) && isDateTime(ascii(text), 0);
}

// Entry holds where the members that the verifier asks for stand in s.b.
export class Entry {
  // scan reads the payload at which a strict scanner stands: '' where it fits, otherwise 'not-canonical' for
  // bytes that no canonical encoder writes and 'bad-payload' for a canonical value that is no payload.
  scan(s) {
    const start = s.i;
    if (this.members(s)) return '';
    const again = new Scanner(s.b, start, s.end, true);
    if (again.peek() !== 0x7b) return 'not-canonical';
    again.skip(0);
    return again.failed ? 'not-canonical' : 'bad-payload';
  }

  members(s) {
    const { b } = s;
    if (!s.lit(L.action) || !s.str() || !s.plain || !isActionName(b, s.from, s.to)) return false;
    this.isMark = among(b, s.from, s.to, marks);
    if (!s.lit(L.actor) || !party(s) || !among(b, s.from, s.to, kinds)) return false;
    this.detail = -1;
    if (s.lit(L.detail)) {
      this.detail = s.i;
      if (s.peek() !== 0x7b || !s.skip(1) || s.i === this.detail + 2) return false;
      this.detailEnd = s.i;
    }
    if (!s.lit(L.nonce) || !hex(s, 32)) return false;
    if (s.lit(L.object) && !party(s)) return false;
    if (!s.lit(L.outcome) || !s.str() || !s.plain || !among(b, s.from, s.to, outcomes)) return false;
    if (s.lit(L.request) && !nonEmpty(s)) return false;
    this.sealed = -1;
    if (startsWith(s, L.sealed)) {
      if (!s.lit(L.sealedHex)) return false;
      this.sealed = s.i;
      if (!hex(s, 64)) return false;
    }
    return this.lastMembers(s);
  }

  lastMembers(s) {
    if (!s.lit(L.seq)) return false;
    const seq = s.integer();
    if (seq === null || seq < 1) return false;
    this.seq = seq;
    if (s.lit(L.session) && !nonEmpty(s)) return false;
    if (s.lit(L.skew) && !s.integer()) return false;
    if (!s.lit(L.time) || s.end - s.i < timeLength || !isMilliTime(s.b, s.i)) return false;
    this.time = s.i;
    s.i += timeLength;
    return s.lit(L.v);
  }
}

function startsWith(s, literal) {
  const at = s.i, found = s.lit(literal);
  s.i = at;
  return found;
}

function nonEmpty(s) { return s.str() && s.to > s.from; }

function hex(s, n) {
  if (s.end - s.i <= n || s.b[s.i + n] !== 0x22) return false;
  let bad = 0;
  for (let k = 0; k < n; k++) bad |= hexValue[s.b[s.i + k]];
  s.i += n + 1;
  return bad <= 15;
}

// party reads {id, kind} and leaves the kind as what was read last.
function party(s) {
  if (!s.lit(L.id) || !nonEmpty(s)) return false;
  if (!s.lit(L.kind) || !s.str()) return false;
  const { from, to } = s;
  if (!s.lit(L.close) || to === from) return false;
  return true;
}
