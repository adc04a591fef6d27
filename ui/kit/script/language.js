// Sentences in French and English. The catalogue is put in by the program that assembles this page.
import { catalogue } from './catalogue.js';

let language = 'en';

export function chooseLanguage(tags) {
  language = tags.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === 'fr' || tag === 'en') ?? 'en';
}

export function currentLanguage() { return language; }

export function has(key) { return key in catalogue; }

export function number(n, digits = 0) {
  return new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n);
}

export function dateTime(date) {
  return new Intl.DateTimeFormat(language === 'fr' ? 'fr' : 'en-GB', { dateStyle: 'long', timeStyle: 'short' }).format(date);
}

// french sets the spaces that French type asks for: a narrow one before ; ! ? and %, a hard one around : and « ».
export function french(text) {
  return text.replace(/ ([;!?%])/g, '\u202f$1').replace(/ :/g, '\u00a0:').replace(/« /g, '«\u00a0').replace(/ »/g, '\u00a0»').replace(/'/g, '’');
}

// t fills in a sentence: {name} is a value, {n|one|many} a form by the number n, [ of {by}] goes where by is not given.
export function t(key, values = {}) {
  const plural = (n) => (language === 'fr' ? Math.abs(n) >= 2 : n !== 1);
  let text = catalogue[key][language];
  if (language === 'fr') text = french(text);
  text = text.replace(/\[([^\]]*)\]/g, (_, part) => ([...part.matchAll(/\{(\w+)/g)].every((m) => values[m[1]]) ? part : ''));
  return text
    .replace(/\{(\w+)\|([^|}]*)\|([^}]*)\}/g, (_, n, one, many) => (plural(values[n]) ? many : one))
    .replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === 'number' ? number(values[name]) : values[name]));
}
