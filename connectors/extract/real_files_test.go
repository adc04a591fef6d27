package extract

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestRealFiles gives every real file to a child and prints its verdict. The
// codes that a file must get are those that people who opened it would give.
func TestRealFiles(t *testing.T) {
	want := map[string]string{
		"tika-protected_normal_case.docx": CodeLocked, "tika-testWORD_protected_passtika.docx": CodeLocked,
		"tika-testEXCEL_protected_passtika.xlsx": CodeLocked, "unst-password_protected.xlsx": CodeLocked,
		"tika-testPPT_protected_passtika.pptx": CodeLocked, "unst-password.pdf": CodeLocked,
		"tika-testWORD_truncated.docx": CodeCorrupt, "scan-docl-nemotron_multipage.pdf": CodeNoText,
		"tika-testODTEncrypted.odt": CodeUnsupported, "tika-testPDF_protected.pdf": "",
		"tika-testHTML_utf8.html": "", "unst-stanley-cups-utf-16.csv": "",
	}
	for _, kind := range []string{"csv", "html", "docx", "locked", "pdf", "pdf-hostile", "xlsx", "rtf", "msg", "odf", "epub", "pptx", "eml"} {
		verdicts := map[string]int{}
		for _, path := range sharedFiles(t, kind) {
			if kind == "pdf" && testing.Short() {
				continue
			}
			name := filepath.Base(path)
			r, err := extractFile(t, path, Options{})
			code := CodeOf(err)
			if err != nil && code == "" {
				t.Fatalf("%s: %v", name, err)
			}
			if w, ok := want[name]; ok && w != code {
				t.Errorf("%s: %q, want %q", name, code, w)
			}
			if err == nil {
				code = "ok"
				checkText(t, name, r.Text)
			}
			verdicts[code]++
			if testing.Verbose() {
				t.Logf("%-8s %-50s %-13s %7d bytes %4d blocks %3d pages %v %v %d MB", kind, name, code,
					len(r.Text.Body), len(r.Text.Blocks), len(r.Text.Pages), warningCodes(r.Text), r.Took.Round(1e6), r.Memory>>20)
			}
		}
		t.Logf("%-11s %v", kind, verdicts)
	}
}

func warningCodes(t Text) []string {
	var codes []string
	for _, w := range t.Warnings {
		if !slices.Contains(codes, w.Code) {
			codes = append(codes, w.Code)
		}
	}
	return codes
}

// checkText holds what the package promises of every text.
func checkText(t testing.TB, name string, x Text) {
	t.Helper()
	if err := x.Validate(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	for i, r := range x.Body {
		if keepRune(r) != r {
			t.Errorf("%s: character %U at %d", name, r, i)
			break
		}
	}
	at := 0
	for _, b := range x.Blocks {
		if hasText(x.Body[at:b.Start]) {
			t.Errorf("%s: text between blocks before %d", name, b.Start)
		}
		at = b.End
	}
	if hasText(x.Body[at:]) {
		t.Errorf("%s: text after the last block", name)
	}
}
