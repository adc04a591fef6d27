// Says in one line that a runtime is too slow for the tests, or nothing.
//     node .ci/outside/probe.mjs URL
const url = process.argv[2];

// within asks for one token after so many words and tells whether it came in time.
async function within(words, seconds) {
  const body = JSON.stringify({ model: 'tinyllama', prompt: 'one two '.repeat(words / 2), stream: false, options: { num_predict: 1 } });
  try {
    const res = await fetch(url + '/api/generate', { method: 'POST', body, signal: AbortSignal.timeout(seconds * 1000) });
    if (!res.ok) throw new Error(`${res.status} ${await res.text()}`);
    return true;
  } catch (e) {
    if (e.name !== 'TimeoutError') throw e;
    console.log(`the runtime needs over ${seconds} s for ${words} words`);
    return false;
  }
}

// The first request loads the model.
if (await within(2, 120)) await within(200, 30);
