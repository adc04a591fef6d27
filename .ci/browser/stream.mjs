// An answer that a model writes slowly: nothing on the page may jump meanwhile.
// The model is a server of ours that speaks as Ollama does, so that the walk
// decides how slowly; model.mjs asks a real one.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { call } from './rest.mjs';
import { look, open, problems, signIn } from './watch.mjs';

const model = 'walk:latest';
const text = 'La charte prévoit deux jours de télétravail par semaine [1]. Les horaires habituels restent applicables [2].\n\n' +
  'Le responsable confirme les jours par écrit [1]. Une phrase que rien ne porte et que l’on doit voir pâlir à la fin de la réponse.\n\n' +
  'Le matériel est fourni par l’entreprise [3].';

export async function stream(browser, box) {
  const runtime = await slowRuntime();
  try {
    await call(box, 'PATCH', '/settings', { 'llm.url': runtime.url, 'llm.model': model });
    for (const [lang, width] of [['fr', 1440], ['en', 390]]) await watch(browser, box, lang, width);
  } finally {
    await call(box, 'PATCH', '/settings', { 'llm.url': '', 'llm.model': '' });
    runtime.server.close();
  }
}

async function watch(browser, box, lang, width) {
  const page = await open(browser, lang);
  await page.context().addInitScript(() => {
    window.shifts = [];
    new PerformanceObserver((list) => {
      for (const e of list.getEntries()) {
        window.shifts.push({ value: e.value, input: e.hadRecentInput, what: e.sources.map((s) => `${s.node?.nodeName}.${s.node?.className} y ${Math.round(s.previousRect.y)} to ${Math.round(s.currentRect.y)}`).join(', ') });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await signIn(page, box, box.accounts.find((a) => a.role === 'admin'));
  await page.setViewportSize({ width, height: 900 });
  await page.goto(box.url + '/ask');
  for (const question of ['Combien de jours de télétravail par semaine la charte permet-elle ?', 'Et qui fournit le matériel du télétravail ?']) {
    await page.locator('#question').pressSequentially(question);
    await page.keyboard.press('Enter');
    // The new turn is what the person did, however long a busy machine takes to draw it; from then on nothing may move.
    await page.waitForSelector('[data-turn]:last-child[aria-busy]');
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))));
    await page.evaluate(() => (window.shifts = []));
    await page.waitForSelector('[data-turn]:last-child [data-stream-text] p');
    await page.waitForSelector('[data-turn]:last-child:not([aria-busy])', { timeout: 180_000 });
    await page.waitForTimeout(300);
    const shifts = (await page.evaluate(() => window.shifts)).filter((s) => !s.input);
    for (const s of shifts) problems.push(`stream ${lang} at ${width}: the layout shifts by ${s.value.toFixed(4)}: ${s.what}`);
    assert.ok(await page.locator('[data-turn]').last().locator('[data-chip]').count(), 'the answer has no citation');
  }
  await look(page, `stream-answer-${width}`);
  await page.context().close();
}

async function slowRuntime() {
  const answer = (res, value) => res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  const server = createServer((req, res) => {
    let asked = '';
    req.on('data', (b) => (asked += b)).on('end', () => {
      if (req.url === '/api/version') return answer(res, { version: '0.17.4' });
      if (req.url === '/api/tags') return answer(res, { models: [{ name: model, model, modified_at: '2026-11-22T11:39:09Z', size: 1, digest: 'ab'.repeat(32), details: { family: 'llama' } }] });
      if (req.url === '/api/show') return answer(res, { details: { family: 'llama' }, model_info: { 'general.architecture': 'llama', 'llama.context_length': 8192 }, capabilities: ['completion'] });
      if (req.url === '/api/chat') return write(res, Math.ceil(asked.length / 4));
      res.writeHead(404).end('{}');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

// write sends the answer in pieces of a few letters.
function write(res, read) {
  res.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
  const pieces = text.match(/[^]{1,6}/gu);
  const line = (content, more) => res.write(JSON.stringify({ model, created_at: new Date().toISOString(), message: { role: 'assistant', content }, done: false, ...more }) + '\n');
  const next = () => {
    const piece = pieces.shift();
    if (piece !== undefined) {
      line(piece);
      return setTimeout(next, 40);
    }
    line('', { done: true, done_reason: 'stop', total_duration: 1, prompt_eval_count: Math.min(read, 4000), eval_count: 60 });
    res.end();
  };
  setTimeout(next, 1200);
}
