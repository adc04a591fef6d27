"""The Merkle tree of RFC 6962, proofs as checked in RFC 9162 section 2.1."""

import hashlib


def leaf(data):
    return hashlib.sha256(b"\0" + data).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Range:
    """The roots of the perfect subtrees over the leaves so far, largest first."""

    def __init__(self, size=0, roots=()):
        if len(roots) != bin(size).count("1"):
            raise ValueError("range does not fit its size")
        self.size, self.roots = size, list(roots)

    def append(self, data):
        h, rest = leaf(data), self.size
        while rest & 1:
            h, rest = node(self.roots.pop(), h), rest >> 1
        self.roots.append(h)
        self.size += 1

    def root(self):
        if not self.roots:
            return hashlib.sha256(b"").digest()
        h = self.roots[-1]
        for left in self.roots[-2::-1]:
            h = node(left, h)
        return h


def included(proof, size, index, root, data):
    if index >= size:
        return False
    h, last = leaf(data), size - 1
    for p in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            h = node(p, h)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            h = node(h, p)
        index, last = index >> 1, last >> 1
    return last == 0 and h == root


def consistent(proof, size, root, whole, whole_root):
    if size < 1 or size > whole:
        return False
    if size == whole:
        return not proof and root == whole_root
    index, last = size - 1, whole - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    proof = list(proof) if index else [root] + list(proof)
    if not proof:
        return False
    old = new = proof[0]
    for p in proof[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            old, new = node(p, old), node(p, new)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            new = node(new, p)
        index, last = index >> 1, last >> 1
    return last == 0 and old == root and new == whole_root
