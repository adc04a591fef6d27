"""The fixed parts of a DOCX package: styles, numbering, header, footer, properties."""
from xml.sax.saxutils import escape

import fragment

DECL = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
W = ('xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
     'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"')
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
WML = "application/vnd.openxmlformats-officedocument.wordprocessingml."
TABLE_OPEN = ('<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="5000" w:type="pct"/>'
              '</w:tblPr>')
PARTS = ["styles", "numbering", "footnotes", "header1", "footer1"]


def style(kind, ident, name, paragraph="", run="", based="Normal"):
    base = f'<w:basedOn w:val="{based}"/>' if ident != "Normal" and kind == "paragraph" else ""
    default = ' w:default="1"' if ident == "Normal" else ""
    return (f'<w:style w:type="{kind}"{default} w:styleId="{ident}"><w:name w:val="{name}"/>{base}'
            f'<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>')


def styles(lang):
    code = "fr-FR" if lang == "fr" else "en-GB"
    borders = "".join(f'<w:{s} w:val="single" w:sz="4" w:color="8A97A5"/>'
                      for s in ("top", "left", "bottom", "right", "insideH", "insideV"))
    space = '<w:spacing w:before="{}" w:after="{}"/>'
    return (DECL + f'<w:styles {W}><w:docDefaults><w:rPrDefault><w:rPr>'
            '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:sz w:val="22"/>'
            f'<w:lang w:val="{code}"/></w:rPr></w:rPrDefault></w:docDefaults>'
            + style("paragraph", "Normal", "Normal", space.format(0, 120))
            + style("paragraph", "Title", "Title", space.format(0, 240), '<w:b/><w:sz w:val="36"/>')
            + style("paragraph", "Heading1", "heading 1",
                    '<w:keepNext/>' + space.format(280, 80) + '<w:outlineLvl w:val="0"/>',
                    '<w:b/><w:color w:val="12395B"/><w:sz w:val="26"/>')
            + style("paragraph", "Heading2", "heading 2",
                    '<w:keepNext/>' + space.format(160, 60) + '<w:outlineLvl w:val="1"/>', '<w:b/>')
            + style("paragraph", "ListParagraph", "List Paragraph", space.format(0, 40))
            + '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/>'
            f'<w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr></w:style></w:styles>')


def numbering(ordered):
    def level(fmt, text):
        return "".join(f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{fmt}"/>'
                       f'<w:lvlText w:val="{text.format(i + 1)}"/><w:pPr><w:ind '
                       f'w:left="{567 * (i + 1)}" w:hanging="340"/></w:pPr></w:lvl>' for i in range(2))
    nums = "".join(f'<w:num w:numId="{2 + i}"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0">'
                   '<w:startOverride w:val="1"/></w:lvlOverride></w:num>' for i in range(ordered))
    return (DECL + f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">{level("bullet", "•")}'
            f'</w:abstractNum><w:abstractNum w:abstractNumId="1">{level("decimal", "%{}.")}</w:abstractNum>'
            f'<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>{nums}</w:numbering>')


def text_part(kind, text, page_word=""):
    def field(name):
        return f'<w:fldSimple w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    number = ""
    if page_word:
        first, middle = page_word.split("|")
        number = (f'<w:r><w:t xml:space="preserve"> – {first} </w:t></w:r>{field("PAGE")}'
                  f'<w:r><w:t xml:space="preserve"> {middle} </w:t></w:r>{field("NUMPAGES")}')
    return (DECL + f'<w:{kind} {W}><w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
            f'{number}</w:p></w:{kind}>')


def footnotes(notes):
    rule = "".join(f'<w:footnote w:type="{t}" w:id="{i}"><w:p><w:r><w:{t}/></w:r></w:p></w:footnote>'
                   for t, i in (("separator", -1), ("continuationSeparator", 0)))
    return DECL + f'<w:footnotes {W}>{rule}{notes}</w:footnotes>'


def document(body):
    section = ('<w:sectPr><w:headerReference w:type="default" r:id="rId4"/>'
               '<w:footerReference w:type="default" r:id="rId5"/><w:pgSz w:w="11906" w:h="16838"/>'
               '<w:pgMar w:top="1418" w:right="1247" w:bottom="1304" w:left="1247" '
               'w:header="624" w:footer="567" w:gutter="0"/></w:sectPr>')
    return DECL + f'<w:document {W}><w:body>{body}{section}</w:body></w:document>'


def package(head, body, notes, ordered):
    """Yields (name, xml) of every part, [Content_Types].xml first."""
    lang = head["lang"]
    kinds = [p.rstrip("1") for p in PARTS]
    over = "".join(f'<Override PartName="/word/{p}.xml" ContentType="{WML}{k}+xml"/>'
                   for p, k in zip(PARTS, kinds))
    yield "[Content_Types].xml", (
        DECL + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{WML}document.main+xml"/>{over}'
        '<Override PartName="/docProps/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>')
    rels = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    yield "_rels/.rels", (
        DECL + rels + f'<Relationship Id="rId1" Type="{OFFICE}officeDocument" Target="word/document.xml"/>'
        '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/'
        'metadata/core-properties" Target="docProps/core.xml"/></Relationships>')
    links = "".join(f'<Relationship Id="rId{i}" Type="{OFFICE}{k}" Target="{p}.xml"/>'
                    for i, (p, k) in enumerate(zip(PARTS, kinds), 1))
    yield "word/_rels/document.xml.rels", DECL + rels + links + "</Relationships>"
    yield "word/document.xml", document(body)
    yield "word/styles.xml", styles(lang)
    yield "word/numbering.xml", numbering(ordered)
    yield "word/footnotes.xml", footnotes(notes)
    left = " – ".join(x for x in (head.get("left"), head.get("right")) if x)
    yield "word/header1.xml", text_part("hdr", fragment.typeset(left, lang))
    words = "page|sur" if lang == "fr" else "page|of"
    yield "word/footer1.xml", text_part("ftr", fragment.typeset(head.get("foot", ""), lang), words)
    yield "docProps/core.xml", (
        DECL + '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<dc:title>{escape(head["title"])}</dc:title><dc:creator>{escape(head.get("author", "Morvandec"))}'
        f'</dc:creator><dc:language>{lang}</dc:language><dcterms:created xsi:type="dcterms:W3CDTF">'
        '2026-06-01T08:00:00Z</dcterms:created></cp:coreProperties>')
