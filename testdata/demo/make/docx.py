"""Writes an HTML fragment as a DOCX file (ECMA-376 transitional) with zipfile only.

Known elements: h1-h3, p, ul, ol, li, table, tr, th, td, b, i, br, fn (a true footnote).
Everything else is transparent. Parts are written in a fixed order with a fixed date.
"""
import io
import zipfile
from html.parser import HTMLParser
from xml.sax.saxutils import escape

import docx_parts as parts
import fragment

STYLES = {"h1": "Title", "h2": "Heading1", "h3": "Heading2"}


class Writer(HTMLParser):
    """Collects WordprocessingML for the body and for the footnotes."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.out, self.runs, self.notes = [], [], []
        self.bold = self.italic = 0
        self.style, self.lists, self.cell, self.saved = None, [], None, None
        self.ordered = self.table = self.columns = self.width = 0

    def run(self, text):
        if not text:
            return ""
        props = ("<w:b/>" if self.bold else "") + ("<w:i/>" if self.italic else "")
        props = f"<w:rPr>{props}</w:rPr>" if props else ""
        return f'<w:r>{props}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'

    def flush(self):
        """Ends the paragraph that is open, if it has any text."""
        if not self.runs:
            return
        props = f'<w:pStyle w:val="{self.style}"/>' if self.style else ""
        if self.lists and not self.style:
            number = self.lists[-1]
            props = ('<w:pStyle w:val="ListParagraph"/><w:numPr>'
                     f'<w:ilvl w:val="{len(self.lists) - 1}"/><w:numId w:val="{number}"/></w:numPr>')
        paragraph = f'<w:p><w:pPr>{props}</w:pPr>{"".join(self.runs)}</w:p>'
        self.runs = []
        (self.out if self.cell is None else self.cell).append(paragraph)

    def handle_starttag(self, tag, attrs):
        if tag in STYLES or tag in ("p", "li", "div"):
            self.flush()
            self.style = STYLES.get(tag)
        elif tag in ("ul", "ol"):
            self.flush()
            if tag == "ol":
                self.ordered += 1
            self.lists.append(1 if tag == "ul" else 1 + self.ordered)
        elif tag in ("b", "th"):
            self.bold += 1
        elif tag == "i":
            self.italic += 1
        elif tag == "br":
            self.runs.append("<w:r><w:br/></w:r>")
        elif tag == "fn":
            self.saved, self.runs = self.runs, []
        elif tag == "table":
            self.flush()
            self.table, self.columns = len(self.out), 0
        elif tag == "tr":
            self.out.append("<w:tr>")
            self.width = 0
        if tag in ("td", "th"):
            self.cell = []

    def handle_endtag(self, tag):
        if tag in STYLES or tag in ("p", "li", "div"):
            self.flush()
            self.style = None
        elif tag in ("ul", "ol"):
            self.flush()
            self.lists.pop()
        elif tag in ("td", "th"):
            self.end_cell()
        elif tag == "tr":
            self.out.append("</w:tr>")
        elif tag == "table":
            grid = "<w:gridCol/>" * self.columns
            self.out.insert(self.table, f"{parts.TABLE_OPEN}<w:tblGrid>{grid}</w:tblGrid>")
            self.out.append("</w:tbl><w:p/>")
        elif tag == "fn":
            self.end_note()
        if tag in ("b", "th"):
            self.bold -= 1
        elif tag == "i":
            self.italic -= 1

    def end_cell(self):
        self.flush()
        content = "".join(self.cell) or "<w:p/>"
        self.cell = None
        self.width += 1
        self.columns = max(self.columns, self.width)
        self.out.append(f"<w:tc><w:tcPr/>{content}</w:tc>")

    def end_note(self):
        number = len(self.notes) + 1
        mark = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteRef/></w:r>'
        self.notes.append(f'<w:footnote w:id="{number}"><w:p>{mark}{"".join(self.runs)}</w:p></w:footnote>')
        self.runs = self.saved
        self.runs.append('<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
                         f'<w:footnoteReference w:id="{number}"/></w:r>')

    def handle_data(self, data):
        text = " ".join(data.replace("\u00a0", "\ue000").split()).replace("\ue000", "\u00a0")
        if not text:
            if self.runs and data:
                self.runs.append(self.run(" "))
            return
        lead = " " if data[0] in " \n" and self.runs else ""
        tail = " " if data[-1] in " \n" else ""
        self.runs.append(self.run(lead + text + tail))


def build(head, body):
    """DOCX bytes of a source."""
    w = Writer()
    w.feed(fragment.typeset_markup(body, head["lang"]))
    w.flush()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in parts.package(head, "".join(w.out), "".join(w.notes), w.ordered):
            info = zipfile.ZipInfo(name, (2026, 6, 1, 8, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(info, text)
    return buffer.getvalue()
