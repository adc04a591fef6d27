package extract

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

func p(s string) string { return "<w:p><w:r><w:t>" + s + "</w:t></w:r></w:p>" }

const testStyles = `<w:styles ` + wordSpace + `>
<w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="fr-FR"/></w:rPr></w:rPrDefault></w:docDefaults>
<w:style w:type="paragraph" w:styleId="Titre1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Clause"><w:basedOn w:val="Titre2"/><w:name w:val="Clause"/></w:style>
<w:style w:type="paragraph" w:styleId="Titre2"><w:name w:val="heading 2"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
</w:styles>`

const testNumbering = `<w:numbering ` + wordSpace + `>
<w:abstractNum w:abstractNumId="7">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="Article %1"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1%2)"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>
</w:numbering>`

func styled(style, num, s string) string {
	pr := ""
	if style != "" {
		pr = `<w:pStyle w:val="` + style + `"/>`
	}
	if num != "" {
		pr += `<w:numPr><w:ilvl w:val="` + num[1:] + `"/><w:numId w:val="` + num[:1] + `"/></w:numPr>`
	}
	return `<w:p><w:pPr>` + pr + `</w:pPr><w:r><w:t>` + s + `</w:t></w:r></w:p>`
}

func TestDOCX(t *testing.T) {
	cell := func(s string) string { return "<w:tc>" + p(s) + "</w:tc>" }
	tests := []struct {
		name, body string
		parts      []string
		want       string
	}{
		{"headings and numbering",
			styled("Titre1", "", "Bail") + styled("Titre2", "", "Durée") + p("Neuf ans.") + styled("Clause", "", "Loyer") + styled("", "11", "par mois") + styled("", "20", "en espèces"),
			[]string{"styles.xml", testStyles, "numbering.xml", testNumbering},
			"heading1: Bail\nheading2: Article 1 Durée\nparagraph: Neuf ans.\nheading2: Article 2 Loyer\nlist2: 2a) par mois\nlist1: - en espèces"},
		{"deleted, inserted, hidden, fields",
			`<w:p><w:r><w:t xml:space="preserve">Le loyer est de </w:t></w:r><w:del><w:r><w:delText>800</w:delText></w:r></w:del><w:ins><w:r><w:t>900</w:t></w:r></w:ins><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r><w:r><w:t xml:space="preserve"> €.</w:t></w:r></w:p>`,
			nil, "paragraph: Le loyer est de 900 €."},
		{"table with marked header",
			`<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>` + cell("Nom") + cell("Ville") + `</w:tr><w:tr>` + cell("Durand") + cell("Autun") + `</w:tr><w:tr>` + cell("Petit") + cell("") + `</w:tr></w:tbl>`,
			nil, "row: Nom: Durand | Ville: Autun\nrow: Nom: Petit"},
		{"table without names", `<w:tbl><w:tr>` + cell("Loyer") + cell("900 €") + `</w:tr><w:tr>` + cell("Charges") + cell("80 €") + `</w:tr></w:tbl>`,
			nil, "table: Loyer | 900 €\ntable: Charges | 80 €"},
		{"merged cells", `<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>` + p("Lyon") + `</w:tc>` + cell("un") + `</w:tr><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc>` + cell("deux") + `</w:tr></w:tbl>`,
			nil, "table: Lyon | un\ntable: Lyon | deux"},
		{"footnote", `<w:p><w:r><w:t>Indexé</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>` + p("Suite."),
			[]string{"footnotes.xml", `<w:footnotes ` + wordSpace + `><w:footnote w:type="separator" w:id="0">` + p("---") + `</w:footnote><w:footnote w:id="2">` + p("Indice INSEE.") + `</w:footnote></w:footnotes>`},
			"paragraph: Indexé[1]\nparagraph: [1] Indice INSEE.\nparagraph: Suite."},
		{"header and text box", `<w:p><w:r><w:t>Corps.</w:t></w:r><w:r><AlternateContent><Choice><drawing><txbxContent>` + p("Encadré.") + `</txbxContent></drawing></Choice><Fallback><pict><txbxContent>` + p("Encadré.") + `</txbxContent></pict></Fallback></AlternateContent></w:r></w:p>`,
			[]string{"header1.xml", `<w:hdr ` + wordSpace + `>` + p("Morvandec SARL") + `</w:hdr>`, "header2.xml", `<w:hdr ` + wordSpace + `>` + p("Morvandec SARL") + `</w:hdr>`},
			"paragraph: Corps.\nparagraph: Encadré.\nparagraph: Morvandec SARL"},
		{"bold line is a heading", `<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Conditions de paiement</w:t></w:r></w:p>` + p("Trente jours."),
			nil, "heading3: Conditions de paiement\nparagraph: Trente jours."},
		{"breaks and tabs", `<w:p><w:r><w:t>Rue A</w:t><w:br/><w:t>71400</w:t><w:tab/><w:t>Autun</w:t><w:noBreakHyphen/><w:t>Est</w:t></w:r></w:p>`,
			nil, "paragraph: Rue A⏎71400 Autun-Est"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			wantOutline(t, "a.docx", makeDOCX(tc.body, tc.parts...), tc.want)
		})
	}
}

func TestDOCXRefused(t *testing.T) {
	whole := makeDOCX(p(strings.Repeat("Un texte assez long pour être compressé. ", 200)))
	encrypted := bytes.Clone(whole)
	for at := 0; ; at += 4 { // set the encryption bit in every directory entry
		i := bytes.Index(encrypted[at:], []byte("PK\x01\x02"))
		if i < 0 {
			break
		}
		at += i
		encrypted[at+8] |= 1
	}
	wrongSum := bytes.Clone(whole)
	i := bytes.LastIndex(wrongSum, []byte("word/document.xml")) - 46
	binary.LittleEndian.PutUint32(wrongSum[i+16:], 12345)

	tests := []struct {
		name string
		data []byte
		code string
	}{
		{"cut", whole[:len(whole)/2], CodeCorrupt},
		{"encrypted", encrypted, CodeLocked},
		{"wrong checksum", wrongSum, CodeCorrupt},
		{"cut XML", makeZip("[Content_Types].xml", "", "word/document.xml", "<w:document "+wordSpace+"><w:body>"+p("a")), CodeCorrupt},
		{"an archive", makeZip("readme.txt", "hello"), CodeTypeMismatch},
		{"a workbook's root", makeZip("[Content_Types].xml", "", "word/document.xml", "<workbook/>"), CodeTypeMismatch},
		{"no text", makeDOCX("<w:p/>"), CodeNoText},
		{"nested too deep", makeDOCX(strings.Repeat("<w:sdt>", 500) + strings.Repeat("</w:sdt>", 500)), CodeTooLarge},
		{"bomb", bomb(), CodeTooLarge},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := runBytes(t, "a.docx", tc.data, Options{}); CodeOf(err) != tc.code {
				t.Errorf("got %v, want %s", err, tc.code)
			}
		})
	}
}

// bomb holds a document of 80 MB in 80 KB.
func bomb() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, _ := z.Create("[Content_Types].xml")
	w.Write([]byte("<Types/>"))
	w, _ = z.Create("word/document.xml")
	w.Write([]byte("<w:document " + wordSpace + "><w:body>"))
	chunk := []byte("<w:p w:rsid='" + strings.Repeat("0", 100_000) + "'/>")
	for range 800 {
		w.Write(chunk)
	}
	w.Write([]byte("</w:body></w:document>"))
	z.Close()
	return b.Bytes()
}

// randomXML turns bytes into well-formed WordprocessingML: each opens an element,
// closes one, or writes text. Free text would rarely get past the XML parser.
func randomXML(ops []byte) string {
	names := []string{"p", "r", "t", "tbl", "tr", "tc", "tcPr", "trPr", "pPr", "rPr", "numPr", "sdt", "sdtContent", "del", "ins",
		"txbxContent", "drawing", "AlternateContent", "Choice", "Fallback", "oMath", "den", "ruby", "rubyBase", "hyperlink"}
	leaves := []string{`<w:b/>`, `<w:vanish w:val="0"/>`, `<w:vMerge/>`, `<w:gridSpan w:val="3"/>`, `<w:tblHeader/>`, `<w:pStyle w:val="Titre2"/>`,
		`<w:numId w:val="1"/>`, `<w:ilvl w:val="7"/>`, `<w:footnoteReference w:id="2"/>`, `<w:br/>`, `<w:sym w:char="F0FC"/>`, `<w:altChunk r:id="r0"/>`, "Été 2024. ", "\n"}
	var s strings.Builder
	var open []string
	for _, op := range ops {
		switch n := int(op); {
		case n < 4*len(names):
			open = append(open, names[n%len(names)])
			s.WriteString("<w:" + open[len(open)-1] + ">")
		case n < 4*len(names)+5*len(leaves):
			s.WriteString(leaves[n%len(leaves)])
		case len(open) > 0:
			s.WriteString("</w:" + open[len(open)-1] + ">")
			open = open[:len(open)-1]
		}
	}
	for i := len(open) - 1; i >= 0; i-- {
		s.WriteString("</w:" + open[i] + ">")
	}
	return s.String()
}

func FuzzDOCX(f *testing.F) {
	f.Add([]byte{0, 1, 2, 112, 255, 255, 255, 3, 4, 5, 0, 1, 2, 112})
	f.Add([]byte("\x03\x04\x05\x06\x71\xff\x00\x01\x02\x70\xff\xff\xff\xff\x05"))
	f.Fuzz(func(t *testing.T, ops []byte) {
		notes := `<w:footnotes ` + wordSpace + `><w:footnote w:id="2">` + p("Note.") + `</w:footnote></w:footnotes>`
		data := makeDOCX(randomXML(ops), "styles.xml", testStyles, "numbering.xml", testNumbering, "footnotes.xml", notes)
		if _, err := runBytes(t, "a.docx", data, Options{}); err != nil && CodeOf(err) == "" {
			t.Fatal(err)
		}
	})
}

// FuzzDOCXParts gives any bytes to the XML of every part.
func FuzzDOCXParts(f *testing.F) {
	f.Add(p("Un")+styled("Titre1", "10", "Deux"), testStyles, testNumbering)
	f.Fuzz(func(t *testing.T, body, styles, numbering string) {
		data := makeDOCX(body, "styles.xml", styles, "numbering.xml", numbering)
		if _, err := runBytes(t, "a.docx", data, Options{}); err != nil && CodeOf(err) == "" {
			t.Fatal(err)
		}
	})
}

func FuzzDOCXPackage(f *testing.F) {
	f.Add(makeDOCX(p("Un texte.")))
	f.Add(makeZip("word/document.xml", "<a/>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := runBytes(t, "a.docx", data, Options{}); err != nil && CodeOf(err) == "" {
			t.Fatal(err)
		}
	})
}
