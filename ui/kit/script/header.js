// The first line of an export.
import { Fields, items } from './fields.js';
import { Scanner } from './scan.js';

export const format = 'coffre-audit/v1';
// A segment of an archive has only the hand-overs of its own entries: those before are in the segments before.
export const segmentFormat = 'coffre-audit-segment/v1';

// readHeader returns {header} or {notExport: true} or {bad: member, tenant}.
export function readHeader(line) {
  const f = Fields.read(line), named = f?.text('format');
  if (named !== format && named !== segmentFormat) return { notExport: true };
  const customer = readCustomer(f.get('customer'));
  const h = {
    customer, genesis: f.hash('genesis'), complete: f.flag('complete'), first: f.count('first'), last: f.count('last'),
    checkpoint: f.text('checkpoint'), handovers: readHandovers(f), pruned: readPruned(f), filter: readFilter(f),
  };
  const order = ['genesis', 'complete', 'first', 'last', 'checkpoint', 'customer', 'handovers', 'pruned', 'filter'];
  let bad = order.find((name) => h[name] === null);
  if (!bad && !f.only('format', ...order)) bad = 'an unknown one';
  h.segment = named === segmentFormat;
  return bad ? { bad, tenant: Fields.read(f.get('customer'))?.text('id') ?? '' } : { header: h };
}

export function readCustomer(raw) {
  const c = Fields.read(raw);
  if (!c) return null;
  const id = c.text('id'), createdAt = c.text('created_at');
  return id !== null && createdAt !== null && c.only('id', 'created_at') ? { id, createdAt } : null;
}

// The optional members: undefined where they are not there, null where they are wrong.
function readPruned(f) {
  if (!f.has('pruned')) return undefined;
  const p = Fields.read(f.get('pruned'));
  if (!p) return null;
  const cut = { to: p.count('to'), chainHash: p.hash('chain_hash'), range: p.hashes('range') };
  return cut.to !== null && cut.chainHash && cut.range && p.only('to', 'chain_hash', 'range') ? cut : null;
}

function readFilter(f) {
  if (!f.has('filter')) return undefined;
  const s = new Scanner(f.get('filter'));
  if (s.peek() !== 0x7b) return null;
  const filter = s.object(1);
  return s.ended() ? filter : null;
}

export function readHandovers(f) {
  if (!f.has('handovers')) return [];
  const list = items(f.get('handovers'));
  if (!list) return null;
  const out = list.map(readHandover);
  return out.includes(null) ? null : out;
}

function readHandover(raw) {
  const f = Fields.read(raw), e = f && Fields.read(f.get('entry'));
  if (!e) return null;
  const o = {
    note: f.text('note'), inclusion: f.hashes('inclusion'), consistency: f.hashes('consistency'),
    chainHash: e.hash('chain_hash'), previousHash: e.hash('previous_hash'), payload: e.get('payload'),
  };
  const whole = Object.values(o).every((v) => v !== null);
  return whole && f.only('note', 'entry', 'inclusion', 'consistency') && e.only('chain_hash', 'previous_hash', 'payload') ? o : null;
}
