// The chain of an export recomputed from audit-chain.md in a few lines: a third
// opinion beside the box's own and testdata/audit-verifier.
import { createHash } from 'node:crypto';

const sha = (...parts) => parts.reduce((h, p) => h.update(p), createHash('sha256')).digest();

// entries reads a complete export and returns [{seq, action, raw}], where raw is
// the payload's bytes as they were hashed. It throws where the chain breaks.
export function entries(text) {
  const lines = text.trimEnd().split('\n');
  const header = JSON.parse(lines[0]);
  const { id, created_at: created } = header.customer;
  let prev = sha('lmbox.eu/audit-chain/v1', 'customer=' + id, 'created=' + created);
  if (prev.toString('hex') !== header.genesis) throw new Error('genesis differs');
  const found = [];
  for (const line of lines.slice(1)) {
    const at = line.indexOf('"payload":');
    const { chain_hash: hash, payload } = JSON.parse(line);
    if (!payload) continue;
    // The payload is the last member but for the private part, and its own bytes are what was hashed.
    const raw = line.slice(at + '"payload":'.length, end(line, at + '"payload":'.length));
    prev = sha(prev, raw);
    if (prev.toString('hex') !== hash) throw new Error(`entry ${payload.seq}: the hash differs`);
    found.push({ seq: payload.seq, action: payload.action, raw });
  }
  if (found.at(-1).seq !== header.last) throw new Error('the export ends early');
  return found;
}

// end is the index behind the JSON object that begins at i.
function end(s, i) {
  let depth = 0;
  for (let quoted = false; i < s.length; i++) {
    if (s[i] === '\\') i++;
    else if (s[i] === '"') quoted = !quoted;
    else if (!quoted && s[i] === '{') depth++;
    else if (!quoted && s[i] === '}' && --depth === 0) return i + 1;
  }
  throw new Error('an object without end');
}
