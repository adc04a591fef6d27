// A running coffre and the ways an outsider has to it: HTTPS with the box's
// own authority, and the command line.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

// No box outlives the walk, however it ends.
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export const binary = process.env.COFFRE ?? './coffre';

// start runs `coffre ARGS --json` and resolves with the line it prints once ready.
export async function start(args) {
  const child = spawn(binary, [...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = await new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (b) => {
      out += b;
      if (out.includes('\n')) resolve(JSON.parse(out.slice(0, out.indexOf('\n'))));
    });
    child.on('exit', (code) => reject(new Error(`coffre ended with ${code} before it was ready`)));
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  running.add(child);
  child.on('exit', () => running.delete(child));
  return {
    ...ready,
    ca: readFileSync(ready.ca_file),
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

// call makes one request and resolves with {status, headers, body: Buffer}.
export function call(box, method, path, { headers = {}, body, key = box.api_key } = {}) {
  const h = { ...headers };
  if (key) h.Authorization = `Bearer ${key}`;
  if (body !== undefined) h['Content-Length'] = Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    const r = request(new URL(path, box.url), { method, headers: h, ca: box.ca }, (res) => {
      const parts = [];
      res.on('data', (b) => parts.push(b));
      res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, body: Buffer.concat(parts) }));
    });
    r.on('error', reject);
    r.end(body);
  });
}

// json is call with a JSON body and answer; any status but want is an error.
export async function json(box, method, path, value, want = 200, options = {}) {
  const body = value === undefined ? undefined : JSON.stringify(value);
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const res = await call(box, method, '/api/v1' + path, { headers, body, ...options });
  if (res.status !== want) throw new Error(`${method} ${path}: ${res.status} ${res.body}`);
  return res.body.length ? JSON.parse(res.body) : null;
}

// upload sends one file and resolves with the answer of POST /documents.
export async function upload(box, name, content, collection) {
  const edge = 'edge-' + process.pid;
  const body = Buffer.concat([
    Buffer.from(`--${edge}\r\nContent-Disposition: form-data; name="collection"\r\n\r\n${collection}\r\n`),
    Buffer.from(`--${edge}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`),
    content,
    Buffer.from(`\r\n--${edge}--\r\n`),
  ]);
  const headers = { 'Content-Type': `multipart/form-data; boundary=${edge}` };
  const res = await call(box, 'POST', '/api/v1/documents', { headers, body });
  if (res.status !== 202) throw new Error(`upload ${name}: ${res.status} ${res.body}`);
  return JSON.parse(res.body);
}

// command runs coffre to its end: {code, out, err}.
export function command(...args) {
  const r = spawnSync(binary, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

// program runs another program to its end.
export function program(name, ...args) {
  const r = spawnSync(name, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (r.error) throw r.error;
  return { code: r.status, out: r.stdout, err: r.stderr };
}
