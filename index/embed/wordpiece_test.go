package embed

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"coffre/index/embed/weights"
)

func tokenizerOf(t testing.TB) *tokenizer {
	m, err := weights.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := newTokenizer(m.Vocab)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// TestTokens compares with Hugging Face's library (testdata/tokens.mjs).
func TestTokens(t *testing.T) {
	raw, err := os.ReadFile("testdata/tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Text string   `json:"text"`
		IDs  []uint16 `json:"ids"`
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	tok := tokenizerOf(t)
	for _, one := range all {
		got := tok.windows(one.Text, 1<<20)
		if len(got) != 1 || !slices.Equal(got[0], one.IDs) {
			t.Errorf("%.60q: %v, want %v", one.Text, got, one.IDs)
		}
	}
}

// TestWindowsLoseNothing cuts texts of many lengths.
func TestWindowsLoseNothing(t *testing.T) {
	tok := tokenizerOf(t)
	text := strings.Repeat("Unaffable suppliers deliver; l'évêque antidisestablishmentarianism ", 60)
	for _, longest := range []int{3, 4, 10, 37, 256} {
		for n := 0; n < len(text); n += 97 {
			windowsLoseNothing(t, tok, text[:n], longest)
		}
	}
}

func windowsLoseNothing(t *testing.T, tok *tokenizer, text string, longest int) {
	t.Helper()
	whole := tok.windows(text, 1<<30)[0]
	var joined []uint16
	parts := tok.windows(text, longest)
	for _, w := range parts {
		if len(w) > longest || len(w) < 3 && len(parts) > 1 {
			t.Fatalf("a window of %d tokens, the limit is %d", len(w), longest)
		}
		if w[0] != tok.cls || w[len(w)-1] != tok.sep {
			t.Fatal("a window without [CLS] and [SEP]")
		}
		joined = append(joined, w[1:len(w)-1]...)
	}
	if !slices.Equal(joined, whole[1:len(whole)-1]) {
		t.Fatalf("windows of %d hold %d tokens, the text has %d", longest, len(joined), len(whole)-2)
	}
}

// TestWindowsKeepWords sees to it that windows of usual size begin at a word.
func TestWindowsKeepWords(t *testing.T) {
	tok := tokenizerOf(t)
	for _, w := range tok.windows(strings.Repeat("pneumonoultramicroscopic ", 100), 256)[1:] {
		if !slices.Equal(w[1:4], tok.windows("pneumonoultramicroscopic", 256)[0][1:4]) {
			t.Fatal("a window begins inside a word")
		}
	}
}

func FuzzTokenizer(f *testing.F) {
	for _, text := range []string{"", "délai", "x\x00y", "\xff\xfe", "日本 — e\u0301", strings.Repeat("z", 101), "##ing", "\u1e9b\u0323"} {
		f.Add(text, uint8(0))
	}
	tok := tokenizerOf(f)
	f.Fuzz(func(t *testing.T, text string, longest uint8) {
		windowsLoseNothing(t, tok, text, 3+int(longest))
		words(text, func(word []byte) {
			if !utf8.Valid(word) || len(word) == 0 {
				t.Fatalf("word %q", word)
			}
		})
	})
}
