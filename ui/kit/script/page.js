// The page: files in, a banner out. All work is a worker's, where the browser lets a local file have one.
import { headline, rows, sentences } from './findings.js';
import { noteIn } from './kinds.js';
import { chooseLanguage, currentLanguage, dateTime, t } from './language.js';

const $ = (id) => document.getElementById(id);
let files = [], last = null, failure = null, worker = null, run = 0, inline = null;

export function openPage(answer) {
  inline = answer;
  document.querySelector('noscript')?.remove();
  chooseLanguage(navigator.languages ?? [navigator.language]);
  $('language').addEventListener('click', () => {
    chooseLanguage([currentLanguage() === 'fr' ? 'en' : 'fr']);
    show();
  });
  $('theme').addEventListener('click', () => {
    const root = document.documentElement, dark = root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    root.dataset.theme = dark === 'dark' ? 'light' : 'dark';
  });
  $('files').addEventListener('change', (e) => take([...e.target.files]));
  for (const input of document.querySelectorAll('[data-into]')) input.addEventListener('change', () => readInto(input));
  $('known').addEventListener('submit', (e) => {
    e.preventDefault();
    start();
  });
  $('stop').addEventListener('click', () => {
    end();
    failure = { key: 'stopped' };
    show();
  });
  $('print').addEventListener('click', () => window.print());
  $('save').addEventListener('click', saveReport);
  $('keep').addEventListener('click', () => save('checkpoint.txt', 'text/plain', notesToKeep().join('\n')));
  drops();
  show();
}

// drops takes files wherever they fall.
function drops() {
  const over = (on) => $('drop').classList.toggle('is-over', on);
  addEventListener('dragover', (e) => {
    e.preventDefault();
    over(true);
  });
  addEventListener('dragleave', (e) => e.relatedTarget === null && over(false));
  addEventListener('drop', (e) => {
    e.preventDefault();
    over(false);
    const into = e.target.closest?.('[data-field]')?.querySelector('[data-into]');
    if (into) readInto(into, e.dataTransfer.files);
    else take([...e.dataTransfer.files]);
  });
}

async function readInto(input, list = input.files) {
  const field = $(input.dataset.into), texts = await Promise.all([...list].map((f) => f.slice(0, 64 << 20).text()));
  // A receipt, an earlier export or a witness's file carries the checkpoint that is wanted here.
  const wanted = texts.map((text) => (input.dataset.into === 'notes' ? (noteIn(text)[0] ?? text) : text).trim());
  field.value = [field.value.trim(), ...wanted].filter(Boolean).join('\n\n') + '\n';
  if (input.files) input.value = '';
}

function take(list) {
  if (list.length === 0) return;
  files = list;
  $('files').value = '';
  start();
}

function end() {
  worker?.terminate();
  worker = null;
  run++;
}

function start() {
  if (files.length === 0) return $('files').focus();
  end();
  last = failure = null;
  const id = run, job = { id, files, given: { key: $('key').value, notes: $('notes').value, witnesses: $('witnesses').value } };
  show({ percent: 0, entries: 0 });
  const hear = (said) => said.id === run && heard(said);
  try {
    const url = URL.createObjectURL(new Blob([document.querySelector('script').textContent], { type: 'text/javascript' }));
    worker = new Worker(url);
    worker.onmessage = (e) => hear(e.data);
    worker.onerror = (e) => {
      // No worker here: the page does the work itself, and yields now and then.
      e.preventDefault();
      worker = null;
      inline(job, hear);
    };
    worker.postMessage(job);
    URL.revokeObjectURL(url);
  } catch {
    worker = null;
    inline(job, hear);
  }
}

function heard(said) {
  if (said.progress) {
    const { done, total, entries } = said.progress;
    return show({ percent: total ? Math.min(100, Math.floor((100 * done) / total)) : 0, entries });
  }
  worker?.terminate();
  worker = null;
  last = said.result ?? null;
  failure = said.failed ? { key: 'fail.' + said.failed, detail: said.detail } : null;
  show();
  $('banner').focus();
}

// show draws everything anew from what is known.
function show(progress) {
  document.documentElement.lang = currentLanguage();
  document.title = t('title');
  for (const e of document.querySelectorAll('[data-t]')) e.textContent = t(e.dataset.t);
  for (const e of document.querySelectorAll('[data-t-label]')) e.setAttribute('aria-label', t('known.open-for', { what: t(e.dataset.tLabel) }));
  $('theme').setAttribute('aria-label', t('theme'));
  $('language').lang = currentLanguage() === 'fr' ? 'en' : 'fr';
  $('chosen').textContent = files.map((f) => f.name).join(', ');
  $('go').textContent = t(last || failure ? 'again' : 'verify');
  $('go').hidden = files.length === 0;
  $('working').hidden = !progress;
  if (progress) {
    $('bar').value = progress.percent;
    $('told').textContent = t('progress', progress);
  }
  $('result').hidden = !last && !failure;
  if (last || failure) showResult();
}

function showResult() {
  const colour = last ? last.verdict : 'none';
  if (last) document.documentElement.dataset.verdict = colour;
  else delete document.documentElement.dataset.verdict;
  $('banner').className = 'banner is-' + colour;
  $('headline').textContent = last ? headline(last) : failure.key === 'stopped' ? t('stopped') : t(failure.key, failure);
  $('says').replaceChildren(...(last ? sentences(last) : []).map((text) => element('li', text)));
  const judged = last ? [...last.exports, ...last.receipts] : [];
  $('tables').replaceChildren(...judged.map(table));
  $('facts').hidden = judged.length === 0;
  $('keep').hidden = $('keep-why').hidden = notesToKeep().length === 0;
  $('limits').hidden = !last || last.verdict === 'none' || last.verdict === 'red';
  $('printed').textContent = last ? t('printed', { date: dateTime(new Date()) }) : '';
}

function table(one) {
  const list = element('dl');
  for (const { name, value, code, said, lang } of rows(one)) {
    const cell = element('dd');
    cell.append(code ? element('code', value) : value);
    // What people and programs said keeps its language and its lines.
    if (said) cell.className = 'said';
    if (said || lang) cell.lang = lang ?? '';
    list.append(element('dt', name), cell);
  }
  return list;
}

function element(name, text) {
  const e = document.createElement(name);
  if (text !== undefined) e.textContent = text;
  return e;
}

// notesToKeep lists the checkpoints of what held: what the next visit will be compared with.
function notesToKeep() { return (last?.exports ?? []).filter((e) => e.report.ok).map((e) => e.checkpoint); }

function saveReport() {
  const report = { made_by: 'verify.html', at: new Date().toISOString(), files: files.map((f) => ({ name: f.name, bytes: f.size })), ...last };
  save('verification.json', 'application/json', JSON.stringify(report, null, 2) + '\n');
}

function save(name, type, text) {
  const link = element('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
