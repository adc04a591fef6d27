package metric

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// Format is how figures are written.
type Format int

// The formats. Text is Prometheus' exposition format 0.0.4.
const (
	Text Format = iota
	OpenMetrics
)

// ContentType is the format's media type.
func (f Format) ContentType() string {
	if f == OpenMetrics {
		return "application/openmetrics-text; version=1.0.0; charset=utf-8"
	}
	return "text/plain; version=0.0.4; charset=utf-8"
}

// Negotiate chooses by an Accept header (RFC 9110, section 12.5.1): OpenMetrics
// for whoever names it and wants it no less than text, else Text.
func Negotiate(accept string) Format {
	open, text := 0.0, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		kind, rest, _ := strings.Cut(part, ";")
		q := quality(rest)
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "application/openmetrics-text":
			open = max(open, q)
		case "text/plain":
			text = max(text, q)
		}
	}
	if open > 0 && open >= text {
		return OpenMetrics
	}
	return Text
}

// quality is the q of a media range's parameters, 1 where there is none.
func quality(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil || math.IsNaN(q) || q < 0 || q > 1 {
				return 0
			}
			return q
		}
	}
	return 1
}

// Writer gathers the figures of one scrape.
type Writer struct {
	format Format
	b      bytes.Buffer
	name   string
	kind   string
	seen   map[string]bool
}

// NewWriter makes a Writer.
func NewWriter(f Format) *Writer { return &Writer{format: f, seen: map[string]bool{}} }

// Counter begins a family of counters; name is without _total.
func (w *Writer) Counter(name, help string) { w.family(name, "counter", help) }

// Gauge begins a family of figures that rise and fall.
func (w *Writer) Gauge(name, help string) { w.family(name, "gauge", help) }

// Durations begins a family of histograms; name ends in _seconds.
func (w *Writer) Durations(name, help string) { w.family(name, "histogram", help) }

// family writes a family's head. Its samples must follow before the next: a name
// that comes twice is a fault of the program.
func (w *Writer) family(name, kind, help string) {
	if w.seen[name] {
		panic("metric " + name + " twice")
	}
	w.seen[name] = true
	w.name, w.kind = name, kind
	shown := name
	if kind == "counter" && w.format == Text {
		shown += "_total"
	}
	w.b.WriteString("# HELP " + shown + " " + escape(help, w.format == OpenMetrics) + "\n# TYPE " + shown + " " + kind + "\n")
}

// Set writes a sample of the family that was begun; labels are names and values
// in turn.
func (w *Writer) Set(v float64, labels ...string) {
	name := w.name
	if w.kind == "counter" {
		name += "_total"
	}
	w.sample(name, v, labels)
}

// Histogram writes one histogram of the family that was begun.
func (w *Writer) Histogram(h *Histogram, labels ...string) {
	sum, n := math.Float64frombits(h.sum.Load()), uint64(0)
	with := append(append(make([]string, 0, len(labels)+2), labels...), "le", "")
	for i := range h.buckets {
		n += h.buckets[i].Load()
		with[len(with)-1] = "+Inf"
		if i < len(bounds) {
			with[len(with)-1] = canonical(bounds[i])
		}
		w.sample(w.name+"_bucket", float64(n), with)
	}
	w.sample(w.name+"_sum", sum, labels)
	w.sample(w.name+"_count", float64(n), labels)
}

// canonical is a bound as OpenMetrics wants it, with a point; in both formats
// alike, so that a series is the same in both.
func canonical(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

func (w *Writer) sample(name string, v float64, labels []string) {
	w.b.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		w.b.WriteByte("{,"[min(i, 1)])
		w.b.WriteString(labels[i] + `="` + escape(labels[i+1], true) + `"`)
	}
	if len(labels) > 1 {
		w.b.WriteByte('}')
	}
	w.b.WriteByte(' ')
	switch {
	case math.IsInf(v, 1):
		w.b.WriteString("+Inf")
	case math.IsInf(v, -1):
		w.b.WriteString("-Inf")
	case v == math.Trunc(v) && math.Abs(v) < 1<<53:
		w.b.WriteString(strconv.FormatInt(int64(v), 10))
	default:
		w.b.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
	}
	w.b.WriteByte('\n')
}

func escape(s string, quotes bool) string {
	if !strings.ContainsAny(s, "\\\n\"") {
		return s
	}
	s = strings.NewReplacer("\\", `\\`, "\n", `\n`).Replace(s)
	if quotes {
		s = strings.ReplaceAll(s, `"`, `\"`)
	}
	return s
}

// Bytes is all that was written.
func (w *Writer) Bytes() []byte {
	if w.format == OpenMetrics {
		return append(bytes.Clone(w.b.Bytes()), "# EOF\n"...)
	}
	return w.b.Bytes()
}
