package llm

import (
	"regexp"
	"slices"
	"strings"
)

// marker is one group of citations in a model's text: bytes [start,end) and the numbers it names.
type marker struct {
	start, end int
	ns         []int
	prose      bool // "selon la source 2": part of the sentence, stays in it
}

var (
	bracketed  = regexp.MustCompile(`(?i)[\[【［]{1,2}[ \t]*([^\[\]【】［］\n]{1,60}?)[ \t]*[\]】］]{1,2}(?:\(#?[\w-]*\))?|<sup>[ ]*(\d{1,3}(?:[ ]*,[ ]*\d{1,3})*)[ ]*</sup>`)
	inParens   = regexp.MustCompile(`(?i)\(((?:voir |cf\. ?|see )?(?:sources?|passages?|extraits?|documents?|docs?\.?|réf\.?|ref\.?)[ \x{a0}]*:?[ \x{a0}]*(?:n°|#|no\.?)?[ \x{a0}]*\d{1,3}[^()\n]{0,40})\)`)
	prose      = regexp.MustCompile(`(?i)\b(?:source|passage|extrait|excerpt)[ \x{a0}]+(?:n°[ \x{a0}]?|#|no\. ?)?(\d{1,2})\b`)
	citeNoise  = regexp.MustCompile(`(?i)†.*$|\b(?:p|pp|page|pages|lignes?|lines?|l)\.?[ \x{a0}]*\d+(?:[ ]*[-–][ ]*\d+)?|\b(?:voir|cf\.?|see|sources?|passages?|extraits?|documents?|docs?|réfs?|refs?|citations?|cite|note)\b|n°|no\.|[#^:.]|\x{a0}`)
	citeList   = regexp.MustCompile(`^[ ,;]*\d{1,3}(?:[ ]*(?:[,;&/–-]|,?[ ]*et|,?[ ]*and|à|to|[ ])[ ,]*\d{1,3})*[ ,;]*$`)
	citeNumber = regexp.MustCompile(`\d{1,3}|[–-]|à|to`)
)

// findMarkers returns the citations of a text in order, as models write them: [1], [1, 2], [1][3], [1-3],
// [^1], 【1】, 【1†source】, [source 2], [Passage n° 3, p. 4], (source 2), <sup>1</sup>, and "source 2" in the
// sentence itself. A year in brackets is text.
func findMarkers(text string) []marker {
	var out []marker
	used := make([]byte, len(text))
	add := func(m []int, inner string, isProse bool) {
		if used[m[0]] != 0 {
			return
		}
		if ns := citeNumbers(inner); len(ns) > 0 {
			out = append(out, marker{m[0], m[1], ns, isProse})
			for i := m[0]; i < m[1]; i++ {
				used[i] = 1
			}
		}
	}
	for _, m := range bracketed.FindAllStringSubmatchIndex(text, -1) {
		if m[2] >= 0 {
			add(m, text[m[2]:m[3]], false)
		} else {
			add(m, text[m[4]:m[5]], false)
		}
	}
	for _, m := range inParens.FindAllStringSubmatchIndex(text, -1) {
		add(m, text[m[2]:m[3]], false)
	}
	for _, m := range prose.FindAllStringSubmatchIndex(text, -1) {
		add(m, text[m[2]:m[3]], true)
	}
	slices.SortFunc(out, func(a, b marker) int { return a.start - b.start })
	return out
}

// citeNumbers reads what stands between brackets; nil where it is no citation.
func citeNumbers(inner string) []int {
	s := citeNoise.ReplaceAllString(inner, " ")
	if !citeList.MatchString(s) {
		return nil
	}
	var ns []int
	span := false
	for _, t := range citeNumber.FindAllString(s, -1) {
		if !isDigits(t) {
			span = len(ns) > 0
			continue
		}
		n := atoi(t)
		if span {
			for k := ns[len(ns)-1] + 1; k < n && k-ns[len(ns)-1] <= 10; k++ {
				ns = append(ns, k)
			}
		}
		span = false
		if !slices.Contains(ns, n) {
			ns = append(ns, n)
		}
	}
	return ns
}

// cut takes the markers that are not prose out of a text and tells where each stood in what is left. The
// space before a marker goes with it.
func cut(text string, ms []marker) (string, []marker) {
	var b strings.Builder
	at := 0
	moved := make([]marker, 0, len(ms))
	for _, m := range ms {
		if m.prose {
			m.start, m.end = b.Len()+m.start-at, b.Len()+m.end-at
			moved = append(moved, m)
			continue
		}
		piece := text[at:m.start]
		trimmed := strings.TrimRight(piece, " \t\u00a0\u202f")
		if trimmed == "" && b.Len() == 0 || strings.HasSuffix(trimmed, "\n") {
			trimmed = piece
		}
		b.WriteString(trimmed)
		moved = append(moved, marker{b.Len(), b.Len(), m.ns, false})
		at = m.end
	}
	b.WriteString(text[at:])
	return b.String(), moved
}
