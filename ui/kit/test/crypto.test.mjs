// The scripts' own cryptography: against published vectors, and against Node's.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import test from 'node:test';
import { fromBase64, toBase64, toHex } from '../script/bytes.js';
import { verifyEd25519 } from '../script/ed25519.js';
import { sha256, sha256Two, sha512, Sum256 } from '../script/sha.js';

const hex = (text) => Uint8Array.from(Buffer.from(text, 'hex'));

test('SHA-256 and SHA-512: the examples of FIPS 180-4', () => {
  const abc = Buffer.from('abc'), two = Buffer.from('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq');
  assert.equal(toHex(sha256(abc)), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.equal(toHex(sha256(two)), '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1');
  assert.equal(toHex(sha256(Buffer.alloc(0))), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  assert.equal(toHex(sha512(abc)), 'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f');
});

test('digests of every length, whole and in pieces', () => {
  for (let n = 0; n < 300; n++) {
    const b = randomBytes(n), want = createHash('sha256').update(b).digest('hex');
    assert.equal(toHex(sha256(b)), want);
    assert.equal(toHex(sha256Two(b.subarray(0, n >> 1), b.subarray(n >> 1))), want);
    const sum = new Sum256();
    for (let at = 0, step = 1; at < n; at += step, step = 1 + ((step * 7) % 90)) sum.add(b.subarray(at, at + step));
    assert.equal(toHex(sum.digest()), want);
    assert.equal(toHex(sha512(b)), createHash('sha512').update(b).digest('hex'));
  }
});

// RFC 8032, section 7.1: public key, message, signature.
const vectors = [
  ['d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'],
  ['3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'],
  ['fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'],
  ['ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704'],
];

test('Ed25519: the vectors of RFC 8032', () => {
  for (const [key, message, signature] of vectors) {
    assert.ok(verifyEd25519(hex(key), hex(message), hex(signature)), key);
    for (let i = 0; i < 64; i += 7) {
      const bad = hex(signature);
      bad[i] ^= 4;
      assert.ok(!verifyEd25519(hex(key), hex(message), bad), `byte ${i}`);
    }
    assert.ok(!verifyEd25519(hex(key), hex(message + '00'), hex(signature)));
  }
});

test('Ed25519: keys of Node, s beyond the order, wrong lengths, points that are none', () => {
  const order = (1n << 252n) + 27742317777372353535851937790883648493n;
  for (let n = 0; n < 30; n++) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519'), message = randomBytes(n * 5);
    const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(12), signature = new Uint8Array(sign(null, message, privateKey));
    assert.ok(verifyEd25519(key, message, signature));
    assert.ok(!verifyEd25519(key, message, signature.subarray(0, 63)));
    assert.ok(!verifyEd25519(key.subarray(1), message, signature));
    let s = 0n;
    for (let i = 63; i >= 32; i--) s = (s << 8n) | BigInt(signature[i]);
    s += order;
    for (let i = 32; i < 64; i++, s >>= 8n) signature[i] = Number(s & 255n);
    assert.ok(!verifyEd25519(key, message, signature), 's + L');
  }
  const none = hex('0200000000000000000000000000000000000000000000000000000000000000');
  assert.ok(!verifyEd25519(none, Buffer.alloc(0), new Uint8Array(64)));
});

test('base64 there and back, and what is none', () => {
  for (let n = 0; n < 70; n++) {
    const b = randomBytes(n);
    assert.equal(toBase64(b), b.toString('base64'));
    assert.deepEqual([...fromBase64(b.toString('base64'), true)], [...b]);
  }
  for (const bad of ['a', 'ab', 'abc', '=abc', 'ab=c', 'a===', 'ab!=', 'ab==ab==']) assert.equal(fromBase64(bad, true), null, bad);
  assert.equal(fromBase64('ab==', true), null);
  assert.deepEqual([...fromBase64('ab==', false)], [0x69]);
});
