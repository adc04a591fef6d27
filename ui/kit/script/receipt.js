// A receipt: a question and its answer, each as a line of a filtered export, under a checkpoint.
import { fromUTF8 } from './bytes.js';
import { Fields } from './fields.js';
import { Filtered } from './filtered.js';
import { readPayload } from './handover.js';
import { readCustomer, readHandovers } from './header.js';
import { readLine } from './line.js';
import { openCheckpoint } from './note.js';
import { fault } from './report.js';
import { readCanonical } from './scan.js';

const receiptFormat = 'coffre-receipt/v1';

export function isReceipt(line) { return Fields.read(line)?.text('format') === receiptFormat; }

// readReceipt returns {header, question, answer} or null where a member is missing or malformed.
export function readReceipt(b) {
  const f = Fields.read(b), customer = readCustomer(f.get('customer')), checkpoint = f.text('checkpoint');
  const header = { customer, genesis: f.hash('genesis'), complete: false, first: 1, last: 0, checkpoint, handovers: readHandovers(f) };
  const question = f.get('question'), answer = f.get('answer');
  if (!customer || !header.genesis || checkpoint === null || !header.handovers || !question || !answer) return null;
  if (!f.only('format', 'customer', 'genesis', 'checkpoint', 'handovers', 'question', 'answer')) return null;
  header.last = openCheckpoint(checkpoint)?.size ?? 0;
  return { header, question, answer };
}

// walkReceipt checks the two entries and puts what they prove into v.report.receipt.
export function walkReceipt(v, { question, answer }) {
  const walk = new Filtered(v), lines = [], payloads = [];
  for (const raw of [question, answer]) {
    const { line, code } = readLine(raw);
    if (code) return fault(walk.seq + 1, code);
    const f = walk.entry(line);
    if (f) return f;
    walk.entries++;
    v.report.entries++;
    lines.push(line);
    payloads.push(readPayload(line.payload).members);
  }
  const [asked, given] = payloads, seq = given.get('seq');
  if (asked.get('action') !== 'question.ask' || given.get('action') !== 'answer.give') {
    return fault(seq, 'bad-receipt', 'its entries are not a question and an answer');
  }
  if (!answers(asked, given)) return fault(seq, 'bad-receipt', `entry ${seq} does not answer entry ${asked.get('seq')}`);
  v.report.receipt = factsOf(asked, given, lines);
  return null;
}

// answers: the answer says so, or both are of one request of one person.
function answers(asked, given) {
  const stated = given.get('detail')?.get('question');
  if (stated !== undefined) return stated === asked.get('seq');
  const who = (p) => p.get('actor').get('kind') + '\u0000' + p.get('actor').get('id');
  return asked.has('request') && asked.get('request') === given.get('request') && who(asked) === who(given);
}

function factsOf(asked, given, lines) {
  const detail = given.get('detail') ?? new Map(), text = (m, name) => (typeof m.get?.(name) === 'string' ? m.get(name) : '');
  const place = (m, name) => (typeof m.get?.(name) === 'number' ? m.get(name) : 0), list = detail.get('passages');
  return {
    question: asked.get('seq'), answer: given.get('seq'), asked: asked.get('time'), answered: given.get('time'),
    actor: asked.get('actor').get('id'), outcome: given.get('outcome'), model: text(detail, 'model'), model_digest: text(detail, 'model_digest'),
    prompt: text(detail, 'prompt'), rights: plain(detail.get('rights')),
    passages: (Array.isArray(list) ? list : []).map((m) => ({ document: text(m, 'document'), version: text(m, 'version'), start: place(m, 'start'), end: place(m, 'end') })),
    question_sealed: asked.get('sealed') ?? '', answer_sealed: given.get('sealed') ?? '',
    question_open: lines[0].private !== undefined, answer_open: lines[1].private !== undefined,
  };
}

// plain makes objects of Maps, for a report that is saved as JSON.
function plain(v) {
  if (Array.isArray(v)) return v.map(plain);
  return v instanceof Map ? Object.fromEntries([...v].map(([k, x]) => [k, plain(x)])) : v;
}

// textsOf returns {question, answer}: the texts that a sound receipt discloses, or ''.
export function textsOf(b) {
  const f = Fields.read(b), texts = {};
  for (const name of ['question', 'answer']) {
    const raw = Fields.read(f?.get(name))?.get('private'), p = raw && readCanonical(raw);
    const said = p instanceof Map ? [name, 'text'].map((k) => p.get(k)).find((t) => typeof t === 'string') : '';
    texts[name] = said ?? (raw ? fromUTF8(raw) : '');
  }
  return texts;
}
