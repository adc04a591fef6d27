package index

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// foldLimit is the first rune that has no place in foldTable: Latin-1, Latin
// Extended-A and B.
const foldLimit = 0x250

// foldTable maps a rune below foldLimit to its lower-case letters without
// accents; empty means that the rune is dropped.
var foldTable = buildFoldTable()

// letters that Unicode doesn't decompose and people type without
var undecomposed = map[rune]string{
	'œ': "oe", 'æ': "ae", 'ø': "o", 'ł': "l", 'đ': "d", 'ħ': "h", 'ß': "ss",
	'ð': "d", 'þ': "th", 'ı': "i", 'ŋ': "n", 'ŧ': "t",
}

func buildFoldTable() [foldLimit]string {
	var table [foldLimit]string
	for r := rune(0); r < foldLimit; r++ {
		table[r] = decompose(unicode.ToLower(r))
	}
	return table
}

// decompose gives a rune's compatibility decomposition without marks, in
// lower case.
func decompose(r rune) string {
	if s, ok := undecomposed[r]; ok {
		return s
	}
	if ignorable(r) {
		return ""
	}
	var b strings.Builder
	for _, d := range norm.NFKD.String(string(r)) {
		if !unicode.Is(unicode.Mn, d) {
			b.WriteRune(unicode.ToLower(d))
		}
	}
	return b.String()
}

// ignorable tells runes that stand inside a word without being seen: soft
// hyphen, joiners, byte order mark.
func ignorable(r rune) bool {
	switch r {
	case 0xAD, 0x200C, 0x200D, 0x2060, 0xFEFF:
		return true
	}
	return false
}

// apostrophe tells the characters that people and programs write for one.
func apostrophe(r rune) bool {
	switch r {
	case '\'', '’', '‘', 'ʼ', '`', '´', '′', '＇':
		return true
	}
	return false
}

// fold writes a token in lower case, without accents or invisible characters
// and with a plain apostrophe. Scripts other than Latin keep their marks where
// these make another letter (й, ガ).
func fold(raw string) string {
	if plain(raw) {
		return raw
	}
	b := make([]byte, 0, len(raw)+4)
	for _, r := range raw {
		switch {
		case apostrophe(r):
			b = append(b, '\'')
		case r < foldLimit:
			b = append(b, foldTable[r]...)
		case compatible(r):
			b = append(b, decompose(unicode.ToLower(r))...)
		case ignorable(r) || r >= 0x300 && r < 0x370:
		default:
			b = utf8.AppendRune(b, unicode.ToLower(r))
		}
	}
	return string(b)
}

// plain tells a token that fold would return as it is.
func plain(raw string) bool {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' || c == '`' {
			return false
		}
	}
	return true
}

// compatible tells blocks whose characters are another way to write Latin
// letters and digits: Vietnamese and Welsh letters, superscripts, letter-like
// symbols, the ligatures that PDFs hold (ﬁ), full-width forms.
func compatible(r rune) bool {
	return r >= 0x1E00 && r < 0x1F00 || r >= 0x2070 && r < 0x2190 ||
		r >= 0xFB00 && r < 0xFB07 || r >= 0xFF00 && r < 0xFFF0
}
