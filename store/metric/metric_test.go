package metric

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestWrite(t *testing.T) {
	var h Histogram
	for _, d := range []time.Duration{0, time.Millisecond, 2 * time.Millisecond, time.Second, time.Hour} {
		h.Observe(d)
	}
	write := func(f Format) string {
		w := NewWriter(f)
		w.Counter("coffre_acts", "Acts, with \\ and \"quotes\"\nin two lines.")
		w.Set(3, "route", `a"b\c`+"\n", "status", "200")
		w.Gauge("coffre_free_bytes", "Room.")
		w.Set(1.5)
		w.Durations("coffre_took_seconds", "Time.")
		w.Histogram(&h, "route", "/ask")
		return string(w.Bytes())
	}
	text := write(Text)
	for _, want := range []string{
		"# HELP coffre_acts_total Acts, with \\\\ and \"quotes\"\\nin two lines.\n# TYPE coffre_acts_total counter\n",
		`coffre_acts_total{route="a\"b\\c\n",status="200"} 3` + "\n",
		"coffre_free_bytes 1.5\n",
		`coffre_took_seconds_bucket{route="/ask",le="0.0005"} 1` + "\n",
		`coffre_took_seconds_bucket{route="/ask",le="0.001"} 2` + "\n",
		`coffre_took_seconds_bucket{route="/ask",le="1.0"} 4` + "\n",
		`coffre_took_seconds_bucket{route="/ask",le="300.0"} 4` + "\n",
		`coffre_took_seconds_bucket{route="/ask",le="+Inf"} 5` + "\n",
		`coffre_took_seconds_sum{route="/ask"} 3601.003` + "\n", `coffre_took_seconds_count{route="/ask"} 5` + "\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	open := write(OpenMetrics)
	if !strings.Contains(open, "# TYPE coffre_acts counter\ncoffre_acts_total{") || !strings.HasSuffix(open, "\n# EOF\n") || strings.Contains(text, "EOF") {
		t.Error(open)
	}
}

func TestTwice(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a family twice is no fault")
		}
	}()
	w := NewWriter(Text)
	w.Gauge("a", "")
	w.Counter("a", "")
}

func TestNegotiate(t *testing.T) {
	for accept, want := range map[string]Format{
		"": Text, "*/*": Text, "text/html": Text, "text/plain;version=0.0.4": Text,
		// As Prometheus 2.42 asks.
		"application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2": OpenMetrics,
		"application/openmetrics-text": OpenMetrics, "APPLICATION/OpenMetrics-Text ; Q=0.1": OpenMetrics,
		"application/openmetrics-text;q=0.2,text/plain;q=0.9": Text, "application/openmetrics-text;q=0": Text,
		"application/openmetrics-text;q=x": Text, "application/openmetrics-text;q=NaN": Text, ";;,,": Text,
	} {
		if got := Negotiate(accept); got != want {
			t.Errorf("%q: %v", accept, got)
		}
	}
}

func FuzzNegotiate(f *testing.F) {
	f.Add("application/openmetrics-text;q=0.5,*/*;q=0.1")
	f.Fuzz(func(t *testing.T, s string) {
		if got := Negotiate(s); got == OpenMetrics && !strings.Contains(strings.ToLower(s), "openmetrics") {
			t.Errorf("%q", s)
		}
	})
}

func TestCountsAreBounded(t *testing.T) {
	var c Counts
	for i := range 1000 {
		c.Add(strconv.Itoa(i))
	}
	n, all, other := 0, uint64(0), uint64(0)
	c.Each(func(word string, k uint64) {
		n, all = n+1, all+k
		if word == Other {
			other = k
		}
	})
	if n > mostKeys+1 || all != 1000 || other == 0 {
		t.Errorf("%d words, %d in all, %d others", n, all, other)
	}
}

func TestAtOnce(t *testing.T) {
	var h Histogram
	var c Counter
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				h.Observe(time.Millisecond)
				c.Add(1)
			}
		})
	}
	all.Wait()
	w := NewWriter(Text)
	w.Durations("a_seconds", "")
	w.Histogram(&h)
	if c.Value() != 8000 || !strings.Contains(string(w.Bytes()), "a_seconds_count 8000\n") || !strings.Contains(string(w.Bytes()), "a_seconds_sum 8.0000") && !strings.Contains(string(w.Bytes()), "a_seconds_sum 7.9999") {
		t.Errorf("%d\n%s", c.Value(), w.Bytes())
	}
}

func BenchmarkObserve(b *testing.B) {
	var h Histogram
	for b.Loop() {
		h.Observe(3 * time.Millisecond)
	}
}
