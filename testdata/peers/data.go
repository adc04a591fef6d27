package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"sync"
	"unsafe"

	"github.com/viterin/vek/vek32"
)

const (
	topics = 400
	latent = 32 // directions in which vectors of a topic differ most
)

// data are made-up vectors of unit length, clustered as those of texts are:
// topics of uneven size, within them a few directions that matter, and noise.
type data struct {
	dir           string
	n             int
	base, queries []float32
	topic         []int // of each vector
}

func makeData(dir string, n int) (*data, error) {
	rnd := rand.New(rand.NewPCG(1, uint64(n)))
	centres, axes := gauss(rnd, topics*dimensions), gauss(rnd, latent*dimensions)
	chances := make([]float64, topics)
	sum := 0.0
	for i := range chances {
		sum += 1 / math.Sqrt(float64(i+1))
		chances[i] = sum
	}
	d := &data{dir: dir, n: n, base: make([]float32, n*dimensions), queries: make([]float32, asked*dimensions), topic: make([]int, n)}
	put := func(to []float32) int {
		t := sort.SearchFloat64s(chances, rnd.Float64()*sum)
		copy(to, centres[t*dimensions:][:dimensions])
		for a := range latent {
			vek32.Add_Inplace(to, vek32.MulNumber(axes[a*dimensions:][:dimensions], float32(rnd.NormFloat64())/float32(math.Sqrt(latent))))
		}
		for i := range to {
			to[i] += 0.2 * float32(rnd.NormFloat64())
		}
		vek32.DivNumber_Inplace(to, vek32.Norm(to))
		return t
	}
	for i := range n {
		d.topic[i] = put(d.base[i*dimensions:][:dimensions])
	}
	for i := range asked {
		put(d.queries[i*dimensions:][:dimensions])
	}
	return d, d.write()
}

// write puts the vectors where the contestants read them.
func (d *data) write() error {
	if err := writeFloats(filepath.Join(d.dir, "base.f32"), d.base); err != nil {
		return err
	}
	return writeFloats(filepath.Join(d.dir, "queries.f32"), d.queries)
}

func gauss(rnd *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rnd.NormFloat64())
	}
	return v
}

// truth are the true nearest of each query among the admitted, by comparing
// with all of them in float32; -1 where there are fewer.
func (d *data) truth(admit func(i int) bool) []int32 {
	all := make([]int32, asked*nearest)
	var wg sync.WaitGroup
	step := (asked + runtime.NumCPU() - 1) / runtime.NumCPU()
	for from := 0; from < asked; from += step {
		wg.Go(func() {
			for q := from; q < min(asked, from+step); q++ {
				copy(all[q*nearest:], d.exact(d.queries[q*dimensions:][:dimensions], admit))
			}
		})
	}
	wg.Wait()
	return all
}

func (d *data) exact(q []float32, admit func(i int) bool) []int32 {
	ids, dots := make([]int32, nearest), make([]float32, nearest)
	for i := range ids {
		ids[i], dots[i] = -1, float32(math.Inf(-1))
	}
	for i := range d.n {
		if admit != nil && !admit(i) {
			continue
		}
		dot := vek32.Dot(q, d.base[i*dimensions:][:dimensions])
		if dot <= dots[nearest-1] {
			continue
		}
		at := sort.Search(nearest, func(j int) bool { return dots[j] < dot })
		copy(ids[at+1:], ids[at:])
		copy(dots[at+1:], dots[at:])
		ids[at], dots[at] = int32(i), dot
	}
	return ids
}

// recall is the share of the true nearest that an answer file holds.
func recall(path string, truth []int32) (float64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("read answers: %w", err)
	}
	found, all := 0, 0
	for q := range len(b) / 4 / nearest {
		got := map[int32]bool{}
		for j := range nearest {
			got[int32(binary.LittleEndian.Uint32(b[(q*nearest+j)*4:]))] = true
		}
		for _, id := range truth[q*nearest:][:nearest] {
			if id >= 0 {
				all++
				if got[id] {
					found++
				}
			}
		}
	}
	return float64(found) / float64(max(all, 1)), nil
}

func writeFloats(path string, v []float32) error {
	return os.WriteFile(path, unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v)*4), 0o600)
}

func readFloats(path string) ([]float32, error) {
	b, err := os.ReadFile(path)
	if err != nil || len(b) == 0 {
		return nil, fmt.Errorf("read vectors: %w", err)
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), len(b)/4), nil
}

func writeInts(path string, v []int32) error {
	b := make([]byte, 0, 4*len(v))
	for _, n := range v {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return os.WriteFile(path, b, 0o600)
}
