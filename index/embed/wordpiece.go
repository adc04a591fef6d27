package embed

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// longestWord is the number of letters above which a word becomes one [UNK]
// (max_input_chars_per_word of the model's tokenizer.json); it also bounds the
// work that a word can cause.
const longestWord = 100

// tokenizer is uncased WordPiece as BERT does it: control characters dropped,
// accents stripped after canonical decomposition, lower case, a word apart for
// every punctuation mark and CJK character, then greedily the longest piece.
type tokenizer struct {
	pieces        map[string]uint16 // pieces that begin a word
	rest          map[string]uint16 // the others, without their ##
	longest       int               // bytes of the longest piece
	cls, sep, unk uint16
}

func newTokenizer(vocab []string) (*tokenizer, error) {
	t := &tokenizer{pieces: make(map[string]uint16, len(vocab)), rest: make(map[string]uint16, len(vocab)/4)}
	for id, p := range vocab {
		t.longest = max(t.longest, len(p))
		if len(p) > 2 && p[:2] == "##" {
			t.rest[p[2:]] = uint16(id)
		} else {
			t.pieces[p] = uint16(id)
		}
	}
	for name, id := range map[string]*uint16{"[CLS]": &t.cls, "[SEP]": &t.sep, "[UNK]": &t.unk} {
		var known bool
		if *id, known = t.pieces[name]; !known {
			return nil, fmt.Errorf("read vocabulary: no %s", name)
		}
	}
	return t, nil
}

// words calls each with every word of a text, normalized. The slice is only
// valid during the call.
func words(text string, each func(word []byte)) {
	var word []byte
	var it norm.Iter
	it.InitString(norm.NFD, text)
	end := func() {
		if len(word) > 0 {
			each(word)
			word = word[:0]
		}
	}
	for !it.Done() {
		for piece := it.Next(); len(piece) > 0; {
			r, n := utf8.DecodeRune(piece)
			piece = piece[n:]
			switch {
			case r == 0 || r == utf8.RuneError:
			case unicode.IsSpace(r): // form feed, too, which BERT drops: it parts words in text from pages
				end()
			case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.C, r):
			case isPunctuation(r) || isCJK(r):
				end()
				word = utf8.AppendRune(word, r)
				end()
			default:
				word = utf8.AppendRune(word, unicode.ToLower(r))
			}
		}
	}
	end()
}

// isPunctuation counts every ASCII mark that is no letter, digit or space, as
// BERT does, though Unicode calls some of them symbols.
func isPunctuation(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= '!' && r <= '/' || r >= ':' && r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~'
	}
	return unicode.IsPunct(r)
}

// isCJK is true in the blocks whose characters BERT takes for words.
func isCJK(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 && r <= 0x2A6DF ||
		r >= 0x2A700 && r <= 0x2CEAF || r >= 0xF900 && r <= 0xFAFF || r >= 0x2F800 && r <= 0x2FA1F
}

// appendWord appends the pieces of one word.
func (t *tokenizer) appendWord(ids []uint16, word []byte) []uint16 {
	if utf8.RuneCount(word) > longestWord {
		return append(ids, t.unk)
	}
	first, set := len(ids), t.pieces
	for len(word) > 0 {
		n := min(len(word), t.longest)
		for n > 0 {
			if id, known := set[string(word[:n])]; known {
				ids = append(ids, id)
				break
			}
			n--
		}
		if n == 0 {
			return append(ids[:first], t.unk)
		}
		word, set = word[n:], t.rest
	}
	return ids
}

// windows cuts a text into runs of at most longest tokens, [CLS] and [SEP]
// included, and of nearly equal length; nothing is left out. A word is cut only
// where it alone is longer than what is left of a run. A text without words
// gives one window of [CLS] and [SEP].
func (t *tokenizer) windows(text string, longest int) [][]uint16 {
	var ids []uint16
	var starts []int // where words begin
	words(text, func(word []byte) {
		starts = append(starts, len(ids))
		ids = t.appendWord(ids, word)
	})
	longest -= 2
	n := max(1, (len(ids)+longest-1)/longest)
	out := make([][]uint16, 0, n)
	for from := 0; ; {
		left := len(ids) - from
		n := max(1, (left+longest-1)/longest)
		to := from + (left+n-1)/n
		if n > 1 {
			to = wordStart(&starts, from, to)
		}
		w := make([]uint16, 0, to-from+2)
		w = append(append(append(w, t.cls), ids[from:to]...), t.sep)
		out = append(out, w)
		if from = to; from == len(ids) {
			return out
		}
	}
}

// wordStart is the last word's start in (from, to], or to if there is none;
// starts up to it are taken off.
func wordStart(starts *[]int, from, to int) int {
	best, taken := to, 0
	for i, at := range *starts {
		if at > to {
			break
		}
		if at > from {
			best = at
		}
		taken = i
	}
	*starts = (*starts)[taken:]
	return best
}
