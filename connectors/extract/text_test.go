package extract

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

const frenchSample = "Été à l'hôtel : 12 œufs, 3 500 €, « déjà » reçu.\n\nNoël où l'on règle le reçu."

func TestCharsets(t *testing.T) {
	want := "Été à l'hôtel : 12 œufs, 3 500 €, « déjà » reçu.\n\nNoël où l'on règle le reçu."
	utf16le, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(frenchSample)
	utf16be, _ := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(frenchSample)
	win, _ := charmap.Windows1252.NewEncoder().String(frenchSample)
	mac, _ := charmap.Macintosh.NewEncoder().String(frenchSample)
	dos, _ := charmap.CodePage850.NewEncoder().String(strings.NewReplacer("œ", "oe", "€", "EUR").Replace(frenchSample))
	tests := []struct {
		name, data, want string
		warning          string
	}{
		{"utf-8", frenchSample, want, ""},
		{"utf-8 with mark", "\ufeff" + frenchSample, want, ""},
		{"utf-8 cut inside a letter", frenchSample + strings.Repeat(" été", 400) + "\xc3", "", WarnReplaced},
		{"utf-16 with mark", utf16le, want, ""},
		{"utf-16 without mark", utf16be, want, ""},
		{"windows-1252", win, want, WarnCharset},
		{"mac roman", mac, want, WarnCharset},
		{"dos", dos, strings.NewReplacer("œ", "oe", "€", "EUR").Replace(want), WarnCharset},
		{"decomposed accents", "e\u0301te\u0301 2024", "été 2024", ""},
		{"direction marks and zero widths", "fac\u202eture\u200b\u00ad n°\u00a05", "facture n° 5", ""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			x, err := runBytes(t, "a.txt", []byte(tc.data), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if tc.want != "" && x.Body != tc.want {
				t.Errorf("got %q", x.Body)
			}
			if got := strings.Join(warningCodes(x), " "); got != tc.warning {
				t.Errorf("warnings %q, want %q", got, tc.warning)
			}
		})
	}
}

func TestTextBlocks(t *testing.T) {
	wantOutline(t, "a.txt", []byte("CONTRAT DE BAIL\r\n\r\nEntre les soussignés\r\n  Durand\r\n\r\n\r\n\r\nArticle 2 - Durée\n\nNeuf ans.\n\n3.1 Loyer\n\n1 200 euros"),
		"heading1: CONTRAT DE BAIL\nparagraph: Entre les soussignés⏎  Durand\nheading2: Article 2 - Durée\nparagraph: Neuf ans.\nheading2: 3.1 Loyer\nparagraph: 1 200 euros")
}

func TestMaxText(t *testing.T) {
	for name, data := range map[string]string{"a.txt": "mot ", "a.md": "mot\n\n", "a.html": "<p>mot", "a.csv": "a;b\nc;d\n"} {
		if _, err := runBytes(t, name, []byte(strings.Repeat(data, 1000)), Options{MaxText: 500}); CodeOf(err) != CodeTooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSniff(t *testing.T) {
	tests := []struct{ head, name, want string }{
		{"", "a.pdf", ""},
		{"%PDF-1.7", "a.docx", FormatPDF},
		{"junk\n%PDF-1.4", "", FormatPDF},
		{"PK\x03\x04....[Content_Types].xml....word/document.xml", "a", FormatDOCX},
		{"PK\x03\x04....xl/workbook.xml", "a.docx", "xlsx"},
		{"PK\x03\x04....readme", "a.zip", "zip"},
		{"\x89PNG\r\n\x1a\n", "a.pdf", "image"},
		{"MZ\x90\x00\x03", "a.docx", "executable"},
		{"MZ est le sigle de la marque.", "a.txt", FormatText},
		{"BM, le magasin", "a.txt", FormatText},
		{"<!-- x --><!DOCTYPE html><p>", "a.txt", FormatHTML},
		{"<p>sans tête", "a.html", FormatHTML},
		{"# Titre", "README.MD", FormatMarkdown},
		{"a;b", "export.CSV", FormatCSV},
		{"From: a@b", "a.eml", "eml"},
		{"a\x00b\x00\x01\x02\x03", "a.txt", "binary"},
		{"\xff\xfea\x00b\x00", "a.csv", FormatCSV},
		{"texte", "sans-extension", FormatText},
	}
	for _, tc := range tests {
		if got := Sniff([]byte(tc.head), tc.name); got != tc.want {
			t.Errorf("Sniff(%q, %q) = %q, want %q", tc.head, tc.name, got, tc.want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte(frenchSample))
	f.Add([]byte("\xff\xfea\x00"))
	f.Add([]byte("\x00\x00\xfe\xff\x00\x00\x00a"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"a.txt", "a"} {
			if _, err := runBytes(t, name, data, Options{}); err != nil && CodeOf(err) == "" {
				t.Fatal(err)
			}
		}
	})
}
