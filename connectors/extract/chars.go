package extract

import "unicode/utf8"

// CharRange returns the page's characters, as PDFium counts them, that
// body[start:end) covers: the first one and how many. ok is false where the
// range holds none. The range is in bytes of the whole Body and is clipped to
// the page.
func (p Page) CharRange(body string, start, end int) (first, n int, ok bool) {
	start, end = max(start, p.Start), min(end, p.End)
	last := -1
	for _, r := range p.Chars {
		if r.Start >= end {
			break
		}
		at := r.Start
		for k := range r.N {
			if at >= end {
				break
			}
			if at >= start {
				if c := r.Char + k; last < 0 {
					first, last = c, c
				} else {
					first, last = min(first, c), max(last, c)
				}
			}
			_, size := utf8.DecodeRuneInString(body[at:])
			at += size
		}
	}
	return first, last - first + 1, last >= 0
}
