// Writing RFC 8785 JSON, for one question: is an entry spelled otherwise, or changed?
import { compareUTF16, utf8 } from './bytes.js';

const short = new Map([['"', '\\"'], ['\\', '\\\\'], ['\b', '\\b'], ['\t', '\\t'], ['\n', '\\n'], ['\f', '\\f'], ['\r', '\\r']]);

function string(text) {
  return '"' + text.replace(/["\\\u0000-\u001f]/g, (c) => short.get(c) ?? '\\u00' + c.charCodeAt(0).toString(16).padStart(2, '0')) + '"';
}

function write(v) {
  if (typeof v === 'string') return string(v);
  if (Array.isArray(v)) return '[' + v.map(write).join(',') + ']';
  if (v instanceof Map) {
    const keys = [...v.keys()].sort((a, b) => compareUTF16(utf8(a), utf8(b)));
    return '{' + keys.map((k) => string(k) + ':' + write(v.get(k))).join(',') + '}';
  }
  return String(v);
}

// canonical returns the bytes of a value that a scanner has read.
export function canonical(v) { return utf8(write(v)); }
