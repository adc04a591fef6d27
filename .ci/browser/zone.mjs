// Moments as somebody reads them whose clock is not the box's: each <time> of a page, and of a part that is fetched again, says the
// reader's own, and the box's when pointed at.
import assert from 'node:assert/strict';
import { open, signIn } from './watch.mjs';

export async function zone(browser, box) {
  for (const lang of ['fr', 'en']) {
    const page = await open(browser, lang, [], { timezoneId: 'Pacific/Chatham' });
    await signIn(page, box, box.accounts.find((a) => a.role === 'admin'));
    for (const path of ['/journal', '/account']) {
      await page.goto(box.url + path);
      await told(page, lang, path);
    }
    await page.goto(box.url + '/journal');
    await page.evaluate(() => { // what a fragment that is fetched again brings
      const time = document.querySelector('time[datetime]').cloneNode();
      time.removeAttribute('data-own');
      time.textContent = '?';
      document.querySelector('main').append(time);
      document.dispatchEvent(new CustomEvent('htmx:after:swap'));
    });
    await told(page, lang, 'a part of /journal');
    await page.context().close();
  }
}

// told compares each moment with what the browser's own calendar says of it there.
async function told(page, lang, where) {
  const all = await page.evaluate((lang) => [...document.querySelectorAll('time[datetime]')].map((e) => {
    const parts = Object.fromEntries(new Intl.DateTimeFormat(lang, { timeZone: 'Pacific/Chatham', hourCycle: 'h23', day: 'numeric', month: e.className ? '2-digit' : 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' })
      .formatToParts(new Date(e.dateTime)).map((p) => [p.type, p.value]));
    return { text: e.textContent, hint: e.title, want: [parts.year, parts.month, parts.day, `${parts.hour}:${parts.minute}`] };
  }), lang);
  assert.ok(all.length > 0, `${where}: no moment`);
  for (const t of all) {
    for (const part of t.want) assert.ok(t.text.includes(part), `${where}: “${t.text}” lacks ${part}`);
    assert.match(t.hint, /\(UTC[+-]\d\d:\d\d\)$/, where);
  }
}
