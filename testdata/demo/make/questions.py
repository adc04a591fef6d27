#!/usr/bin/env python3
"""Writes testdata/demo/questions.jsonl from make/questions/*.txt.

A line there is "lang asker KIND documents | answers | question": KIND is A (answerable),
F (forbidden to this asker) or U (unanswerable, "lang asker U | question"); documents are file
names joined by "+", answers substrings joined by " ;; ". Answers are typed with plain
apostrophes; what is written out are the bytes of the document's text, with plain spaces. The page is added for PDFs
where the first answer is on one page only.
"""
import json
from pathlib import Path

import plaintext

DEMO = Path(__file__).parent.parent
KINDS = {"A": "answerable", "U": "unanswerable", "F": "forbidden"}


def resolve(names, wanted, where):
    """The answers as the documents spell them, and the page of the first if it is sure."""
    texts = {n: plaintext.pages(DEMO / "documents" / n) for n in names}
    answers, page = [], None
    for n, answer in enumerate(wanted):
        hits = [(doc, i, plaintext.exact(t, answer)) for doc in names for i, t in enumerate(texts[doc], 1)]
        hits = [h for h in hits if h[2]]
        if not hits:
            raise SystemExit(f"{where}: {answer!r} is not on one line of {names}")
        answers.append(hits[0][2])
        if n == 0 and len(hits) == 1 and names[0].endswith(".pdf"):
            page = hits[0][1]
    return answers, page


def parse(line, ident, where):
    fields = [f.strip() for f in line.split(" | ")]
    lang, asker, kind, *docs = fields[0].split()
    names = docs[0].split("+") if docs else []
    wanted = fields[1].split(" ;; ") if names else []
    answers, page = resolve(names, wanted, where)
    expect = {"documents": ["documents/" + n for n in names], "answer_contains": answers}
    if page:
        expect["page"] = page
    return {"id": ident, "lang": lang, "question": fields[-1], "asker": asker,
            "expect": expect, "kind": KINDS[kind]}


def main():
    out = []
    for source in sorted((Path(__file__).parent / "questions").glob("*.txt")):
        prefix = source.stem.split("-")[0]
        lines = [x for x in source.read_text(encoding="utf-8").splitlines() if x and not x.startswith("#")]
        out += [parse(x, f"{prefix}{i:02d}", f"{source.name}:{i}") for i, x in enumerate(lines, 1)]
    text = "".join(json.dumps(q, ensure_ascii=False) + "\n" for q in out)
    (DEMO / "questions.jsonl").write_text(text, encoding="utf-8")
    print({k: sum(q["kind"] == k for q in out) for k in KINDS.values()})


if __name__ == "__main__":
    main()
