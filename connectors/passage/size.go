package passage

import "unicode"

// size of a text: characters, and word pieces as estimated.
type size struct{ chars, pieces int }

func (z size) plus(y size) size { return size{z.chars + y.chars, z.pieces + y.pieces} }

// measure estimates how many pieces the WordPiece vocabulary of MiniLM, which is
// English, makes of a text. Letters per further piece of a word were fitted on
// cranfield, cisi, nfcorpus, piaf-fr and cdtn-fr: common English words stay
// whole, French ones break about every three letters. Figures break every two
// digits, every mark is a piece. TestMeasure holds the estimate against the
// real vocabulary.
func measure(s, lang string) size {
	free, step := 4, 3
	if lang == "en" {
		free, step = 7, 2
	}
	var z size
	letters, digits := 0, 0
	end := func() {
		switch {
		case letters > 0:
			z.pieces += 1 + (max(letters-free, 0)+step-1)/step
		case digits > 0:
			z.pieces += (digits + 1) / 2
		}
		letters, digits = 0, 0
	}
	for _, r := range s {
		z.chars++
		switch {
		case r >= 0x2e80: // ideographs, kana, hangul, emoji: each by itself
			end()
			z.pieces++
		case unicode.IsDigit(r):
			digits++
			if letters > 0 {
				letters++
			}
		case unicode.IsLetter(r) || unicode.IsMark(r):
			letters += 1 + digits
			digits = 0
		default:
			end()
			if r != ' ' && r != '\n' {
				z.pieces++
			}
		}
	}
	end()
	return z
}
