// Finds words that a page shows in the wrong language, or not in any: keys of
// the catalogue, sentences of the other language's catalogue, and common words
// of the interface. What documents and people say is not looked at.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const dir = join(import.meta.dirname, '../../ui/words/catalogue');
const demo = JSON.parse(readFileSync(join(import.meta.dirname, '../../testdata/demo/demo.json'), 'utf8'));
const said = new Set([
  ...demo.documents.map((d) => d.title),
  ...demo.collections.flatMap((c) => [c.name_fr, c.name_en]),
]);

const catalogue = {};
for (const name of readdirSync(dir).filter((n) => n.endsWith('.json'))) Object.assign(catalogue, JSON.parse(readFileSync(join(dir, name), 'utf8')));
const keys = new Set(Object.keys(catalogue));
const tongues = { fr: tongue('fr'), en: tongue('en') };

const common = {
  fr: /\b(save|cancel|delete|remove|add|send|close|sign in|sign out|the|your|you|with|download|upload|none|nothing|search|password)\b/i,
  en: /(?<![\p{L}’'-])(enregistrer|annuler|supprimer|retirer|ajouter|envoyer|fermer|connexion|le|la|les|votre|vos|vous|avec|télécharger|déposer|aucun|aucune|rien|rechercher|mot de passe)(?![\p{L}])/iu,
};

// tongue is one language's catalogue: its plain sentences, and those with
// parameters as patterns.
function tongue(lang) {
  const plain = new Set();
  const patterns = [];
  for (const values of Object.values(catalogue)) {
    const text = squeeze(values[lang]);
    if (!text.includes('{')) {
      plain.add(text);
      continue;
    }
    const literal = text.replace(/\{[^}]*\}/g, '');
    if (literal.replace(/\P{L}/gu, '').length < 8) continue;
    patterns.push(new RegExp('^' + text.split(/(\{[^}]*\})/).map((part) => (part.startsWith('{') ? hole(part) : escape(part))).join('') + '$', 'u'));
  }
  return { plain, patterns, has: (t) => plain.has(t) || patterns.some((p) => p.test(t)) };
}

function hole(part) {
  const forms = part.slice(1, -1).split('|').slice(1);
  return forms.length ? `(?:${forms.map(escape).join('|')})` : '.+?';
}

function escape(s) {
  return s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function squeeze(s) {
  return s.replace(/[\s\u00a0\u202f]+/g, ' ').trim();
}

// untranslated resolves with what is wrong on a page of that language.
export async function untranslated(page, lang) {
  const other = lang === 'fr' ? 'en' : 'fr';
  const faults = [];
  for (const raw of await page.evaluate(gather, lang)) {
    const text = squeeze(raw);
    if (keys.has(text) && !text.includes(' ') && text.includes('.')) faults.push(`shows the key ${text}`);
    if (said.has(text) || tongues[lang].has(text)) continue;
    if (tongues[other].has(text)) faults.push(`says in the other language: ${text}`);
    else if (common[lang].test(text)) faults.push(`has a word of the other language: ${text}`);
  }
  return [...new Set(faults)];
}

// gather runs in the page: every text that the interface says, seen or read out.
function gather(lang) {
  const foreign = '.answer-text, .question, .example, .hit h2, .source-place, .source-text, .sheet-text, .pages-words, .peek, .why-list, .why-terms, blockquote, pre, code, kbd, mark, .mono, textarea, script, style, [data-conversations], .recent li, .paper-words li, [data-group=conversations], [data-group=documents], [data-said]';
  // A conversation is called as its first question.
  const named = /^\/ask\/./.test(location.pathname);
  const ours = (e) => {
    const marked = e.closest('[lang]');
    return !e.closest(foreign) && !(named && e.closest('[data-ask-title]')) && (!marked || marked.lang === '' || marked.lang === lang);
  };
  const out = named ? [] : [document.title.split(' · ')[0]];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.data.trim() && ours(node.parentElement)) out.push(node.data);
  }
  for (const e of document.body.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
    if (!ours(e)) continue;
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) if (e.getAttribute(name)?.trim()) out.push(e.getAttribute(name));
  }
  return out;
}
