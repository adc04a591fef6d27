// The same script runs as the page and as its worker.
import { judge } from './judge.js';
import { openPage } from './page.js';
import { OptionError } from './report.js';
import { verifyExport } from './verify.js';
import { UnpackError } from './zip.js';

// answer runs a judgement and posts what it says.
export async function answer({ id, files, given }, post) {
  try {
    post({ id, result: await judge(files, given, (progress) => post({ id, progress })) });
  } catch (err) {
    const failed = err instanceof OptionError ? 'option-' + err.what : err instanceof UnpackError ? 'unpack' : 'unexpected';
    post({ id, failed, detail: String(err) });
  }
}

if (typeof document !== 'undefined') {
  // Tests and other programs of the reader's own call the verifier itself: bytes in, report out.
  globalThis.coffreVerify = verifyExport;
  openPage(answer);
} else if (typeof WorkerGlobalScope !== 'undefined') {
  globalThis.onmessage = (e) => answer(e.data, (said) => globalThis.postMessage(said));
}
