// From a judgement to the sentences of its banner and the rows of its table.
import { dateTime, has, number, t } from './language.js';

// headline returns the sentence of a banner.
export function headline(result) {
  const broken = firstBroken(result), report = broken ?? result.exports[0]?.report ?? result.receipts[0]?.report;
  if (report?.receipt || report?.fault === 'bad-receipt') return headlineOfReceipt(result.verdict);
  switch (result.verdict) {
    case 'green': return t(report.complete ? 'verdict.green' : 'verdict.green-filtered');
    case 'amber':
      if (!report) return t('verdict.amber-notes');
      if (!report.authentic) return t('verdict.amber-key');
      return t(report.restored.length > 0 ? 'verdict.amber-restored' : 'verdict.amber-archive');
    case 'red': return broken?.first_fault ? t('verdict.red-at', { seq: broken.first_fault }) : t('verdict.red');
    default: return t('verdict.none');
  }
}

function headlineOfReceipt(verdict) { return t({ green: 'verdict.green-receipt', red: 'verdict.red-receipt' }[verdict] ?? 'verdict.amber-receipt'); }

function firstBroken(result) { return [...result.exports, ...result.receipts].map((e) => e.report).find((r) => !r.ok); }

// sentences lists what a reader must know besides, the most important first.
export function sentences(result) {
  const list = [];
  for (const e of result.exports) list.push(...(e.report.ok ? holding(e, result) : failing(e.report)));
  for (const e of result.receipts) list.push(...(e.report.ok ? receiptHolds(e.report, result) : failing(e.report)));
  for (const n of result.notes) if (n.signed === 'invalid') list.push(t('say.note-bad', n));
  const witnessed = [...result.exports.filter((e) => e.report.ok).flatMap((e) => e.report.witnessed), ...result.witnessed];
  for (const w of witnessed) {
    list.push(t(w.valid === false ? 'say.witness-bad' : 'say.witness', { ...w, date: dateTime(new Date(w.at)) }));
  }
  if (result.verdict === 'red') list.push(t('say.keep'));
  if (result.others.length > 0) list.push(t('say.others', { names: result.others.join(', ') }));
  return [...new Set(list)];
}

function failing(r) {
  const list = [has('fault.' + r.fault) ? t('fault.' + r.fault) : t('fault.other', { code: r.fault })];
  if (r.looks_like && has('looks.' + r.looks_like)) list.push(t('looks.' + r.looks_like));
  if (r.against_witness) list.push(t('say.against-witness', { name: r.against_witness }));
  if (r.against) list.push(t('say.against', { n: r.against }));
  if (r.entries > 0) list.push(t('say.sound-before', { n: r.entries }));
  return list;
}

function holding({ report: r, bundled, undecided, byTime, segments }, { given }) {
  const list = [];
  if (r.authentic) list.push(t('say.authentic', { n: r.handovers }));
  else list.push(t(r.detail === 'recovery-key-unvouched' ? 'say.unvouched' : 'say.no-key'));
  for (const one of r.restored) {
    list.push(t('say.restored', { seq: one.entry, size: one.size }));
    if (one.lost_to > one.size) list.push(t('say.lost', { first: one.size + 1, last: one.lost_to }));
  }
  if (!r.complete) list.push(byTime ? t('say.by-time') : t('say.filtered'));
  if (segments) list.push(t('say.segments', { n: segments }));
  if (segments && r.pruned) list.push(t('say.archive-begins', { n: r.pruned }));
  else if (r.pruned) list.push(t('say.pruned', { n: r.pruned, by: r.pruned_by || undefined }));
  list.push(given.checkpoints ? t('say.notes', { n: given.checkpoints }) : t('say.no-notes'));
  if (bundled > undecided) list.push(t('say.bundled', { n: bundled - undecided }));
  if (undecided) list.push(t('say.undecided', { n: undecided }));
  return list;
}

function receiptHolds(r, { exports }) {
  const list = [t('say.receipt', { ...r.receipt, date: dateTime(new Date(r.receipt.answered)) })];
  list.push(r.authentic ? t('say.authentic', { n: r.handovers }) : t('say.no-key'));
  list.push(t(exports.length > 0 ? 'say.receipt-in-export' : 'say.receipt-alone'));
  return list;
}

// rows lists the name and the value of each field of one export's table.
export function rows({ name, report: r, seconds, texts }) {
  const list = [];
  const row = (key, value, code, more) => value && list.push({ name: t('field.' + key), value, code, ...more });
  row('file', name, true);
  row('tenant', r.tenant, true);
  row('entries', r.fault === 'not-export' ? '' : number(r.entries));
  const range = { first: r.pruned + 1, last: r.checkpoint_size };
  if (r.receipt) receiptRows(row, r.receipt, texts);
  row('range', !r.receipt && r.checkpoint_size && t(r.complete ? 'range.complete' : 'range.filtered', range));
  row('checkpoint', r.checkpoint_size && number(r.checkpoint_size));
  row('root', r.checkpoint_root, true);
  row('handovers', r.checkpoint_size && number(r.handovers));
  row('seconds', seconds && t('value.seconds', { seconds: number(seconds, 1), rate: Math.round(r.entries / seconds) }));
  row('code', r.fault, true);
  row('detail', r.fault && r.detail, false, { lang: 'en' });
  return list;
}

function receiptRows(row, f, texts) {
  row('asked', `${dateTime(new Date(f.asked))} (${t('entry', { n: f.question })})`);
  row('answered', `${dateTime(new Date(f.answered))} (${t('entry', { n: f.answer })})`);
  row('actor', f.actor, true);
  row('question', texts.question, false, { said: true });
  row('answer', texts.answer, false, { said: true });
  row('model', [f.model, f.model_digest].filter(Boolean).join(' · '), true);
  row('prompt', f.prompt, true);
  row('rights', f.rights && JSON.stringify(f.rights), true);
  row('passages', f.passages.map((p) => t('passage', { ...p, version: p.version || undefined })).join('\n'), false, { said: true });
}
