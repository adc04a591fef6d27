package searchbench

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"coffre/index/vectors"
)

// draw makes the vectors up: a topic's direction and a part of one's own, the
// topics of uneven size.
func (b *vectorsBench) draw() error {
	rnd := rand.New(rand.NewPCG(31, uint64(b.o.Vectors)))
	centres := make([][]float32, vectorTopics)
	for i := range centres {
		centres[i] = gauss(uint64(i), 37)
	}
	one := func() ([]float32, int) {
		t := int(vectorTopics * rnd.Float64() * rnd.Float64())
		v := make([]float32, dimensions)
		for i := range v {
			v[i] = centres[t][i] + noise*float32(rnd.NormFloat64())
		}
		return v, t
	}
	b.base, b.topic = make([][]float32, b.o.Vectors), make([]int, b.o.Vectors)
	for i := range b.base {
		b.base[i], b.topic[i] = one()
	}
	for range b.o.Queries {
		v, _ := one()
		q, err := vectors.Quantize(v, dimensions)
		if err != nil {
			return err
		}
		b.queries, b.asked = append(b.queries, v), append(b.asked, q)
	}
	for i := range b.base {
		unit(b.base[i])
	}
	return nil
}

// recall is the share of the true neighbours that the set finds.
func (b *vectorsBench) recall(truth [][]uint32, permit *vectors.Permit) float64 {
	found, all := 0, 0
	for i, q := range b.asked {
		near, _ := b.set.Nearest(q, nearestWanted, permit)
		for _, want := range truth[i] {
			all++
			if slices.ContainsFunc(near, func(n vectors.Near) bool { return n.Ordinal == want }) {
				found++
			}
		}
	}
	return float64(int(10_000*float64(found)/float64(max(all, 1))+0.5)) / 10_000
}

// truth are the ordinals of the true neighbours of each question, found in
// float32 among those that are in; nil is all.
func (b *vectorsBench) truth(in []bool) [][]uint32 {
	all := make([][]uint32, len(b.queries))
	var wg sync.WaitGroup
	for w := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for q := w; q < len(all); q += runtime.GOMAXPROCS(0) {
				all[q] = b.compare(b.queries[q], in)
			}
		})
	}
	wg.Wait()
	return all
}

func (b *vectorsBench) compare(q []float32, in []bool) []uint32 {
	var ids []uint32
	var dots []float32
	for i, v := range b.base {
		if in != nil && !in[i] {
			continue
		}
		d := dot(q, v)
		if len(ids) == nearestWanted && d <= dots[nearestWanted-1] {
			continue
		}
		at, _ := slices.BinarySearchFunc(dots, d, func(a, b float32) int {
			if a > b {
				return -1
			}
			return 1
		})
		ids, dots = slices.Insert(ids, at, uint32(i+1)), slices.Insert(dots, at, d)
		ids, dots = ids[:min(len(ids), nearestWanted)], dots[:min(len(dots), nearestWanted)]
	}
	return ids
}

// dot is the inner product in float32, as a program without SIMD has it.
func dot(a, b []float32) (sum float32) {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	for i := 0; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	return s0 + s1 + s2 + s3
}

// unit brings a vector to length 1.
func unit(v []float32) {
	length := float32(math.Sqrt(float64(dot(v, v))))
	for i := range v {
		v[i] /= length
	}
}
