package vectors

import (
	"math/rand/v2"
	"sync"
	"testing"
)

// TestReadersBesideWriter searches while vectors come, go and are replaced, the
// graph is linked and rebuilt: what is found is permitted and nearest first.
func TestReadersBesideWriter(t *testing.T) {
	const n, dim = 700, 32
	rnd := rand.New(rand.NewPCG(31, 31))
	all := clustered(rnd, n, dim, 10)
	s := small(NewSet(dim))
	s.knobs.graphFrom = 200 // of about 470 that are there in the end
	defer s.Close()
	var vs []Quantized
	for i, v := range all {
		vs = append(vs, quantize(t, v))
		do(t, s.Put(uint32(i+1), vs[i]))
	}
	permit := permitOf(n, func(o uint32) bool { return o%4 != 0 })
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for r := range uint64(3) {
		readers.Go(func() {
			rnd := rand.New(rand.NewPCG(32, r))
			for {
				select {
				case <-stop:
					return
				default:
				}
				p := []*Permit{permit, Everything()}[rnd.IntN(2)]
				found, _ := s.Nearest(vs[rnd.IntN(n)], 10, p)
				for i, f := range found {
					if !p.Has(f.Ordinal) || i > 0 && found[i-1].before(f) > 0 {
						t.Errorf("place %d of %+v", i, found)
						return
					}
				}
			}
		})
	}
	first := s.cur.Load()
	for range brief(1500, 500) {
		o := rnd.IntN(n)
		if rnd.IntN(3) == 0 {
			s.Remove(uint32(o + 1))
		} else {
			do(t, s.Put(uint32(o+1), vs[rnd.IntN(n)]))
		}
	}
	linked(t, s)
	close(stop)
	readers.Wait()
	if s.cur.Load() == first {
		t.Error("nothing was rebuilt")
	}
}
