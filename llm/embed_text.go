package llm

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// asciiMarks are typographic marks as the uncased vocabularies' texts would have them in ASCII.
var asciiMarks = strings.NewReplacer(
	"’", "'", "‘", "'", "‚", "'", "‛", "'", "‹", "'", "›", "'", "′", "'",
	"“", `"`, "”", `"`, "„", `"`, "‟", `"`, "«", `"`, "»", `"`, "″", `"`,
	"‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "―", "-", "−", "-",
	"…", "...", "‥", "..", "⁄", "/", "•", "*", "·", "*", "‣", "*",
	"¿", "?", "¡", "!", "、", ",", "。", ".",
)

// prepareUncased does to a text what an uncased BERT tokenizer does and Ollama's (0.17.4, tokenizer/wordpiece.go)
// leaves out, each of which turns words into [UNK] there: it strips accents and invisible characters, and sets
// the ASCII marks apart that Unicode calls symbols. Punctuation outside of ASCII, of which that tokenizer takes
// one byte and spoils the word behind it, is written in ASCII or becomes a space. Letters become small ones.
//
// Measured on eight texts of the sort, same weights: the cosine to the built-in embedder's vectors is 0.41 to 0.83
// without it (0.9996 for plain English), 0.964 to 0.9997 with it (TestEmbedPreparedReal).
func prepareUncased(text string) string {
	var b strings.Builder
	b.Grow(len(text) + len(text)/8)
	for _, r := range norm.NFD.String(strings.ToLower(norm.NFD.String(asciiMarks.Replace(text)))) {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.C, r) || r == unicode.ReplacementChar:
		case strings.ContainsRune("$+<=>^`|~", r):
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		case r >= 0x80 && unicode.IsPunct(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
