"""Reads a source of the sample firm: head lines "key: value", a blank line, a body.

Bodies are HTML fragments (for PDF, DOCX and HTML) or plain files (MD, TXT, CSV).
French bodies are typed with ordinary spaces and apostrophes; typeset() puts in the
no-break spaces and the typographic apostrophes that a French office text carries.
"""
import re
from pathlib import Path

SRC = Path(__file__).parent / "src"
NBSP = "\u00a0"


def read(name):
    """Returns (head, body) of src/name."""
    raw = (SRC / name).read_text(encoding="utf-8")
    top, body = raw.split("\n\n", 1)
    head = dict(line.split(": ", 1) for line in top.splitlines())
    return head, body


def typeset(text, lang, curly=True):
    """Typographic pass over plain text (no markup) in the given language."""
    if curly:
        text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    if lang != "fr":
        return text
    text = re.sub(r" (?=[;:!?»%€])", NBSP, text)
    text = re.sub(r"« ", "«" + NBSP, text)
    text = re.sub(r"(?<=\d) (?=\d{3}(\D|$))", NBSP, text)
    return re.sub(r"\b(n°|art\.|p\.|M\.|Mme) (?=[\dA-Z])", r"\1" + NBSP, text)


def typeset_markup(body, lang):
    """Same pass over the text between the tags of a fragment; SVG and style are left alone."""
    parts = re.split(r"(<style.*?</style>|<[^>]+>)", body, flags=re.S)
    return "".join(p if p.startswith("<") else typeset(p, lang) for p in parts)
