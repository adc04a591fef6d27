"""The text of each finished document, page by page, as a check independent of coffre's own extractors.

As in coffre's extracted text, every kind of space is U+0020.
"""
import re
import subprocess
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class PageText(HTMLParser):
    """Text of an HTML page without script and style, one line a block element."""

    def __init__(self):
        super().__init__()
        self.parts, self.skip = [], 0

    def handle_starttag(self, tag, attrs):
        self.skip += tag in ("script", "style", "title")
        if tag in ("p", "li", "td", "th", "h1", "h2", "h3", "tr"):
            self.parts.append("\n")

    def handle_endtag(self, tag):
        self.skip -= tag in ("script", "style", "title")

    def handle_data(self, data):
        if not self.skip:
            self.parts.append(data)


def docx_text(path):
    """Paragraphs of the body and of the footnotes of a DOCX file."""
    lines = []
    with zipfile.ZipFile(path) as z:
        for part in ("word/document.xml", "word/footnotes.xml"):
            for p in ElementTree.fromstring(z.read(part)).iter(WORD + "p"):
                lines.append("".join(t.text or "" for t in p.iter(WORD + "t")))
    return "\n".join(lines)


def pages(path):
    """List of page texts; formats without pages give one."""
    return [re.sub("[\u00a0\u2009\u202f]", " ", t) for t in raw_pages(path)]


def raw_pages(path):
    """Page texts with the spaces as they are in the file."""
    ext = path.suffix
    if ext == ".pdf":
        run = subprocess.run(["pdftotext", "-enc", "UTF-8", str(path), "-"], check=True, capture_output=True)
        return run.stdout.decode("utf-8").split("\f")[:-1]
    if ext == ".docx":
        return [docx_text(path)]
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252")
    if ext == ".html":
        parser = PageText()
        parser.feed(text)
        text = "".join(parser.parts)
    return [text]


def exact(text, wanted):
    """The bytes of text that match wanted up to the kind of apostrophe, or None."""
    pattern = "".join(r"['’]" if c in "'’" else re.escape(c) for c in wanted)
    found = re.search(r"(?<!\w)" + pattern + r"(?!\w)", text)
    return found.group(0) if found else None
