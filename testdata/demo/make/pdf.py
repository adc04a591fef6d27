"""Prints an HTML fragment to PDF with headless chromium: real text, tables, page numbers."""
import re
import subprocess
import tempfile
from pathlib import Path

import charts
import fragment

CSS = (Path(__file__).parent / "print.css").read_text(encoding="utf-8")
CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
            "--disable-background-networking", "--no-pdf-header-footer"]


def notes(body):
    """Turns <fn>…</fn> into numbered calls and puts the notes at <notes/> or at the end."""
    found = []

    def call(m):
        found.append(m.group(1))
        return f"<sup>{len(found)}</sup>"

    body = re.sub(r"<fn>(.*?)</fn>", call, body, flags=re.S)
    if not found:
        return body
    block = "".join(f"<p><sup>{n}</sup> {t}</p>" for n, t in enumerate(found, 1))
    block = f'<div class="notes">{block}</div>'
    return body.replace("<notes/>", block) if "<notes/>" in body else body + block


def page(head, body):
    """The whole HTML page: running head and foot come from the source's head lines."""
    lang = head["lang"]
    number = ('"Page " counter(page) " sur " counter(pages)' if lang == "fr"
              else '"Page " counter(page) " of " counter(pages)')
    quoted = {k: head.get(k, "").replace('"', "”") for k in ("left", "right", "foot")}
    if lang == "fr":
        quoted = {k: fragment.typeset(v, lang) for k, v in quoted.items()}
    running = (f'@page {{ @top-left {{ content: "{quoted["left"]}"; }}'
               f' @top-right {{ content: "{quoted["right"]}"; }}'
               f' @bottom-left {{ content: "{quoted["foot"]}"; }}'
               f' @bottom-right {{ content: {number}; }} }}')
    if head.get("cover") == "yes":
        running += '@page :first { @top-left {content: "";} @top-right {content: "";} }'
    return (f'<!doctype html><html lang="{lang}"><meta charset="utf-8">'
            f'<title>{head["title"]}</title><style>{CSS}{running}</style>'
            f'<body class="{head.get("look", "note")}">{body}</body></html>')


def settle(data):
    """Fixes the two dates that chromium writes, so that a rebuild changes nothing else."""
    return re.sub(rb"(/(?:Creation|Mod)Date \(D:)\d{14}", rb"\g<1>20260601080000", data)


def print_html(html):
    """Returns the PDF's bytes of an HTML page."""
    with tempfile.TemporaryDirectory() as tmp:
        src, out = Path(tmp, "in.html"), Path(tmp, "out.pdf")
        src.write_text(html, encoding="utf-8")
        subprocess.run(CHROMIUM + [f"--print-to-pdf={out}", src.as_uri()], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return settle(out.read_bytes())


def build(head, body):
    """PDF bytes of a source."""
    body = notes(fragment.typeset_markup(charts.expand(body), head["lang"]))
    return print_html(page(head, body))
