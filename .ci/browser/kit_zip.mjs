// An auditor's zip dropped on verify.html: as it was made, and after somebody has been at it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';

// unzip reads a zip's members into a Map, from its directory.
export function unzip(b) {
  const end = b.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6])), members = new Map();
  for (let at = b.readUInt32LE(end + 16), n = b.readUInt16LE(end + 10); n > 0; n--) {
    const [name, extra, comment] = [28, 30, 32].map((k) => b.readUInt16LE(at + k)), from = b.readUInt32LE(at + 42);
    const data = from + 30 + b.readUInt16LE(from + 26) + b.readUInt16LE(from + 28), packed = b.subarray(data, data + b.readUInt32LE(at + 20));
    members.set(b.toString('utf8', at + 46, at + 46 + name), b.readUInt16LE(at + 10) ? inflateRawSync(packed) : packed);
    at += 46 + name + extra + comment;
  }
  return members;
}

// zip writes members as other programs do: sizes in front, deflated or stored.
export function zip(members, { stored = false } = {}) {
  const local = [], directory = [];
  let at = 0;
  for (const [name, data] of members) {
    const packed = stored ? data : deflateRawSync(data), title = Buffer.from(name), head = Buffer.alloc(30), entry = Buffer.alloc(46);
    head.writeUInt32LE(0x04034b50);
    const fields = [20, 0x800, stored ? 0 : 8, 0, 0];
    fields.forEach((v, i) => (head.writeUInt16LE(v, 4 + 2 * i), entry.writeUInt16LE(v, 6 + 2 * i)));
    [crc32(data), packed.length, data.length].forEach((v, i) => (head.writeUInt32LE(v, 14 + 4 * i), entry.writeUInt32LE(v, 16 + 4 * i)));
    head.writeUInt16LE(title.length, 26);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(title.length, 28);
    entry.writeUInt32LE(at, 42);
    local.push(head, title, packed);
    directory.push(entry, title);
    at += 30 + title.length + packed.length;
  }
  const all = Buffer.concat(directory), end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  [8, 10].forEach((k) => end.writeUInt16LE(members.size, k));
  end.writeUInt32LE(all.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, all, end]);
}

const flip = (b, at) => {
  const c = Buffer.from(b);
  c[at] ^= 1;
  return c;
};

// kitChecks returns [name, check] pairs over the kit in dir; put writes a file there and returns its path.
export function kitChecks(browser, url, dir, put) {
  const made = readFileSync(join(dir, 'kit.zip')), members = unzip(made);
  const key = readFileSync(join(dir, 'first.key'), 'utf8'), witnesses = readFileSync(join(dir, 'witness.key'), 'utf8'), notes = readFileSync(join(dir, 'kept.txt'), 'utf8');
  const text = (name) => members.get(name).toString();
  const changed = (name, to) => zip(new Map([...members, [name, Buffer.from(to)]]));
  const less = (name) => zip(new Map([...members].filter(([n]) => n !== name)));
  const lines = text('export.jsonl').split(/(?<=\n)/);

  // ask gives a file to a fresh page and returns the verdict, and what the page says.
  async function ask(name, bytes, given = { key }, without = []) {
    const page = await browser.newPage({ locale: 'en-GB' });
    try {
      await page.addInitScript((names) => names.forEach((n) => delete globalThis[n]), without);
      await page.goto(url);
      for (const [field, value] of Object.entries(given)) await page.fill('#' + field, value);
      await page.setInputFiles('#files', put(name, bytes));
      await page.waitForSelector('#result:not([hidden])');
      return { verdict: await page.getAttribute('html', 'data-verdict'), says: await page.innerText('#result') };
    } finally {
      await page.close();
    }
  }
  const expect = (name, bytes, verdict, says, given, without) => [name, async () => {
    const got = await ask(name.replace(/\W+/g, '-') + '.zip', bytes, given, without);
    assert.equal(got.verdict, verdict, got.says);
    assert.match(got.says, says);
  }];
  const edited = lines.map((l, i) => (i === 9 ? l.replace('"outcome":"', '"outcome":"x') : l)).join('');
  const other = text('keys.txt').replace(/\+[0-9a-f]{8}\+A[\w+/]+=*/, '+5c4d7b2f+AZ1Q0mJp8kS5m3hJm4Zb0c6kq3a1m0n5o7p9r1s3t5u7');

  return [
    expect('as made', made, 'green', /authentic and intact/, { key, witnesses, notes }),
    expect('a witness is named', made, 'green', /witness\.example\/cabinet saw the journal/, { key, witnesses }),
    expect('without a first key', made, 'amber', /origin not proven/, {}),
    expect('packed anew', zip(members), 'green', /authentic/),
    expect('stored', zip(members, { stored: true }), 'green', /authentic/),
    expect('in a folder', zip(new Map([...members].map(([n, b]) => ['kit/' + n, b]))), 'green', /authentic/),
    expect('an entry edited', changed('export.jsonl', edited), 'red', /first fault at entry 9/),
    expect('an entry deleted', changed('export.jsonl', lines.filter((_, i) => i !== 12).join('')), 'red', /first fault at entry 12/),
    expect('the tail cut', changed('export.jsonl', lines.slice(0, -4).join('')), 'red', /cut off/),
    expect('no export', less('export.jsonl'), 'red', /does not hold the journal/),
    expect('the header gone', changed('export.jsonl', lines.slice(1).join('')), 'red', /no export|first line/),
    expect('a checkpoint edited', changed('checkpoints.txt', text('checkpoints.txt').replace(/\n\d+\n/, '\n38\n')), 'red', /./),
    expect('a checkpoint signature edited', changed('checkpoints.txt', text('checkpoints.txt').replace(/(— \S+ \S{20})./, (m, a) => a + (m.endsWith('A') ? 'B' : 'A'))), 'red', /signature/),
    expect('a cosignature edited', changed('cosignatures.txt', text('cosignatures.txt').replace(/(— witness\S+ \S{40})./, (m, a) => a + (m.endsWith('A') ? 'B' : 'A'))), 'red', /Witness witness\.example\/cabinet cosigned something else/, { key, witnesses }),
    expect('keys of a stranger', changed('keys.txt', other), 'green', /authentic/),
    expect('a bit flipped', flip(made, Math.floor(made.length / 2)), 'red', /damaged|does not hold/),
    expect('cut short', made.subarray(0, made.length - 100), 'red', /damaged/),
    expect('an earlier checkpoint from elsewhere', made, 'green', /kept elsewhere agrees/, { key, notes }),
    expect('a browser without workers', made, 'green', /authentic and intact/, { key }, ['Worker']),
    expect('a browser that cannot unpack', made, null, /cannot open a zip/, { key }, ['Worker', 'DecompressionStream']),
    expect('stored, where nothing unpacks', zip(members, { stored: true }), 'green', /authentic and intact/, { key }, ['Worker', 'DecompressionStream']),
    ['dropped, then kept', async () => {
      const page = await browser.newPage({ locale: 'fr-FR', acceptDownloads: true });
      try {
        await page.goto(url);
        const data = await page.evaluateHandle((b64) => {
          const d = new DataTransfer(), raw = atob(b64);
          d.items.add(new File([Uint8Array.from(raw, (c) => c.charCodeAt(0))], 'kit.zip'));
          return d;
        }, made.toString('base64'));
        await page.dispatchEvent('#drop', 'drop', { dataTransfer: data });
        await page.waitForSelector('#result:not([hidden])');
        assert.equal(await page.getAttribute('html', 'data-verdict'), 'amber');
        await page.fill('#key', key);
        await page.click('#go');
        await page.waitForSelector('html[data-verdict=green]');
        const [kept] = await Promise.all([page.waitForEvent('download'), page.click('#keep')]);
        assert.match(readFileSync(await kept.path(), 'utf8'), /^coffre\.audit\/cabinet-martin\/[0-9a-f]{16}\n\d+\n\S{44}\n\n— /);
      } finally {
        await page.close();
      }
    }],
    expect('a receipt alone', members.get('receipts/001.json'), 'green', /The receipt is authentic[^]*Trente jours/),
    expect('a receipt without a first key', members.get('receipts/001.json'), 'amber', /origin not proven/, {}),
    expect('a receipt of another answer', Buffer.from(text('receipts/001.json').replace('Trente', 'Quarante')), 'red', /does not hold/),
    expect('a receipt edited in the kit', changed('receipts/001.json', text('receipts/001.json').replace('Trente', 'Quarante')), 'red', /does not hold/),
    expect('a receipt whose checkpoint is another', changed('receipts/001.json', text('receipts/001.json').replace(/(\\n\d+\\n)\S{4}/, '$1AAAA')), 'red', /does not hold/),
    expect('the receipt is not in an older journal', changed('export.jsonl', lines.slice(0, 20).join('')), 'red', /cut off/),
    expect('a key of another chain', made, 'red', /first key|First key/i, { key: 'coffre.audit/z/84159482aeec6702+d17d8862+AeKu9tzyBL5UgbLhu9X3myaeD5lxzPKiahwIbm28z7Yq' }),
  ];
}
