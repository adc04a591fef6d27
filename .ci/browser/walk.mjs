// The walk through the pages in a real browser: every page that the routes
// declare, at 390, 768 and 1440 pixels, in both themes and both languages, as
// every role that sees it otherwise; then the keyboard alone, and an answer that
// streams. Nothing may be found: see watch.mjs for what is looked for.
//     COFFRE=binary CHROMIUM=… ARTEFACTS=dir node walk.mjs [firm|restore|back|roles|states|keyboard|stream|zone|unkept]…
import { chromium } from 'playwright-core';
import { fromCopy } from './back.mjs';
import { start } from './box.mjs';
import { newFirm } from './firm.mjs';
import { keyboard } from './keyboard.mjs';
import { asRole, guests, prepare } from './roles.mjs';
import { fromBackup } from './restore.mjs';
import { routeCount, unseen } from './routes.mjs';
import { samples, states } from './states.mjs';
import { stream } from './stream.mjs';
import { copied, unkept } from './unkept.mjs';
import { counts, launch, problems } from './watch.mjs';
import { zone } from './zone.mjs';

const parts = process.argv.slice(2);
const wanted = (part) => parts.length === 0 || parts.includes(part);
const begun = Date.now();
const browser = await chromium.launch(launch);
const drawn = wanted('states') ? await samples() : null;
const box = await start(['demo', '--listen', '127.0.0.1:0', '--lang', 'fr']);
try {
  const made = await prepare(box);
  const tasks = [];
  for (const lang of ['fr', 'en']) {
    if (wanted('roles')) for (const role of ['admin', 'member', 'auditor', 'nobody']) tasks.push([`${role} ${lang}`, () => asRole(browser, box, made, lang, role)]);
    if (wanted('roles')) tasks.push([`guest ${lang}`, () => guests(browser, lang)]);
    if (wanted('states')) tasks.push([`states ${lang}`, () => states(browser, drawn, lang)]);
    if (wanted('firm')) tasks.push([`new firm ${lang}`, () => newFirm(browser, lang)]);
    if (wanted('back')) tasks.push([`something back ${lang}`, () => fromCopy(browser, lang)]);
    if (wanted('restore')) tasks.push([`from a backup ${lang}`, () => fromBackup(browser, lang)]);
  }
  if (wanted('keyboard')) tasks.push(['keyboard', () => keyboard(browser, box, made)]);
  if (wanted('zone')) tasks.push(['zone', () => zone(browser, box)]);
  await abreast(tasks, 3);
  if (wanted('stream')) await abreast([['stream', () => stream(browser, box)]], 1);
  if (wanted('unkept')) await abreast([['unkept', () => unkept(browser, box)], ['copied', () => copied(browser, box)]], 1); // last: they change settings
} finally {
  drawn?.stop();
  await box.stop();
  await browser.close();
}
if (parts.length === 0) problems.push(...unseen());

const told = [...new Set(problems)];
for (const p of told) console.log('PROBLEM ' + p);
console.log(`${routeCount()} page routes; ${counts.looks} looks at 390, 768 and 1440 px in both themes and languages, ${counts.axe} of them with all rules of axe (alternating: each page, width and theme in one of the languages at least)`);
console.log(`${counts.looks - told.length} passed, ${told.length} failed (${Math.round((Date.now() - begun) / 1000)} s)`);
process.exit(told.length ? 1 : 0);

// abreast runs tasks, n at once. One that breaks off is tried once more by itself when the others are done, since a machine
// that does too much at once breaks a walk off as well; the second time it is a problem.
async function abreast(tasks, n) {
  const waiting = [...tasks], broken = [];
  await Promise.all(Array.from({ length: n }, async () => {
    for (let task = waiting.shift(); task; task = waiting.shift()) await timed(task).catch((e) => broken.push([task, e]));
  }));
  for (const [task, e] of broken) {
    console.log(`   ${task[0]} broke off and is tried again: ${short(e)}`);
    await timed(task).catch((e) => problems.push(`${task[0]} broke off: ${short(e)}`));
  }
}

async function timed(task) {
  const at = Date.now();
  await task[1]().finally(() => console.log(`   ${task[0]}: ${Math.round((Date.now() - at) / 1000)} s`));
}

function short(e) {
  return e.stack.split('\n').slice(0, 6).join(' | ');
}
