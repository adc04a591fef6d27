package passage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// atom is a stretch of a unit that is not cut again.
type atom struct{ start, end int }

// atoms partitions a unit that is too long for one passage: between sentences
// and lines, and where even one of these is too long, between words, and where
// there are none, between characters.
func atoms(text string, o Options, lang string) []atom {
	var out []atom
	from := 0
	for from < len(text) {
		end := from + sentenceEnd(text[from:])
		z := measure(text[from:end], lang)
		if z.chars > o.Max || z.pieces > o.MaxPieces {
			out = append(out, chops(text, from, end, o, lang)...)
		} else {
			out = append(out, atom{from, end})
		}
		from = end
	}
	return out
}

// chops cuts text[from:end) into stretches of at most half a passage.
func chops(text string, from, end int, o Options, lang string) []atom {
	var out []atom
	start, at := from, from
	var z size
	for at < end {
		n := wordEnd(text[at:end], o.Max/2)
		wz := measure(text[at:at+n], lang)
		if grown := z.plus(wz); at > start && (grown.chars > o.Max/2 || grown.pieces > o.MaxPieces/2) {
			out = append(out, atom{start, at})
			start, z = at, size{}
		}
		z = z.plus(wz)
		at += n
	}
	return append(out, atom{start, end})
}

// wordEnd is the length of the first word with the spaces after it, at most n
// characters (at least one), never inside a character.
func wordEnd(s string, n int) int {
	spaces, chars := false, 0
	for i, r := range s {
		if chars >= max(n, 1) || spaces && !unicode.IsSpace(r) {
			return i
		}
		spaces = unicode.IsSpace(r)
		chars++
	}
	return len(s)
}

// abbreviations after which a full stop ends nothing, in French and English.
var abbreviations = map[string]bool{
	"m": true, "mm": true, "mme": true, "mlle": true, "dr": true, "me": true, "st": true, "ste": true,
	"art": true, "al": true, "p": true, "pp": true, "n": true, "no": true, "cf": true, "ex": true,
	"fig": true, "vol": true, "chap": true, "éd": true, "ed": true, "mr": true, "mrs": true, "ms": true,
	"prof": true, "inc": true, "ltd": true, "e.g": true, "i.e": true, "etc": true, "env": true, "tél": true, "vs": true,
}

// sentenceEnd is the length of the first sentence of s with the white space
// after it. A line break ends a sentence: what reaches here has joined lines.
func sentenceEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\n':
			return afterSpace(s, i)
		case '.', '!', '?', ';':
			end := closing(s, i+1)
			if end < len(s) && s[end] != ' ' && s[end] != '\n' {
				continue
			}
			if s[i] == '.' && abbreviated(s[:i]) || s[i] != ';' && !beginsSentence(s[end:]) {
				continue
			}
			return afterSpace(s, end)
		}
	}
	return len(s)
}

// closing skips quotes and brackets after a sentence's mark, also the " »" of
// French typography.
func closing(s string, i int) int {
	for i < len(s) {
		rest := s[i:]
		switch {
		case strings.HasPrefix(rest, " »"):
			i += len(" »")
		case strings.HasPrefix(rest, "»"), strings.HasPrefix(rest, "…"), strings.HasPrefix(rest, "”"), strings.HasPrefix(rest, "’"):
			_, n := utf8.DecodeRuneInString(rest)
			i += n
		case strings.ContainsRune(".!?)]\"'", rune(s[i])):
			i++
		default:
			return i
		}
	}
	return i
}

func abbreviated(before string) bool {
	word := before[strings.LastIndexAny(before, " \n('’")+1:]
	if r, n := utf8.DecodeRuneInString(word); n == len(word) && unicode.IsUpper(r) {
		return true // an initial
	}
	return abbreviations[strings.ToLower(word)]
}

// beginsSentence: what follows doesn't go on in lower case.
func beginsSentence(s string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " \n«“\"'(["))
	return !unicode.IsLower(r)
}

func afterSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n') {
		i++
	}
	return i
}
