// A runtime that speaks as Ollama does, with one model, and counts its requests: node runtime.mjs ADDRESS PORT
import { createServer } from 'node:http';

const model = { name: 'tiny:latest', model: 'tiny:latest', digest: 'a'.repeat(64), size: 1000, details: { family: 'tiny' }, capabilities: ['completion'] };
createServer((req, res) => {
  let body = '';
  req.on('data', (b) => (body += b));
  req.on('end', () => {
    const say = (v) => { res.setHeader('Content-Type', 'application/json'); res.end(JSON.stringify(v)); };
    if (req.url === '/api/version') return say({ version: '0.9.0' });
    if (req.url === '/api/tags') return say({ models: [model] });
    if (req.url === '/api/show') return say({ ...model, model_info: { 'general.architecture': 'tiny', 'tiny.context_length': 8192 } });
    if (req.url.startsWith('/away')) { res.writeHead(302, { Location: 'http://10.77.0.66/' }); return res.end(); }
    if (req.url === '/api/chat') {
      res.setHeader('Content-Type', 'application/x-ndjson');
      res.write(JSON.stringify({ model: 'tiny', message: { role: 'assistant', content: 'Le préavis est de trois mois [1].' }, done: false }) + '\n');
      return res.end(JSON.stringify({ model: 'tiny', message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', prompt_eval_count: 9, eval_count: 9 }) + '\n');
    }
    res.statusCode = 404;
    say({ error: 'not found' });
  });
}).listen(Number(process.argv[3]), process.argv[2], () => console.log('listening'));
