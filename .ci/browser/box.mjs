// Starts a real box and reads what it prints.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const binary = process.env.COFFRE ?? './coffre';

// start runs `coffre ARGS --json` and resolves with its first line once ready.
export async function start(args, dir = mkdtempSync(join(tmpdir(), 'coffre-walk-'))) {
  const child = spawn(binary, [...args, '--data', dir, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (b) => {
      out += b;
      if (out.includes('\n')) resolve(JSON.parse(out.slice(0, out.indexOf('\n'))));
    });
    child.on('exit', (code) => reject(new Error(`coffre ended with ${code}`)));
  });
  return {
    ...line,
    dir,
    async stop(keep = false) {
      const ended = new Promise((resolve) => child.on('exit', resolve));
      child.kill('SIGTERM');
      const code = await ended;
      if (!keep) rmSync(dir, { recursive: true, force: true });
      if (code !== 0) throw new Error(`coffre ended with ${code} after SIGTERM`);
    },
  };
}
