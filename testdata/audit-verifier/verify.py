#!/usr/bin/env python3
"""Checks a coffre-audit/v1 export or a coffre-receipt/v1 with nothing but audit-chain.md and Python.

    verify.py [--key FIRSTKEYFILE] [--checkpoint FILE] EXPORT

Prints one JSON line {"ok", "authentic", "entries", "fault"} and exits 0, or 3
where the export does not hold. It shares no code with the box: a second opinion.
"""

import argparse
import datetime
import hashlib
import json
import re
import sys

import jcs
import note
import tree

TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
REQUIRED = {"v", "seq", "time", "nonce", "actor", "action", "outcome"}
OPTIONAL = {"skew_ms", "object", "session", "request", "detail", "sealed"}


class Fault(Exception):
    pass


def need(condition, fault):
    if not condition:
        raise Fault(fault)


def digest(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unhex(text, length=32):
    need(isinstance(text, str) and re.fullmatch("[0-9a-f]{%d}" % (2 * length), text), "bad hex")
    return bytes.fromhex(text)


def hashes(texts):
    need(isinstance(texts, list), "bad proof")
    return [note.unbase64(t, 32) for t in texts]


def check_payload(p):
    need(isinstance(p, dict) and REQUIRED <= set(p) <= REQUIRED | OPTIONAL, "bad payload")
    need(p["v"] == 1 and type(p["v"]) is type(p["seq"]) is int and p["seq"] > 0, "bad payload")
    need(re.fullmatch(TIME + "[.][0-9]{3}Z", p["time"]), "bad time")
    datetime.datetime.strptime(p["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
    unhex(p["nonce"], 16)
    need(p["outcome"] in ("ok", "denied", "error"), "bad outcome")
    need(set(p["actor"]) == {"kind", "id"} and "." in p["action"], "bad actor or action")
    need(p["actor"]["kind"] in ("user", "api_key", "system", "connector", "cli"), "bad actor")
    need(all(p.get(name, "x") not in ("", {}, 0) for name in OPTIONAL), "empty optional member")
    if "sealed" in p:
        unhex(p["sealed"])


class Export:
    def __init__(self, header, first_key, outside):
        h = {name: value for name, (value, _) in header.items()}
        need(h["format"] == "coffre-audit/v1", "not an export")
        need(type(h["first"]) is type(h["last"]) is int, "first and last")
        self.h, self.first_key, self.outside = h, first_key, outside
        customer, created = h["customer"]["id"], h["customer"]["created_at"]
        need(re.fullmatch("[a-z0-9][a-z0-9-]{0,62}", customer), "bad customer")
        need(re.fullmatch(TIME + "Z", created), "bad customer")
        formula = "lmbox.eu/audit-chain/v1customer=" + customer + "created=" + created
        self.genesis = digest(formula.encode())
        need(unhex(h["genesis"]) == self.genesis, "genesis")
        self.name = "coffre.audit/%s/%s" % (customer, h["genesis"][:16])
        self.checkpoint = note.Checkpoint(h["checkpoint"])
        need(self.checkpoint.size == h["last"] > 0, "checkpoint size")
        self.entries, self.roots = 0, {}
        self.first_entry, self.moves, self.met, self.restored = None, [], [], []
        self.pruned = h.get("pruned")
        self.start = self.pruned["to"] + 1 if self.pruned else 1
        need(h["first"] >= self.start and (h["first"] == self.start or not h["complete"]), "first")
        for o in h.get("handovers", []):
            self.handover(o)

    def handover(self, o):
        n, e, p = note.Checkpoint(o["note"]), o["entry"], o["entry"]["payload"]
        check_payload(p)
        linked = digest(unhex(e["previous_hash"]), jcs.canonical(p).encode())
        need(linked == unhex(e["chain_hash"]) and p["seq"] == n.size, "handover entry")
        need(p["action"] in ("audit.key", "audit.restore"), "handover action")
        need(not self.moves or self.moves[-1][0].size < n.size <= self.checkpoint.size, "handover order")
        need(tree.included(hashes(o["inclusion"]), n.size, n.size - 1, n.root, linked), "handover inclusion")
        whole = self.checkpoint
        need(tree.consistent(hashes(o["consistency"]), n.size, n.root, whole.size, whole.root), "handover consistency")
        need(note.Key(p["detail"]["key"]).name == self.name, "handover key")
        if p["action"] == "audit.restore":
            need(p["detail"].get("size", n.size - 1) == n.size - 1, "restore size")
            self.restored.append(n.size - 1)
        self.moves.append((n, p, linked))

    def entry(self, seq, line):
        """What both kinds of line have; returns hash, payload bytes and line."""
        m = jcs.members(line)
        h, raw, p = unhex(m["chain_hash"][0]), jcs.exact(m["payload"]), m["payload"][0]
        check_payload(p)
        need(seq is None or p["seq"] == seq, "sequence at %s" % seq)
        if "private" in m or "salt" in m:
            private, salt = jcs.exact(m["private"]), unhex(m["salt"][0])
            need(digest(salt, private).hex() == p.get("sealed"), "private part of %d" % p["seq"])
        if p["seq"] == 1:
            need(p["action"] == "tenant.create", "entry 1")
            self.first_entry = p["detail"]
        return h, raw, m

    def walk(self, lines):
        seq, prev, grown, time = 1, self.genesis, tree.Range(), ""
        if self.pruned:
            seq, prev = self.start, unhex(self.pruned["chain_hash"])
            grown = tree.Range(self.pruned["to"], hashes(self.pruned["range"]))
        for line in lines:
            h, raw, m = self.entry(seq, line)
            p = m["payload"][0]
            need(set(m) <= {"chain_hash", "payload", "private", "salt"}, "members at %d" % seq)
            need(digest(prev, raw) == h, "chain hash of %d" % seq)
            need(p["time"] >= time, "time of %d" % seq)
            if seq > 1 and p["action"] in ("audit.key", "audit.restore"):
                self.met.append((seq, h))
            self.check_prune(p, {grown.size: grown.root()} if p["action"] == "audit.prune" else {})
            grown.append(h)
            self.roots[grown.size] = grown.root() if self.wanted(grown.size) else None
            prev, time, seq, self.entries = h, p["time"], seq + 1, self.entries + 1
        need(seq == self.checkpoint.size + 1, "count")
        need(grown.root() == self.checkpoint.root, "root")
        said = [(n.size, h) for n, _, h in self.moves if n.size >= self.start]
        need(self.met == said, "handovers and entries differ")
        for n, p, _ in self.moves:
            need(n.size < self.start or self.roots[n.size] == n.root, "handover root")
            said = p["detail"].get("root") if p["action"] == "audit.restore" else None
            known = self.roots.get(n.size - 1)
            need(not said or not known or note.unbase64(said, 32) == known, "restore root")

    def wanted(self, size):
        noted = any(size == n.size for n, _, _ in self.moves) or size in self.restored
        return noted or self.outside and size == self.outside.size

    def check_prune(self, p, trees):
        if p["action"] == "audit.prune" and self.pruned and p["detail"].get("to") == self.pruned["to"]:
            need(p["detail"].get("chain_hash") == self.pruned["chain_hash"], "pruned hash")
            size, root = p["detail"].get("size"), p["detail"].get("root")
            if root is not None:
                need(type(size) is int and self.pruned["to"] <= size < p["seq"], "size before pruning")
                need(size not in trees or note.unbase64(root, 32) == trees[size], "root before pruning")

    def walk_filtered(self, lines):
        need(lines, "no end")
        end, body = jcs.members(lines[-1])["end"][0], lines[:-1]
        self.walk_lines(body)
        said = {"entries": len(body), "sha256": hashlib.sha256(b"".join(body)).hexdigest()}
        need(end == said, "end")

    def walk_lines(self, body):
        last, before, time = 0, None, ""
        for line in body:
            h, raw, m = self.entry(None, line)
            p, prev = m["payload"][0], unhex(m["previous_hash"][0])
            seq = p["seq"]
            need(last < seq <= self.checkpoint.size and seq >= self.start, "sequence at %d" % seq)
            need(digest(prev, raw) == h, "chain hash of %d" % seq)
            need(seq != last + 1 or prev == (before or self.genesis), "previous hash of %d" % seq)
            proof = hashes(m["proof"][0])
            need(tree.included(proof, self.checkpoint.size, seq - 1, self.checkpoint.root, h), "proof of %d" % seq)
            need(p["time"] >= time, "time of %d" % seq)
            self.check_prune(p, {})
            last, before, time, self.entries = seq, h, p["time"], self.entries + 1

    def walk_receipt(self, question, answer):
        self.walk_lines([question, answer])
        q, a = (jcs.members(line)["payload"][0] for line in (question, answer))
        need((q["action"], a["action"]) == ("question.ask", "answer.give"), "not a question and an answer")
        same = q.get("request") and q.get("request") == a.get("request") and q["actor"] == a["actor"]
        said = a.get("detail", {}).get("question")
        need(said == q["seq"] if said is not None else same, "the answer is another question's")

    def check_keys(self):
        """Follows the keys to the checkpoint; returns whether all were vouched for."""
        key, recovery, vouched, restores = self.first_key, None, True, 0
        if self.first_entry:
            need(not key or key == self.first_entry["key"], "first key")
            key, recovery = self.first_entry["key"], self.first_entry.get("recovery_key")
        handed = False
        for n, p, _ in self.moves:
            if p["action"] == "audit.restore":
                restores += 1
                signer = recovery
                vouched = vouched and handed and recovery is not None
            else:
                signer, handed = key, True
            need(n.origin == self.origin(restores), "handover origin")
            need(signer is None or n.signed_by(signer), "old key at %d" % n.size)
            need(n.signed_by(p["detail"]["key"]) and p["detail"]["key"] != key, "new key at %d" % n.size)
            key = p["detail"]["key"]
        need(self.checkpoint.origin == self.origin(restores), "checkpoint origin")
        need(key is None or self.checkpoint.signed_by(key), "checkpoint signature")
        return vouched

    def origin(self, restores):
        return self.name + ("/%d" % (restores + 1) if restores else "")

    def check_outside(self):
        o = self.outside
        lives = next((i for i in range(len(self.restored) + 1) if o.origin == self.origin(i)), None)
        need(lives is not None, "checkpoint of another chain, or of a later life")
        if lives < len(self.restored) and o.size > self.restored[lives]:
            return  # of a life that a restore ended
        before = sum(o.size > size for size in self.restored)
        need(o.size <= self.checkpoint.size, "shorter than the checkpoint")
        known = {n.size: n.root for n, _, _ in self.moves}
        known[self.checkpoint.size] = self.checkpoint.root
        root = self.roots.get(o.size) or known.get(o.size)
        need(root is not None, "checkpoint can't be decided")
        need(root == o.root and before == lives, "checkpoint")


def verify(path, first_key, outside):
    with open(path, "rb") as f:
        lines = [line + b"\n" for line in f.read().removesuffix(b"\n").split(b"\n")]
    export = None
    try:
        head = jcs.members(lines[0])
        if head.get("format", ("",))[0] == "coffre-receipt/v1":
            need(len(lines) == 1, "more than a receipt")
            size = note.Checkpoint(head["checkpoint"][0]).size
            plain = {"format": ("coffre-audit/v1", ""), "complete": (False, ""), "first": (1, ""), "last": (size, "")}
            export = Export({**head, **plain}, first_key, outside)
            export.walk_receipt(head["question"][1].encode(), head["answer"][1].encode())
        else:
            export = Export(head, first_key, outside)
            (export.walk if export.h["complete"] is True else export.walk_filtered)(lines[1:])
        vouched = export.check_keys()
        if outside:
            export.check_outside()
        return {"ok": True, "authentic": bool(first_key and vouched), "entries": export.entries, "fault": ""}
    except Fault as fault:
        reason = str(fault)
    except (jcs.Bad, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as err:
        reason = "malformed: %s" % type(err).__name__ if not isinstance(err, jcs.Bad) else str(err)
    return {"ok": False, "authentic": False, "entries": export.entries if export else 0, "fault": reason}


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--key", help="file that holds the first verifier key")
    args.add_argument("--checkpoint", help="file that holds a note kept elsewhere")
    args.add_argument("export")
    args = args.parse_args()
    key = outside = None
    if args.key:
        with open(args.key, encoding="utf-8") as f:
            try:
                key = note.Key((f.read().split() or [""])[0]).text
            except (jcs.Bad, ValueError, IndexError, KeyError) as err:
                sys.exit("not a verifier key: %s (%s)" % (args.key, err))
    if args.checkpoint:
        with open(args.checkpoint, encoding="utf-8", newline="") as f:
            outside = note.Checkpoint(f.read())
    result = verify(args.export, key, outside)
    print(json.dumps(result))
    return 0 if result["ok"] else 3


if __name__ == "__main__":
    sys.exit(main())
