"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint)."""

import base64
import binascii
import hashlib
import re

import ed25519


def unbase64(text, length):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError) as err:
        raise ValueError("bad base64") from err
    if len(data) != length:
        raise ValueError("bad length")
    return data


class Key:
    """A verifier key: name+hash+base64."""

    def __init__(self, text):
        self.text = text
        self.name, short, encoded = text.split("+", 2)
        raw = unbase64(encoded, 33)
        self.hash = hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        if raw[0] != 1 or self.hash.hex() != short:
            raise ValueError("not a key")
        self.public = raw[1:]


class Checkpoint:
    """A parsed note: origin, size, root, and its signatures, unverified."""

    def __init__(self, text):
        body, _, block = text.rpartition("\n\n")
        lines = body.split("\n")
        if len(lines) != 3 or not block.endswith("\n"):
            raise ValueError("not a checkpoint")
        if not re.fullmatch("0|[1-9][0-9]{0,15}", lines[1]):
            raise ValueError("not a size")
        self.body = (body + "\n").encode()
        self.origin, self.size, self.root = lines[0], int(lines[1]), unbase64(lines[2], 32)
        self.signatures = []
        for line in block[:-1].split("\n"):
            dash, name, encoded = line.split(" ")
            if dash != "\u2014":
                raise ValueError("not a signature")
            self.signatures.append((name, base64.b64decode(encoded, validate=True)))

    def signed_by(self, key_text):
        key = Key(key_text)
        return any(
            name == key.name and raw[:4] == key.hash and ed25519.verify(key.public, self.body, raw[4:])
            for name, raw in self.signatures
        )
