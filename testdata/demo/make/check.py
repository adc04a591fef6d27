#!/usr/bin/env python3
"""Checks the sample firm: rights, files, and that every question has the answer it claims.

Prints each fault and exits 1 if there is one. Needs pdftotext and pdfinfo.
"""
import json
import sys
from pathlib import Path

import plaintext

DEMO = Path(__file__).parent.parent
LIMIT = 4 << 20
faults = []


def fault(*words):
    faults.append(words)
    print("fault:", *words)


def readers(firm):
    """login -> set of files that the person may read."""
    groups = {g["name"]: set(g["members"]) for g in firm["groups"]}
    may = {p["login"]: set() for p in firm["people"]}
    for p in firm["people"]:
        named = {g for g, m in groups.items() if p["login"] in m}
        if named != set(p["groups"]):
            fault(p["login"], "groups differ from the members of the groups")
    rights = {c["name"]: c["readers"] for c in firm["collections"]}
    for d in firm["documents"]:
        for login in may:
            if any(r == "everyone" or login in groups[r] for r in rights[d["collection"]]):
                may[login].add(d["file"])
    return may


def files(firm):
    """file -> text; checks that demo.json and the directory agree."""
    listed = [d["file"] for d in firm["documents"]]
    there = {str(p.relative_to(DEMO)) for p in (DEMO / "documents").iterdir()}
    for odd in there.symmetric_difference(listed):
        fault(odd, "is not both on disk and in demo.json")
    size = sum(p.stat().st_size for p in DEMO.rglob("*") if p.is_file())
    if size > LIMIT:
        fault("total size", size)
    texts = {}
    for f in listed:
        texts[f] = "\n".join(plaintext.pages(DEMO / f))
        if ("scan" in f) != (len(texts[f].strip()) == 0):
            fault(f, "has text where none is due, or none where it is")
    return texts


def holds(text, answers):
    return all(a in text for a in answers)


def check(q, may, texts):
    docs, answers = q["expect"]["documents"], q["expect"]["answer_contains"]
    mine = may[q["asker"]]
    if q["kind"] == "unanswerable":
        if docs or answers:
            fault(q["id"], "is unanswerable and names an answer")
        return
    if not docs or not answers:
        fault(q["id"], "names no answer")
    for d in docs:
        if not any(a in texts[d] for a in answers):
            fault(q["id"], d, "holds none of", answers)
    for a in answers:
        if not any(a in texts[d] for d in docs):
            fault(q["id"], repr(a), "is in none of", docs)
    if q["kind"] == "answerable" and not set(docs) <= mine:
        fault(q["id"], q["asker"], "may not read", docs)
    if q["kind"] == "forbidden":
        if set(docs) & mine:
            fault(q["id"], q["asker"], "may read", docs)
        for f in mine:
            if holds(texts[f], answers):
                fault(q["id"], "is answered by", f, "which", q["asker"], "may read")
    elif "-v" in sys.argv:
        also = [f for f in mine - set(docs) if holds(texts[f], answers)]
        if also:
            print("note:", q["id"], answers, "is also in", also)


def main():
    firm = json.loads((DEMO / "demo.json").read_text(encoding="utf-8"))
    questions = [json.loads(x) for x in (DEMO / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    may, texts = readers(firm), files(firm)
    for ident in {q["id"] for q in questions}:
        if sum(q["id"] == ident for q in questions) > 1:
            fault(ident, "twice")
    for text in {q["question"] for q in questions}:
        if sum(q["question"] == text for q in questions) > 1:
            fault("asked twice:", text)
    for q in questions:
        check(q, may, texts)
    kinds = {k: sum(q["kind"] == k for q in questions) for k in ("answerable", "unanswerable", "forbidden")}
    langs = {k: sum(d["lang"] == k for d in firm["documents"]) for k in ("fr", "en")}
    print(len(texts), "documents", langs, "-", len(questions), "questions", kinds, "-", len(faults), "faults")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
