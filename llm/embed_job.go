package llm

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// embedJob is the texts of one Embed, cut into the windows that the model's context asks for. Whether a text
// is cut depends on the text and the model alone, so that it has the same vector whenever it is embedded.
type embedJob struct {
	prefix  string
	limit   int // tokens of a window
	strict  bool
	windows []embedWindow
	sums    [][]float32
}

type embedWindow struct {
	of    int // index of the text
	text  string
	alone bool // may be longer than the context
}

// leastWindow is the size, in bytes, below which a window that doesn't fit is given up: no model's context
// is that small.
const leastWindow = 32

func newEmbedJob(texts []string, prefix string, traits *embedTraits) *embedJob {
	j := &embedJob{prefix: prefix, limit: traits.context, strict: traits.strict, sums: make([][]float32, len(texts))}
	for i, text := range texts {
		if traits.uncased {
			text = prepareUncased(text)
		}
		j.add(i, strings.ToValidUTF8(text, "\uFFFD"))
	}
	return j
}

// add queues a text, in halves where it surely has more words than the context tokens.
func (j *embedJob) add(of int, text string) {
	if fewestTokens(text) > j.limit || j.strict && len(text) > leastWindow && EstimateTokens(j.prefix)+EstimateTokens(text) > j.limit {
		a, b := halves(text)
		j.add(of, a)
		j.add(of, b)
		return
	}
	j.windows = append(j.windows, embedWindow{of, text, EstimateTokens(text) > j.limit})
}

// next returns up to n windows for one call. One that may be refused for its length goes alone, so that no
// others are embedded in vain with it.
func (j *embedJob) next(n int) []embedWindow {
	bytes := 0
	for i, w := range j.windows {
		if i == n || i > 0 && (w.alone || bytes+len(w.text) > mostBytes) {
			return j.windows[:i]
		}
		if bytes += len(w.text); w.alone {
			return j.windows[:1]
		}
	}
	return j.windows
}

// texts are windows as they are sent. An empty one becomes a full stop: some models refuse no text at all.
func (j *embedJob) texts(part []embedWindow) []string {
	out := make([]string, len(part))
	for i, w := range part {
		if out[i] = j.prefix + w.text; strings.TrimSpace(out[i]) == "" {
			out[i] = "."
		}
	}
	return out
}

// settle takes in what became of the part that next returned. A single window that is too long is halved.
func (j *embedJob) settle(part []embedWindow, got [][]float32, err error) error {
	rest := j.windows[len(part):]
	switch {
	case errors.Is(err, ErrPromptCut) && len(part) > 1:
		for i := range part { // one of them has more tokens than estimated
			part[i].alone = true
		}
		return nil
	case errors.Is(err, ErrPromptCut) && len(part[0].text) > leastWindow:
		a, b := halves(part[0].text)
		j.windows = append([]embedWindow{{part[0].of, a, true}, {part[0].of, b, true}}, rest...)
		return nil
	case err != nil:
		return err
	}
	j.windows = rest
	for i, w := range part {
		weight := float32(max(1, len(w.text)))
		if j.sums[w.of] == nil {
			j.sums[w.of] = make([]float32, len(got[i]))
		}
		for k, x := range got[i] {
			j.sums[w.of][k] += weight * x
		}
	}
	return nil
}

func (j *embedJob) vectors() ([][]float32, error) {
	for _, v := range j.sums {
		if !unit(v) {
			return nil, ErrBadVector
		}
	}
	return j.sums, nil
}

// halves cuts a text in two near its middle, between words where there is a space near.
func halves(text string) (a, b string) {
	mid := len(text) / 2
	for mid > 0 && !utf8.RuneStart(text[mid]) {
		mid--
	}
	if mid == 0 { // one long rune and little else: each half must be shorter
		_, mid = utf8.DecodeRuneInString(text)
	}
	if at := strings.LastIndexFunc(text[:mid], unicode.IsSpace); at > len(text)/4 {
		mid = at
	}
	return text[:mid], strings.TrimSpace(text[mid:])
}
