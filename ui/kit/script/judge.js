// From the files that somebody dropped to one verdict.
import { judgeArchives } from './archive.js';
import { fromUTF8, utf8 } from './bytes.js';
import { cosignature, parseWitness } from './cosign.js';
import { kindOf, keysIn, noteIn, notesIn } from './kinds.js';
import { openCheckpoint, parseKey, signedBy } from './note.js';
import { textsOf } from './receipt.js';
import { OptionError, refused } from './report.js';
import { ExportVerifier, verifyExport } from './verify.js';
import { readZip, streamed, ZipError } from './zip.js';

const maxText = 64 << 20;

// What explains a kit is part of it and says nothing that could be verified.
const explains = /(^|\/)(verify\.html|FORMAT\.(fr|en)\.md|LISEZMOI\.txt|README\.txt)$/;

// sources lists what there is to judge: {name, kind, size, packed, chunks()}; packed files came in a zip.
async function sources(files) {
  const list = [];
  for (const file of files) {
    const kind = kindOf(new Uint8Array(await file.slice(0, 4096).arrayBuffer()));
    if (kind !== 'zip') {
      list.push({ name: file.name, kind, size: file.size, packed: false, chunks: () => streamed(file.stream()) });
      continue;
    }
    for (const m of await readZip(file)) list.push({ ...m, kind: kindOf(await head(m)), packed: true });
  }
  return list;
}

async function head(member) {
  const got = [];
  let size = 0;
  for await (const b of member.chunks()) {
    got.push(b);
    size += b.length;
    if (size >= 4096) break;
  }
  return join(got, size);
}

function join(pieces, size) {
  const all = new Uint8Array(size);
  let at = 0;
  for (const b of pieces) {
    all.set(b, at);
    at += b.length;
  }
  return all;
}

async function readThrough(source) {
  for await (const b of source.chunks()) if (b.length === 0) continue;
}

async function textOf(source) {
  if (source.size > maxText) throw new ZipError('too large for what it is');
  const got = [];
  let size = 0;
  for await (const b of source.chunks()) {
    got.push(b);
    size += b.length;
  }
  return fromUTF8(join(got, size));
}

// known gathers keys, checkpoints and witnesses. Only what was given apart comes from elsewhere and can be
// trusted to; keys and checkpoints among the files may be a forger's like the rest, but they must fit it.
async function known(list, given) {
  const read = (name) => [...new Set(keysIn(given[name] ?? ''))], notes = notesIn(given.notes ?? '');
  const k = { keys: read('key'), witnesses: read('witnesses'), notes, bundledKeys: [], bundledNotes: [] };
  if ((given.key ?? '').trim() !== '' && (k.keys.length === 0 || !k.keys.every((key) => parseKey(key)))) throw new OptionError('key');
  if ((given.witnesses ?? '').trim() !== '' && (k.witnesses.length === 0 || !k.witnesses.every((w) => parseWitness(w)))) throw new OptionError('witness');
  if ((given.notes ?? '').trim() !== '' && notes.length === 0) throw new OptionError('checkpoint');
  for (const s of list) {
    if (s.kind === 'keys') k.bundledKeys.push(...keysIn(await textOf(s)));
    if (s.kind === 'notes') k.bundledNotes.push(...notesIn(await textOf(s)));
    // A receipt shows what its holder was told: the chain must still say so.
    if (s.kind === 'receipt') k.bundledNotes.push(...noteIn(await textOf(s)));
  }
  return k;
}

// judge returns {verdict, exports, notes, witnessed, others}. tell is told {done, total, entries} now and then.
export async function judge(files, given, tell) {
  let list;
  try {
    list = await sources(files);
  } catch (err) {
    if (err instanceof ZipError) return damaged(err.message);
    throw err;
  }
  const out = { exports: [], notes: [], witnessed: [], receipts: [], others: [] };
  const total = list.reduce((n, s) => n + (s.kind === 'export' || s.kind === 'segment' ? s.size : 0), 0);
  let done = 0;
  try {
    const k = await known(list, given);
    for (const a of await judgeArchives(list, k, (source, verifier, before) => run(source, verifier, (bytes, entries) => tell({ done: done + before + bytes, total, entries })))) {
      out.exports.push(a);
      done += a.bytes;
    }
    for (const s of list.filter((one) => one.kind === 'export' && !one.archived)) {
      out.exports.push(await judgeExport(s, k, (bytes, entries) => tell({ done: done + bytes, total, entries })));
      done += s.size;
    }
    if (out.exports.length === 0 && explained(list)) return damaged('no export in it', 'kit-export');
    for (const s of list.filter((one) => one.kind === 'receipt')) out.receipts.push(await judgeReceipt(s, k));
    judgeNotes(out, k);
    // What is in the archive and isn't evidence is read all the same: an archive that is damaged anywhere is suspect.
    for (const s of list) if (s.packed && s.kind === 'other') await readThrough(s);
    out.others = list.filter((s) => s.kind === 'other' && !(s.packed && explains.test(s.name))).map((s) => s.name);
    out.given = { key: k.keys.length > 0, checkpoints: k.notes.length, witnesses: k.witnesses.length };
  } catch (err) {
    if (err instanceof ZipError) return damaged(err.message);
    throw err;
  }
  return { ...out, verdict: verdictOf(out) };
}

function damaged(detail, code = 'kit-damaged') {
  const report = refused(code, detail);
  return { exports: [{ name: '', report, undecided: 0 }], notes: [], witnessed: [], receipts: [], others: [], given: {}, verdict: 'red' };
}

async function judgeExport(source, k, tell) {
  const bundled = k.bundledNotes.filter((n) => !k.notes.includes(n));
  const bad = bundled.find((n) => !openCheckpoint(n));
  if (bad) return { name: source.name, report: refused('kit-checkpoint', 'a checkpoint in the kit cannot be read'), undecided: 0 };
  const verifier = new ExportVerifier({ firstKey: k.keys.join('\n'), checkpoints: k.notes, bundled, witnesses: k.witnesses });
  const began = performance.now();
  let report = await run(source, verifier, tell);
  const stranger = report.ok && k.bundledKeys.find((key) => verifier.knowsKeys() && parseKey(key) && !verifier.knowsKeys().includes(key));
  if (stranger) report = { ...report, ok: false, authentic: false, fault: 'kit-keys', detail: 'the kit names a key that its export does not' };
  return { name: source.name, report, undecided: verifier.undecided(), checkpoint: verifier.checkpoint(), byTime: verifier.byTime(), seconds: (performance.now() - began) / 1000, bundled: bundled.length };
}

// run lets a verifier read a source, and says how far it is.
async function run(source, verifier, tell) {
  let bytes = 0, told = 0;
  for await (const b of source.chunks()) {
    bytes += b.length;
    // A member of a zip is read to its end all the same: its CRC counts.
    if (!verifier.write(b) && !source.packed) break;
    const now = performance.now();
    if (now - told < 80) continue;
    told = now;
    tell(bytes, verifier.entries());
    if (typeof document !== 'undefined') await new Promise((resolve) => setTimeout(resolve));
  }
  return verifier.end();
}

async function judgeReceipt(source, k) {
  const text = utf8(await textOf(source)), report = verifyExport(text, { firstKey: k.keys.join('\n'), checkpoints: [] });
  return { name: source.name, report, texts: report.ok ? textsOf(text) : {} };
}

// judgeNotes says of every checkpoint and cosignature what it is worth by itself.
function judgeNotes(out, k) {
  for (const note of new Set([...k.notes, ...k.bundledNotes])) {
    const cp = openCheckpoint(note);
    if (!cp) throw new OptionError('checkpoint');
    const signed = k.keys.map((key) => signedBy(note, key));
    out.notes.push({ origin: cp.origin, size: cp.size, signed: signed.includes('invalid') ? 'invalid' : signed.includes('yes') ? 'yes' : 'no' });
    if (out.exports.length > 0) continue;
    for (const w of k.witnesses.map((key) => parseWitness(key))) {
      const c = cosignature(note, w);
      if (c) out.witnessed.push({ name: w.name, size: cp.size, at: new Date(c.time * 1000).toISOString(), valid: c.valid });
    }
  }
}

const explained = (list) => list.some((s) => s.packed && explains.test(s.name));

// verdictOf: red for any fault; green for authentic exports alone; amber for what holds with a doubt.
function verdictOf(out) {
  const reports = [...out.exports, ...out.receipts].map((e) => e.report);
  if (reports.some((r) => !r.ok) || out.notes.some((n) => n.signed === 'invalid') || out.witnessed.some((w) => !w.valid)) return 'red';
  if (reports.length === 0) return out.notes.length > 0 ? 'amber' : 'none';
  return reports.every((r) => r.authentic && !r.amber) ? 'green' : 'amber';
}
