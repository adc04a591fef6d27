// What the capture may hold, and what it must: node judge.mjs FILE, the lines of `tcpdump -n -r`.
// Allowed on the loopback: the browser's connections to the box. Allowed on the wire: the runtime's connections. The kernel's own words
// about its neighbours (ARP, ICMPv6 of RFC 4861 and 2710) name nobody else and are counted apart.
import { readFileSync } from 'node:fs';

const lines = readFileSync(process.argv[2], 'utf8').trim().split('\n');
const count = { browser: 0, runtime: 0, kernel: 0, planted: 0 }, stray = [];
for (const line of lines) {
  if (/ARP, |ICMP6, (neighbor|router solicitation|multicast listener)/.test(line)) {
    // Only the gateway may be looked for.
    if (/who-has (?!10\.77\.0\.(1|2|200)[ ,])/.test(line)) stray.push(line);
    count.kernel++;
  } else if (/\blo\b.* IP 127\.0\.0\.1\.(18752 > 127\.0\.0\.1\.\d+|\d+ > 127\.0\.0\.1\.18752): Flags/.test(line)) count.browser++;
  else if (/box0.* IP 10\.77\.0\.(1\.\d+ > 10\.77\.0\.2\.11434|2\.11434 > 10\.77\.0\.1\.\d+): Flags/.test(line)) count.runtime++;
  else if (/10\.77\.0\.200\.\d+ > 10\.77\.0\.2\.53|10\.77\.0\.2 > 10\.77\.0\.200: ICMP/.test(line)) count.planted++;
  else stray.push(line);
}
console.log(`netns: ${lines.length} packets: ${JSON.stringify(count)}, ${stray.length} stray`);
const bad = [];
if (stray.length) bad.push(`packets that nobody allowed:\n${stray.slice(0, 20).join('\n')}`);
if (!count.planted) bad.push('the planted question to a name server was not seen: the capture shows nothing');
if (count.browser < 1000) bad.push('too few packets of the browser');
if (count.runtime < 20) bad.push('too few packets of the runtime: it was not asked');
if (bad.length) { console.log(bad.join('\n')); process.exit(1); }
