#!/usr/bin/env python3
"""Builds testdata/demo/documents from make/src: build.py [file name…], all without arguments.

A document NAME.pdf or NAME.docx comes from src/NAME.html, NAME.html from src/NAME.page.html,
MD, TXT and CSV from the source of the same name. Needs python3 and chromium; scans also
need pdftoppm. Nothing is fetched.
"""
import json
import sys
from pathlib import Path

import docx
import fragment
import pdf
import scan
import webpage

DEMO = Path(__file__).parent.parent


def build(name):
    """Bytes of one finished document."""
    stem, ext = name.rsplit(".", 1)
    if ext in ("md", "txt", "csv"):
        head, body = fragment.read(name)
        if ext != "csv":
            body = fragment.typeset(body, head["lang"], curly=False)
        data = body.encode(head.get("encoding", "utf-8"))
        return data.replace(b"\n", b"\r\n") if head.get("lines") == "crlf" else data
    if ext == "html":
        return webpage.build(*fragment.read(stem + ".page.html"))
    head, body = fragment.read(stem + ".html")
    if head.get("scan") == "yes":
        return scan.build(head, body)
    return {"pdf": pdf, "docx": docx}[ext].build(head, body)


def main(wanted):
    firm = json.loads((DEMO / "demo.json").read_text(encoding="utf-8"))
    for entry in firm["documents"]:
        target = DEMO / entry["file"]
        if wanted and target.name not in wanted:
            continue
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(build(target.name))
        print(f"{target.stat().st_size:8d}  {entry['file']}")


if __name__ == "__main__":
    main(set(sys.argv[1:]))
