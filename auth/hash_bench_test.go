package auth

import (
	"context"
	"testing"
)

// BenchmarkVerify is what one sign-in costs with the costs that people get. A
// known and an unknown login take turns, so that the machine's other work
// touches both alike.
func BenchmarkVerify(b *testing.B) {
	ctx := context.Background()
	h := newHasher(Params{})
	stored, err := h.hash(ctx, "rivière calme sous la lune")
	if err != nil {
		b.Fatal(err)
	}
	spent := map[string]float64{}
	for b.Loop() {
		for _, s := range []string{stored, ""} {
			began := b.Elapsed()
			if _, _, err := h.verify(ctx, s, "wrong password here"); err != nil {
				b.Fatal(err)
			}
			spent[s] += float64((b.Elapsed() - began).Milliseconds())
		}
	}
	b.ReportMetric(spent[stored]/float64(b.N), "ms/known")
	b.ReportMetric(spent[""]/float64(b.N), "ms/unknown")
}
