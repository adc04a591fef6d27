package chain

import (
	"bytes"
	"crypto/sha256"
	"runtime"
	"testing"
)

// Verification is measured beside the hashing that it can't avoid: SHA-256 over
// the same payloads and chain hashes, one core. Run:
//
//	go test -run '^$' -bench . ./chain
const benchEntries = 100_000

func benchSample(b *testing.B) *sample { return newSample(b, 3).some(benchEntries) }

func report(b *testing.B, entries int) {
	b.ReportMetric(float64(entries)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkRawSHA256(b *testing.B) {
	s := benchSample(b)
	var buf []byte
	for b.Loop() {
		for i, p := range s.payloads {
			buf = append(append(buf[:0], s.hashes[i][:]...), p...)
			_ = sha256.Sum256(buf)
		}
	}
	report(b, len(s.payloads))
}

func BenchmarkParsePayloads(b *testing.B) {
	s := benchSample(b)
	n := 0
	for _, p := range s.payloads {
		n += len(p)
	}
	b.SetBytes(int64(n))
	for b.Loop() {
		for _, p := range s.payloads {
			var e entry
			if e.parse(p) != nil {
				b.Fatal("does not parse")
			}
		}
	}
	b.ReportMetric(float64(len(s.payloads))*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkVerifyLog(b *testing.B) {
	s := benchSample(b)
	for _, cores := range []int{1, runtime.NumCPU()} {
		b.Run(map[bool]string{true: "onecore", false: "allcores"}[cores == 1], func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
			for b.Loop() {
				if r, err := VerifyLog(s, VerifyOptions{}); err != nil || !r.OK {
					b.Fatal(r, err)
				}
			}
			report(b, len(s.payloads))
		})
	}
}

func BenchmarkVerifyExport(b *testing.B) {
	export := benchSample(b).export(false)
	b.ReportAllocs()
	for b.Loop() {
		if r, err := VerifyExport(bytes.NewReader(export), VerifyOptions{}); err != nil || !r.OK {
			b.Fatal(r, err)
		}
	}
	report(b, benchEntries+1)
}

func BenchmarkProveInclusion(b *testing.B) {
	s := benchSample(b)
	for i := uint64(0); b.Loop(); i++ {
		if _, err := ProveInclusion(s, s.tree.Size(), i*7919%s.tree.Size()); err != nil {
			b.Fatal(err)
		}
	}
}
