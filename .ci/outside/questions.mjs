// The sample firm's question list, each question asked by the person it names,
// who has signed in like anybody: what is found, what is refused, what leaks.
import { readFileSync } from 'node:fs';
import { call } from './box.mjs';

// signIn returns the session cookie of an account.
export async function signIn(box, account) {
  const body = new URLSearchParams({ user: account.name, password: account.password }).toString();
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const res = await call(box, 'POST', '/signin', { headers, body, key: '' });
  const cookie = res.headers['set-cookie']?.[0]?.split(';')[0];
  if (!cookie) throw new Error(`sign-in of ${account.name}: ${res.status}`);
  return cookie;
}

// askAll returns how the questions of each kind ended, and the ids of those
// whose answer showed what the asker may not read.
export async function askAll(box, path) {
  const cookies = {};
  for (const a of box.accounts) cookies[a.name] = await signIn(box, a);
  const score = { answerable: [0, 0], unanswerable: [0, 0], forbidden: [0, 0] };
  const leaks = [];
  for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) {
    const q = JSON.parse(line);
    const headers = { 'Content-Type': 'application/json', Cookie: cookies[q.asker] };
    const res = await call(box, 'POST', '/api/v1/ask', { headers, body: JSON.stringify({ question: q.question }), key: '' });
    if (res.status !== 200) throw new Error(`${q.id}: ${res.status} ${res.body}`);
    const answer = JSON.parse(res.body);
    const plain = (s) => s.replace(/[\u00a0\u202f]/g, ' ');
    const holds = (text) => q.expect.answer_contains.length > 0 && q.expect.answer_contains.every((s) => plain(text).includes(plain(s)));
    const cited = [answer.answer, ...answer.citations.map((c) => c.quote)].join('\n');
    score[q.kind][1]++;
    if (q.kind === 'answerable' ? !answer.abstained && holds(cited) : answer.abstained) score[q.kind][0]++;
    if (q.kind === 'forbidden' && holds(shown(answer))) leaks.push(q.id);
  }
  return { score, leaks };
}

// shown is every string that an answer shows.
function shown(v) {
  if (typeof v === 'string') return v;
  if (v && typeof v === 'object') return Object.values(v).map(shown).join('\n');
  return '';
}
