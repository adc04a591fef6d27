// What a file is, by its content: names can be anything.
import { fromUTF8, utf8 } from './bytes.js';
import { parseWitness } from './cosign.js';
import { Fields } from './fields.js';
import { format, segmentFormat } from './header.js';
import { parseKey } from './note.js';

// kindOf looks at the first bytes of a file, at least 4096 of them where there are as many.
export function kindOf(b) {
  if (b[0] === 0x50 && b[1] === 0x4b && (b[2] === 3 || b[2] === 5)) return 'zip';
  const text = fromUTF8(b.subarray(0, 4096)).replace(/^\ufeff/, '').trimStart();
  if (text.startsWith('{')) {
    // Canonical members rise, so that a receipt begins with its answer, however long that is.
    if (text.startsWith('{"answer":{') || text.includes('"coffre-receipt/')) return 'receipt';
    // A line of an export whose header is gone is still an export: one that doesn't hold.
    if (text.includes(`"${segmentFormat}"`)) return 'segment';
    return text.includes(`"${format}"`) || text.includes('"genesis"') || text.includes('"chain_hash"') ? 'export' : 'other';
  }
  if (notesIn(text).length > 0) return 'notes';
  return keysIn(text).some((key) => parseKey(key) || parseWitness(key)) ? 'keys' : 'other';
}

// notesIn splits a text into signed notes, whatever line ends a mail programme left and whatever stands between.
export function notesIn(text) {
  const lines = text.replace(/\r\n?/g, '\n').split('\n'), notes = [];
  for (let i = 0; i < lines.length; i++) {
    if (!lines[i].startsWith('— ') || lines[i - 1]?.trim() !== '') continue;
    let end = i;
    while (end + 1 < lines.length && lines[end + 1].startsWith('— ')) end++;
    const note = [...lines.slice(Math.max(0, i - 4), i - 1), '', ...lines.slice(i, end + 1)].join('\n') + '\n';
    notes.push(note);
    i = end;
  }
  return notes;
}

// noteIn returns the checkpoint that an export, a receipt or a witness's file carries, as a list of one or none.
export function noteIn(text) {
  const f = Fields.read(utf8(text)) ?? Fields.read(utf8(text.split('\n', 1)[0])), note = f?.text('checkpoint') ?? '';
  return note.startsWith('coffre.audit/') ? [note] : [];
}

// keysIn lists the verifier keys that stand in a text, whatever surrounds them.
export function keysIn(text) { return text.split(/\s+/).filter((word) => word.split('+').length >= 3); }

