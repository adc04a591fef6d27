package index

import (
	"unicode"
	"unicode/utf8"
)

// token is a piece of text that becomes at most one term.
type token struct {
	start, end int    // byte offsets
	term       string // folded; not yet stemmed
	exact      bool   // holds a digit or is a compound: neither stemmed nor a stop word
	compound   bool   // spans tokens that were emitted before
	extra      bool   // another form of what is there already, to be found by
}

const (
	maxTokenBytes = 256 // a longer run (base64, a broken PDF) is cut into pieces
	maxTermBytes  = 96  // what is kept of a token as a term
)

// tokenize calls emit for every token of text in order of its end. Letters,
// digits and marks make words; an apostrophe joins letters; a full stop joins
// single letters (S.A.R.L.); a full stop or comma joins digits. Besides its
// parts a reference, date or grouped number (FAC-2026-0117, 12/03/2026,
// 1 234,56) is one token of its own, so that it can be found exactly.
func tokenize(text string, emit func(token)) {
	var c compounds
	for i := 0; i < len(text); {
		start, r := nextWordRune(text, i)
		if start >= len(text) {
			break
		}
		end, digits := wordEnd(text, start, r)
		t := token{start: start, end: end, exact: digits}
		t.term = term(text[start:end], digits)
		if t.term != "" {
			c.add(text, t, emit)
			emit(t)
		}
		i = end
	}
	c.flush(text, emit)
}

// nextWordRune finds the first rune from i on that can begin a word.
func nextWordRune(text string, i int) (int, rune) {
	for i < len(text) {
		if c := text[i]; c < utf8.RuneSelf {
			if plainRunes[c] != 0 {
				return i, rune(c)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if wordRune(r) {
			return i, r
		}
		i += n
	}
	return i, 0
}

// wordEnd returns where the word that begins at start ends, and whether it
// holds a digit. first is the rune at start.
func wordEnd(text string, start int, first rune) (end int, digits bool) {
	if ideograph(first) {
		return start + utf8.RuneLen(first), false
	}
	prev, beforePrev := rune(0), rune(0)
	for i := start; i < len(text) && i-start < maxTokenBytes; {
		r, n := rune(text[i]), 1
		switch {
		case r >= utf8.RuneSelf:
			r, n = utf8.DecodeRuneInString(text[i:])
		case plainRunes[r] != 0:
			digits = digits || plainRunes[r] == plainDigit
			beforePrev, prev = prev, r
			i++
			end = i
			continue
		case r == ' ' || r == '\n':
			return end, digits
		}
		switch {
		case ideograph(r):
			return i, digits
		case wordRune(r):
			digits = digits || digit(r)
			beforePrev, prev = prev, r
		case mark(r) || ignorable(r):
		case joins(r, beforePrev, prev, runeAt(text, i+n), runeAfter(text, i+n)):
			beforePrev, prev = prev, r
		default:
			return i, digits
		}
		i += n
		end = i
	}
	return end, digits
}

// joins tells whether r, standing between prev and next, belongs to the word.
func joins(r, beforePrev, prev, next, afterNext rune) bool {
	switch {
	case apostrophe(r):
		return letter(prev) && letter(next)
	case r == '.' || r == ',':
		if digit(prev) && digit(next) {
			return true
		}
		return r == '.' && letter(prev) && letter(next) && !wordRune(beforePrev) && !wordRune(afterNext)
	}
	return false
}

// plainRunes sorts ASCII: most of a text is decided here.
var plainRunes = func() (kinds [utf8.RuneSelf]uint8) {
	for r := range rune(utf8.RuneSelf) {
		switch {
		case digit(r):
			kinds[r] = plainDigit
		case letter(r):
			kinds[r] = plainLetter
		}
	}
	return kinds
}()

const (
	plainLetter = 1 + iota
	plainDigit
)

func runeAt(text string, i int) rune {
	if i >= len(text) {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(text[i:])
	return r
}

func runeAfter(text string, i int) rune {
	if i >= len(text) {
		return 0
	}
	_, n := utf8.DecodeRuneInString(text[i:])
	return runeAt(text, i+n)
}

func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return !apostrophe(r) && (unicode.IsLetter(r) || unicode.IsNumber(r))
}

func letter(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return !apostrophe(r) && unicode.IsLetter(r)
}

func digit(r rune) bool {
	if r < utf8.RuneSelf {
		return '0' <= r && r <= '9'
	}
	return unicode.IsNumber(r)
}

func mark(r rune) bool { return r >= 0x300 && unicode.Is(unicode.M, r) }

// ideograph tells scripts written without spaces: each character is a token.
func ideograph(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// term folds a token and cuts it to what is kept.
func term(raw string, digits bool) string {
	t := fold(raw)
	if digits {
		t = number(t)
	} else if len(t) > 2 && t[1] == '.' {
		t = withoutDots(t)
	}
	if len(t) > maxTermBytes {
		cut := maxTermBytes
		for !utf8.RuneStart(t[cut]) {
			cut--
		}
		t = t[:cut]
	}
	return t
}
