package page

import (
	"slices"
	"strings"
	"unicode/utf8"

	"coffre/ui/look"
)

// Tamper is the demonstration's page on which a copy of the journal is tampered
// with and verified.
type Tamper struct {
	look.Frame
	Size   uint64   // entries in the journal now
	Kinds  []string // what can be done, codes of the catalogue's family "tampering"
	Kind   string   // what was chosen, or is proposed
	Entry  string   // as it was typed, or is proposed
	Faults look.Faults
	Done   *Tampered // nil before anything was done
}

// Tampered is what was done to the copy, and what the verifier found.
type Tampered struct {
	Kind          string
	Entry         uint64
	Size, Left    uint64 // entries before and after
	Before, After []Run  // the entry's payload, the difference marked; After is nil where it is gone
	Checkpoint    string // the note that was kept outside the copy
	Alone         Verdict
	Compared      *Verdict // nil where Alone is red already
}

// Differ marks, to the word, what two texts don't share between their common
// beginning and end. An empty text gives nil, equal ones have no mark.
func Differ(a, b string) (before, after []Run) {
	if a == "" || b == "" || a == b {
		return whole(a), whole(b)
	}
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	for start > 0 && isWordByte(a[start-1]) {
		start--
	}
	for end > 0 && isWordByte(a[len(a)-end]) {
		end--
	}
	cut := func(s string) []Run {
		all := []Run{{Text: s[:start]}, {Text: s[start : len(s)-end], Mark: true}, {Text: s[len(s)-end:]}}
		out := all[:0]
		for _, r := range all {
			if r.Text != "" {
				out = append(out, r)
			}
		}
		return out
	}
	return cut(a), cut(b)
}

func isWordByte(c byte) bool {
	return c >= 0x80 || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func whole(s string) []Run {
	if s == "" {
		return nil
	}
	return []Run{{Text: s}}
}

// changed is the word that differs, for the sentence that says what was done.
func changed(all []Run) string {
	for _, r := range all {
		if r.Mark {
			return strings.Trim(r.Text, `"`)
		}
	}
	return ""
}

// excerptBytes is about how much of a payload is shown on either side of what
// differs.
const excerptBytes = 120

// excerpt leaves out what is far from the mark, or from the beginning where
// there is none. A cut never splits a character.
func excerpt(all []Run) []Run {
	out, marked := slices.Clone(all), false
	for i, r := range out {
		if marked = marked || r.Mark; r.Mark || len(r.Text) <= excerptBytes {
			continue
		}
		if i+1 < len(out) && out[i+1].Mark {
			from := len(r.Text) - excerptBytes
			for from > 0 && !utf8.RuneStart(r.Text[from]) {
				from--
			}
			out[i].Text = "…" + r.Text[from:]
			continue
		}
		n := excerptBytes
		if !marked {
			n *= 2
		}
		if n >= len(r.Text) {
			continue
		}
		for n > 0 && !utf8.RuneStart(r.Text[n]) {
			n--
		}
		out[i].Text = r.Text[:n] + "…"
	}
	return out
}

// sentence says what was done.
func (d Tampered) sentence(v Tamper) string {
	return v.L.Or("tampered", d.Kind,
		"seq", d.Entry, "next", d.Entry+1, "size", d.Size, "left", d.Left, "gone", d.Size-d.Left,
		"before", changed(d.Before), "after", changed(d.After))
}
