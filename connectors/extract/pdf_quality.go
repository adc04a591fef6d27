package extract

import (
	"context"
	"unicode"

	"coffre/connectors/extract/pdfium"
)

// isGarbled tells a page whose fonts don't say which letters they show: what
// comes out is control characters, the private area, or letters of several
// scripts in one word. Such a page needs to be read from its picture.
func isGarbled(ctx context.Context, p *pdfium.Page, runes []rune) (bool, error) {
	bad, total := 0, 0
	for i, r := range runes {
		if r == '\r' || r == '\n' || r == ' ' || r == 0xa0 {
			continue
		}
		total++
		switch {
		case r == 2:
			if hyphen, err := p.IsHyphen(ctx, i); err != nil || hyphen {
				if err != nil {
					return false, err
				}
				continue
			}
			bad++
		case r < 0x20, r >= 0x7f && r < 0xa0, r == unicode.ReplacementChar, r >= 0xe000 && r <= 0xf8ff && pdfRune(r) != '•':
			bad++
		}
	}
	if total < 20 {
		return false, nil
	}
	return bad*5 > total || mixedWords(runes), nil
}

// mixedWords: a fifth of the words, of at least ten, mix scripts that no
// language mixes.
func mixedWords(runes []rune) bool {
	words, mixed, scripts := 0, 0, 0
	end := func() {
		if scripts != 0 {
			words++
			if scripts&(scripts-1) != 0 {
				mixed++
			}
		}
		scripts = 0
	}
	for _, r := range runes {
		if !unicode.IsLetter(r) {
			end()
			continue
		}
		for i, t := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Arabic, unicode.Hebrew, unicode.Thai} {
			if unicode.Is(t, r) {
				scripts |= 1 << i
			}
		}
	}
	end()
	return words >= 10 && mixed*5 > words
}
