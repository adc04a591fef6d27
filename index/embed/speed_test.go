//go:build unix

package embed

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// processor is the processor time of this process, which other programs' load hardly
// changes.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkEmbed reports processor time a token; issue 3 wants 1 ms at most.
func BenchmarkEmbed(b *testing.B) {
	for _, shape := range []struct{ passages, sentences int }{{1, 1}, {16, 1}, {8, 4}, {4, 10}} {
		b.Run(fmt.Sprintf("%dx%d", shape.passages, shape.sentences), func(b *testing.B) {
			var texts []string
			tokens := 0
			for i := range shape.passages {
				texts = append(texts, fmt.Sprintf("Passage %d. ", i)+strings.Repeat("Each delivery is checked on arrival; what is missing is noted on the slip and reported within two days. ", shape.sentences))
				n, err := Builtin().EstimateTokens(texts[i])
				if err != nil {
					b.Fatal(err)
				}
				tokens += n
			}
			began := processor(b)
			for b.Loop() {
				if _, err := Builtin().Embed(context.Background(), texts, false); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((processor(b)-began).Microseconds())/float64(b.N*tokens), "cpu-µs/token")
			b.ReportMetric(float64(tokens)*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}
