"""Makes a PDF that is only an image: a page printed, rendered grey, slightly turned and soiled.

Such a file has no text layer, so the demo shows what the box says about it and that the
owner can retry once a readable copy exists.
"""
import random
import struct
import subprocess
import tempfile
from pathlib import Path

import fragment
import pdf

DIRT = "body{padding:0 4mm;transform:rotate(.55deg);transform-origin:30% 40%}@page{background:#f3f1ec}"


def specks(seed):
    """An SVG of dust and a fold, drawn over the page; the seed keeps it the same."""
    r = random.Random(seed)
    dots = "".join(f'<circle cx="{r.uniform(0, 170):.1f}" cy="{r.uniform(0, 250):.1f}" '
                   f'r="{r.uniform(.05, .35):.2f}" opacity="{r.uniform(.3, .9):.1f}"/>' for _ in range(160))
    return ('<svg style="position:absolute;left:0;top:0" width="170mm" height="250mm" viewBox="0 0 170 250">'
            f'{dots}<path d="M0 124 L170 125.2" stroke="#777" stroke-width=".25" opacity=".6"/></svg>')


def jpeg_frame(data):
    """Width, height and colour space from the frame header of a JPEG."""
    at = 2
    while data[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
    height, width = struct.unpack(">HH", data[at + 5:at + 9])
    return width, height, b"/DeviceGray" if data[at + 9] == 1 else b"/DeviceRGB"


def image_pdf(pages):
    """A PDF 1.4 with one JPEG a page, A4."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>",
               b"<< /Type /Pages /Count %d /Kids [%s] >>" % (
                   len(pages), b" ".join(b"%d 0 R" % (3 + 3 * i) for i in range(len(pages))))]
    for i, data in enumerate(pages):
        width, height, space = jpeg_frame(data)
        draw = b"q 595 0 0 842 0 0 cm /Im0 Do Q"
        objects += [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
                    b"/Resources << /XObject << /Im0 %d 0 R >> >> >>" % (4 + 3 * i, 5 + 3 * i),
                    b"<< /Length %d >>\nstream\n%s\nendstream" % (len(draw), draw),
                    b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %s "
                    b"/BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream"
                    % (width, height, space, len(data), data)]
    out, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return out + (b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
                  b"startxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, table, len(offsets) + 1, len(out)))


def build(head, body):
    """PDF bytes of a source as a scan."""
    body = fragment.typeset_markup(body, head["lang"]) + specks(head["title"]) + f"<style>{DIRT}</style>"
    with tempfile.TemporaryDirectory() as tmp:
        clean = Path(tmp, "clean.pdf")
        clean.write_bytes(pdf.print_html(pdf.page(head, body)))
        subprocess.run(["pdftoppm", "-jpeg", "-jpegopt", "quality=48", "-gray", "-r", "110",
                        str(clean), str(Path(tmp, "p"))], check=True)
        return image_pdf([p.read_bytes() for p in sorted(Path(tmp).glob("p-*.jpg"))])
