// The Merkle tree of RFC 6962 over chain hashes: leaf i has as its data chain_hash[i+1]. Sizes may pass 2^32,
// so they are halved by division, not by shifts.
import { equal } from './bytes.js';
import { sha256 } from './sha.js';

const leafText = new Uint8Array(33);
const nodeText = new Uint8Array(65);
nodeText[0] = 1;

export function leafHash(chainHash) {
  leafText.set(chainHash, 1);
  return sha256(leafText);
}

export function nodeHash(left, right) {
  nodeText.set(left, 1);
  nodeText.set(right, 33);
  return sha256(nodeText);
}

const half = (n) => Math.floor(n / 2);

// heights lists the heights of size's perfect subtrees, largest first.
export function heights(size) {
  const list = [];
  for (let h = 0; size > 0; h++, size = half(size)) if (size % 2) list.unshift(h);
  return list;
}

// rangeFits: a compact range of size leaves has as many roots as size has ones.
export function rangeFits(size, roots) { return heights(size).length === roots.length; }

// Tree is a compact range from the first leaf on: the roots of its perfect subtrees, largest first.
export class Tree {
  constructor(size = 0, roots = []) {
    this.size = size;
    this.roots = [...roots];
  }

  push(leaf) {
    let h = leaf;
    for (let rest = this.size; rest % 2 === 1; rest = half(rest)) h = nodeHash(this.roots.pop(), h);
    this.roots.push(h);
    this.size++;
  }

  root() {
    if (this.roots.length === 0) return sha256(new Uint8Array(0));
    let h = this.roots[this.roots.length - 1];
    for (let i = this.roots.length - 2; i >= 0; i--) h = nodeHash(this.roots[i], h);
    return h;
  }
}

// climb walks a proof from a node up, where the last node of each level may have no sibling.
function climb(proof, node, last, step) {
  for (const p of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      step(p, true);
      for (; node % 2 === 0 && node !== 0; node = half(node)) last = half(last);
    } else {
      step(p, false);
    }
    node = half(node);
    last = half(last);
  }
  return last === 0;
}

// included reports whether chainHash is leaf number leaf in the tree of size leaves with that root.
export function included(proof, size, leaf, root, chainHash) {
  if (leaf >= size) return false;
  let h = leafHash(chainHash);
  const ended = climb(proof, leaf, size - 1, (p, left) => (h = left ? nodeHash(p, h) : nodeHash(h, p)));
  return ended && equal(h, root);
}

// consistent reports whether the tree of from leaves is a prefix of that of to leaves.
export function consistent(proof, from, fromRoot, to, toRoot) {
  if (from < 1 || from > to) return false;
  if (from === to) return proof.length === 0 && equal(fromRoot, toRoot);
  let node = from - 1, last = to - 1, older = fromRoot, newer = fromRoot;
  for (; node % 2 === 1; node = half(node)) last = half(last);
  if (node !== 0) {
    if (proof.length === 0) return false;
    older = newer = proof[0];
    proof = proof.slice(1);
  }
  const ended = climb(proof, node, last, (p, left) => {
    if (left) older = nodeHash(p, older);
    newer = left ? nodeHash(p, newer) : nodeHash(newer, p);
  });
  return ended && equal(older, fromRoot) && equal(newer, toRoot);
}
