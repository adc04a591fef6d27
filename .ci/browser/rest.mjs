// Calls of the REST interface of a box that the walk started itself.
import { request } from 'node:https';

export async function call(box, method, path, value) {
  const body = value === undefined ? undefined : JSON.stringify(value);
  return send(box, method, path, body, 'application/json');
}

// upload puts a file in and resolves once it was read, well or not.
export async function upload(box, collection, name, content) {
  const edge = 'walk-' + Math.random().toString(36).slice(2);
  const part = (head, text) => Buffer.concat([Buffer.from(`--${edge}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`), Buffer.from(text), Buffer.from('\r\n')]);
  const body = Buffer.concat([part('name="collection"', collection), part(`name="file"; filename="${name}"`, content), Buffer.from(`--${edge}--\r\n`)]);
  const { id } = await send(box, 'POST', '/documents', body, `multipart/form-data; boundary=${edge}`);
  for (const until = Date.now() + 180_000; Date.now() < until; await new Promise((r) => setTimeout(r, 200))) {
    const d = await call(box, 'GET', `/documents/${id}`);
    if (d.status === 'ready' || d.status === 'failed') return d;
  }
  throw new Error(`${name} isn't read within a minute`);
}

function send(box, method, path, body, type) {
  const headers = { Authorization: `Bearer ${box.api_key}` };
  if (body !== undefined) Object.assign(headers, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  return new Promise((resolve, reject) => {
    const r = request(new URL('/api/v1' + path, box.url), { method, headers, rejectUnauthorized: false }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (b) => (text += b)).on('end', () => {
        if (res.statusCode >= 300) reject(new Error(`${method} ${path}: ${res.statusCode} ${text}`));
        else resolve(text ? JSON.parse(text) : undefined);
      });
    });
    r.on('error', reject);
    r.end(body);
  });
}
