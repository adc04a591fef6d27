package extract

import "unicode/utf8"

// CharSpan is N of a page's characters from First on, as PDFium counts them.
type CharSpan struct {
	First int `json:"c"`
	N     int `json:"n"`
}

// CharSpans returns the page's characters that body[start:end) covers, in the
// text's order. The range is in bytes of the whole Body and is clipped to the
// page; what stands nowhere on the page, such as line breaks of ours, is in no
// span. Only body[p.Start:p.End) is looked at.
func (p Page) CharSpans(body string, start, end int) []CharSpan {
	var out []CharSpan
	start, end = max(start, p.Start), min(end, p.End, len(body))
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
				out = addChar(out, r.Char+k)
			}
			_, size := utf8.DecodeRuneInString(body[at:])
			at += size
		}
	}
	return out
}

func addChar(spans []CharSpan, char int) []CharSpan {
	if k := len(spans) - 1; k >= 0 && spans[k].First+spans[k].N == char {
		spans[k].N++
		return spans
	}
	return append(spans, CharSpan{First: char, N: 1})
}
