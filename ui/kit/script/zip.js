// Reading a zip (APPNOTE 6.3.10): stored and deflated members, zip64, from any source of bytes that can be
// sliced. Every member is held against the CRC that the directory states.

export class ZipError extends Error {}

// UnpackError: the archive may be sound, but this browser can't open it.
export class UnpackError extends Error {}

const maxMembers = 1000;

const crcTable = new Int32Array(256);
for (let i = 0; i < 256; i++) {
  let c = i;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  crcTable[i] = c;
}

function crcOf(c, b) {
  for (let i = 0; i < b.length; i++) c = crcTable[(c ^ b[i]) & 255] ^ (c >>> 8);
  return c;
}

async function view(blob, from, to) {
  if (from < 0 || to > blob.size) throw new ZipError('cut short');
  return new DataView(await blob.slice(from, to).arrayBuffer());
}

const big = (v, at) => {
  const n = v.getBigUint64(at, true);
  if (n > BigInt(Number.MAX_SAFE_INTEGER)) throw new ZipError('a size beyond reason');
  return Number(n);
};

// directory returns {at, size, count} of the central directory.
async function directory(blob) {
  const from = Math.max(0, blob.size - 65557), tail = await view(blob, from, blob.size);
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new ZipError('no directory');
  const found = { count: tail.getUint16(end + 10, true), size: tail.getUint32(end + 12, true), at: tail.getUint32(end + 16, true) };
  if (found.count !== 0xffff && found.size !== 0xffffffff && found.at !== 0xffffffff) return found;
  const where = await view(blob, from + end - 20, from + end);
  if (where.getUint32(0, true) !== 0x07064b50) throw new ZipError('no zip64 locator');
  const wide = await view(blob, big(where, 8), big(where, 8) + 56);
  if (wide.getUint32(0, true) !== 0x06064b50) throw new ZipError('no zip64 directory');
  return { count: big(wide, 32), size: big(wide, 40), at: big(wide, 48) };
}

// wideFields fills in the sizes that a zip64 extra field holds.
function wideFields(v, from, to, m) {
  for (let at = from; at + 4 <= to; at += 4 + v.getUint16(at + 2, true)) {
    if (v.getUint16(at, true) !== 1) continue;
    let k = at + 4;
    for (const name of ['size', 'packed', 'at']) {
      if (m[name] !== 0xffffffff) continue;
      m[name] = big(v, k);
      k += 8;
    }
  }
}

// readZip lists the members of a zip: {name, size, chunks()}.
export async function readZip(blob) {
  const dir = await directory(blob);
  if (dir.count > maxMembers) throw new ZipError('too many members');
  const v = await view(blob, dir.at, dir.at + dir.size), list = [], names = new Set();
  let at = 0;
  for (let n = 0; n < dir.count; n++) {
    if (at + 46 > v.byteLength || v.getUint32(at, true) !== 0x02014b50) throw new ZipError('damaged directory');
    const lengths = [28, 30, 32].map((k) => v.getUint16(at + k, true)), nameAt = at + 46, extraAt = nameAt + lengths[0];
    if (extraAt + lengths[1] > v.byteLength) throw new ZipError('damaged directory');
    const m = {
      name: new TextDecoder().decode(new Uint8Array(v.buffer, nameAt, lengths[0])), flags: v.getUint16(at + 8, true), method: v.getUint16(at + 10, true),
      crc: v.getInt32(at + 16, true), packed: v.getUint32(at + 20, true), size: v.getUint32(at + 24, true), at: v.getUint32(at + 42, true),
    };
    wideFields(v, extraAt, extraAt + lengths[1], m);
    if (names.has(m.name)) throw new ZipError('two members of one name');
    names.add(m.name);
    if (!m.name.endsWith('/')) list.push({ name: m.name, size: m.size, chunks: () => chunks(blob, m) });
    at = extraAt + lengths[1] + lengths[2];
  }
  return list;
}

// chunks yields a member's bytes and throws where they are not those that were put in.
async function* chunks(blob, m) {
  if (m.flags & 1) throw new ZipError('encrypted');
  const local = await view(blob, m.at, m.at + 30);
  if (local.getUint32(0, true) !== 0x04034b50) throw new ZipError('damaged member');
  const from = m.at + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  if (from + m.packed > blob.size) throw new ZipError('cut short');
  let crc = -1, size = 0;
  for await (const b of streamed(unpacked(blob.slice(from, from + m.packed), m.method))) {
    crc = crcOf(crc, b);
    size += b.length;
    if (size > m.size) throw new ZipError('longer than stated');
    yield b;
  }
  if (size !== m.size || ~crc !== m.crc) throw new ZipError('not the bytes that were put in');
}

function unpacked(blob, method) {
  if (method === 0) return blob.stream();
  if (method !== 8) throw new ZipError('an unknown compression');
  if (typeof DecompressionStream === 'undefined') throw new UnpackError('no DecompressionStream');
  return blob.stream().pipeThrough(new DecompressionStream('deflate-raw'));
}

// streamed yields a stream's chunks; not every browser can iterate over a stream.
export async function* streamed(stream) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (err) {
    throw err instanceof ZipError ? err : new ZipError('cannot be unpacked or read');
  } finally {
    reader.releaseLock();
  }
}
