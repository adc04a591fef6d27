//go:build unix

package chain

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Verification is measured beside the hashing that it can't avoid: SHA-256 over
// the same chain hashes and payloads, once an entry, on as many cores. Both are
// taken in turn, in processor time, so that a busy machine weighs on both and
// little on either, and medians are told; "cores" is how many were kept busy:
//
//	go test -run '^$' -bench Beside ./chain
//
// A verification hashes three times an entry (link, leaf, node), so that the
// share of its own can't reach 1; "trees" is the yardstick that counts them all.
const benchEntries = 60_000

// asBoxWrites is a log of what a box writes in a day: questions, answers with
// six passages, documents opened and searches.
func asBoxWrites(t testing.TB, n int) *sample {
	s := newSample(t, 3)
	id := func() string { return NewNonce() }
	for i := range n {
		switch i % 4 {
		case 0:
			s.act(QuestionAsk, nil, Detail{"question": "Quel est le délai ?"})
		case 1:
			var passages []any
			for range 6 {
				passages = append(passages, map[string]any{"document": id(), "version": id(), "start": s.rng.IntN(9000), "end": 9000 + s.rng.IntN(900)})
			}
			s.act(AnswerGive, Detail{
				"abstained": false, "cut": false, "mode": "model", "model": "llama3.1:8b", "prompt": "7", "passages": passages,
			}, Detail{"answer": "Trente jours [1]."})
		case 2:
			s.act(DocumentRead, Detail{"version": id(), "collection": id()}, nil)
		default:
			s.act(SearchQuery, Detail{"hits": s.rng.IntN(20), "mode": "hybrid"}, Detail{"query": "délai"})
		}
	}
	return s
}

// onCores runs do on so many goroutines, each over its part of n.
func onCores(cores, n int, do func(from, to int)) {
	var wg sync.WaitGroup
	for c := range cores {
		wg.Go(func() { do(n*c/cores, n*(c+1)/cores) })
	}
	wg.Wait()
}

func (s *sample) rawLinks(cores int) {
	onCores(cores, len(s.payloads), func(from, to int) {
		var buf []byte
		for i := from; i < to; i++ {
			buf = append(append(buf[:0], s.hashes[i][:]...), s.payloads[i]...)
			_ = sha256.Sum256(buf)
		}
	})
}

func (s *sample) rawTrees(cores int) {
	s.rawLinks(cores)
	onCores(cores, len(s.payloads), func(from, to int) {
		for i := from; i < to; i++ {
			_ = nodeHash(leafHash(s.hashes[i]), s.hashes[i])
		}
	})
}

// processorTime returns what all threads of this process have used.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// beside runs what it is given in turn and reports medians, as entries a second
// of one core's time.
func beside(b *testing.B, s *sample, cores int, verify func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	runs := []struct {
		name string
		do   func()
		took []time.Duration
	}{{"links", func() { s.rawLinks(cores) }, nil}, {"trees", func() { s.rawTrees(cores) }, nil}, {"verify", verify, nil}}
	var wall, used time.Duration
	for b.Loop() {
		for i := range runs {
			began, had := time.Now(), processorTime(b)
			runs[i].do()
			took := processorTime(b) - had
			runs[i].took = append(runs[i].took, took)
			if runs[i].name == "verify" {
				wall, used = wall+time.Since(began), used+took
			}
		}
	}
	rate := map[string]float64{}
	for _, r := range runs {
		slices.Sort(r.took)
		rate[r.name] = float64(len(s.payloads)) / r.took[len(r.took)/2].Seconds()
		b.ReportMetric(rate[r.name], r.name+"/s/core")
	}
	b.ReportMetric(rate["verify"]/rate["links"], "of-links")
	b.ReportMetric(rate["verify"]/rate["trees"], "of-trees")
	b.ReportMetric(used.Seconds()/wall.Seconds(), "cores")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkBesideRaw(b *testing.B) {
	for name, s := range map[string]*sample{"box": asBoxWrites(b, benchEntries), "short": newSample(b, 3).some(benchEntries)} {
		export, bytesOf := s.export(false), 0
		for _, p := range s.payloads {
			bytesOf += len(p)
		}
		for _, cores := range slices.Compact([]int{1, runtime.NumCPU()}) {
			at := fmt.Sprintf("%s-%dB/%dcores", name, bytesOf/len(s.payloads), cores)
			b.Run("log/"+at, func(b *testing.B) {
				beside(b, s, cores, func() {
					if r, err := VerifyLog(direct{s}, VerifyOptions{}); err != nil || !r.OK {
						b.Fatal(r, err)
					}
				})
			})
			b.Run("export/"+at, func(b *testing.B) {
				beside(b, s, cores, func() {
					if r, err := VerifyExport(bytes.NewReader(export), VerifyOptions{}); err != nil || !r.OK {
						b.Fatal(r, err)
					}
				})
			})
		}
	}
}

// direct gives out the payloads where they lie, as a database does.
type direct struct{ *sample }

func (d direct) Entries(fn func(Hash, []byte) error) error {
	for i, h := range d.hashes {
		if err := fn(h, d.payloads[i]); err != nil {
			return err
		}
	}
	return nil
}

func BenchmarkParsePayloads(b *testing.B) {
	for name, s := range map[string]*sample{"box": asBoxWrites(b, 1000), "short": newSample(b, 3).some(1000)} {
		b.Run(name, func(b *testing.B) {
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
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/float64(len(s.payloads)), "ns/entry")
		})
	}
}

func BenchmarkProveInclusion(b *testing.B) {
	s := newSample(b, 3).some(benchEntries)
	b.Run("anywhere", func(b *testing.B) {
		for i := uint64(0); b.Loop(); i++ {
			if _, err := ProveInclusion(s, s.tree.Size(), i*7919%s.tree.Size()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("inOrder", func(b *testing.B) {
		p := NewProver(s, s.tree.Size())
		for i := uint64(0); b.Loop(); i++ {
			if _, err := ProveInclusion(p, s.tree.Size(), i%s.tree.Size()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
