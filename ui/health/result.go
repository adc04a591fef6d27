package health

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffre/ui/words"
)

// Verdict is how a check came out.
type Verdict string

// The verdicts, from best to worst.
const (
	OK   Verdict = "ok"
	Warn Verdict = "warn"
	Bad  Verdict = "bad"
)

func (v Verdict) rank() int { return slices.Index([]Verdict{OK, Warn, Bad}, v) }

// worse is the worse of two.
func (v Verdict) worse(w Verdict) Verdict {
	if w.rank() > v.rank() {
		return w
	}
	return v
}

// The kinds of figure besides whole numbers and times. A Name may say who or
// what the firm deals with: it never goes into a diagnostic bundle.
type (
	// Bytes is a size.
	Bytes uint64
	// Name is a word of the firm's own: a host, a model, an issuer.
	Name string
	// Span is how long something took or lasts.
	Span time.Duration
	// Share is a part of a whole, from 0 to 1.
	Share float64
	// Cause is an error's code with what somebody else said about it, who may
	// have said anything: only the code goes into a diagnostic bundle.
	Cause struct {
		Code string
		Said map[string]string
	}
)

// Figures are what a check read, by the name of the sentence's parameter:
// int, int64, uint64, time.Time, Bytes, Span, Share, Name, []Name, Cause, or a string
// that is a word of the program's own.
type Figures map[string]any

// Result is one check's outcome.
type Result struct {
	Name    string
	Verdict Verdict
	Code    string
	Figures Figures
	Since   time.Time // from when on it has had this verdict, as far as is known
}

// Report is every check at one moment.
type Report struct {
	At      time.Time
	Verdict Verdict // the worst
	Results []Result
}

// Count tells how many checks came out as v.
func (r Report) Count(v Verdict) (n int) {
	for _, x := range r.Results {
		if x.Verdict == v {
			n++
		}
	}
	return n
}

// Title is what the check is called.
func (r Result) Title(l words.Lang) string { return l.Or("health-name", r.Name) }

// How is how it is read.
func (r Result) How(l words.Lang) string { return l.Or("health-how", r.Name) }

// Reason is why it came out so, with its figures.
func (r Result) Reason(l words.Lang) string {
	return l.Or("health-why", r.Name+"-"+r.Code, r.Figures.args(l)...)
}

// Remedy is what to do, "" where there is nothing to do.
func (r Result) Remedy(l words.Lang) string {
	if key := "health-do." + r.Name + "-" + r.Code; l.Has(key) {
		return l.T(key, r.Figures.args(l)...)
	}
	return ""
}

func (f Figures) args(l words.Lang) (out []any) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		out = append(out, name, inWords(l, f[name]))
	}
	return out
}

func inWords(l words.Lang, v any) any {
	switch v := v.(type) {
	case Bytes:
		return l.Size(int64(min(v, 1<<62)))
	case Span:
		return span(l, time.Duration(v))
	case Share:
		return l.Percent(float64(v))
	case Name:
		return string(v)
	case Cause:
		return words.Error(l, v.Code, v.Said)
	case []Name:
		names := make([]string, len(v))
		for i, n := range v {
			names[i] = string(n)
		}
		return l.List(names)
	case time.Time:
		return l.DateTime(v.Local())
	}
	return v
}

// span writes what Seconds would write as 0 ms in microseconds.
func span(l words.Lang, d time.Duration) string {
	if d < 10*time.Millisecond {
		return l.Number(d.Microseconds()) + "\u00a0µs"
	}
	return l.Seconds(d)
}

// Plain are the figures for machines: numbers, RFC 3339 and text; sizes are
// bytes, spans seconds. bare leaves every Name out, but for its length.
func (f Figures) Plain(bare bool) map[string]any {
	out := map[string]any{}
	for name, v := range f {
		switch v := v.(type) {
		case Span:
			out[name] = time.Duration(v).Seconds()
		case Cause:
			out[name] = v.Code
		case Name:
			if out[name] = string(v); bare {
				out[name] = hidden(string(v))
			}
		case []Name:
			all := []string{}
			for _, n := range v {
				if bare {
					n = Name(hidden(string(n)))
				}
				all = append(all, string(n))
			}
			out[name] = all
		default:
			out[name] = v
		}
	}
	return out
}

// Bare is the result without the words of the firm's own, for a mail that others
// may read on its way.
func (r Result) Bare() Result {
	bare := Figures{}
	for name, v := range r.Figures {
		switch v := v.(type) {
		case Name:
			bare[name] = Name("…")
		case []Name:
			bare[name] = v[:0:0]
			if len(v) > 0 {
				bare[name] = []Name{"…"}
			}
		default:
			bare[name] = v
		}
	}
	r.Figures = bare
	return r
}

// hidden says how long a word is that isn't told.
func hidden(s string) string {
	return strings.Repeat("•", 3) + " (" + strconv.Itoa(len([]rune(s))) + ")"
}
