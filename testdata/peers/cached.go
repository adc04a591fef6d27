package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/viterin/vek/vek32"
)

// jitter is how far a vector that is made of a cached one lies from it, along
// the difference of two others: made vectors spread as real ones do.
const jitter = 0.35

// readCached reads the embeddings that `coffre eval --cache DIR` has kept
// (ui/cli/eval_cache.go says in what form), those of our length.
func readCached(dir string) (all []float32, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.vectors"))
	if err != nil {
		return nil, fmt.Errorf("list cache: %w", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read cache: %w", err)
		}
		r := bufio.NewReader(bytes.NewReader(text))
		_, err = r.ReadString('\n')
		head, two := r.ReadString('\n')
		var said struct{ Dim int }
		if err != nil || two != nil || json.Unmarshal([]byte(head), &said) != nil || said.Dim != dimensions {
			continue
		}
		record := make([]byte, 32+4*dimensions+4)
		for {
			if _, err := io.ReadFull(r, record); err != nil {
				break
			}
			for i := 32; i < len(record)-4; i += 4 {
				all = append(all, math.Float32frombits(binary.LittleEndian.Uint32(record[i:])))
			}
		}
	}
	return all, nil
}

// likeCached makes n vectors and the queries of cached ones: those themselves
// first, further ones beside them.
func likeCached(dir, cache string, n int) (*data, error) {
	real, err := readCached(cache)
	count := len(real) / dimensions
	if err == nil && count < 4*asked {
		err = fmt.Errorf("%d embeddings at %s, too few", count, cache)
	}
	if err != nil {
		return nil, err
	}
	rnd := rand.New(rand.NewPCG(2, uint64(n)))
	one := func(i int) []float32 { return real[i*dimensions:][:dimensions] }
	order := rnd.Perm(count)
	held, base := order[:asked], order[asked:] // a query is no passage's vector
	d := &data{dir: dir, n: n, base: make([]float32, n*dimensions), queries: make([]float32, asked*dimensions), topic: make([]int, n)}
	for i, from := range held {
		copy(d.queries[i*dimensions:], one(from))
	}
	for i := range n {
		to := d.base[i*dimensions:][:dimensions]
		copy(to, one(base[i%len(base)]))
		if i >= len(base) {
			away := vek32.Sub(one(base[rnd.IntN(len(base))]), one(base[rnd.IntN(len(base))]))
			vek32.Add_Inplace(to, vek32.MulNumber(away, jitter))
		}
		vek32.DivNumber_Inplace(to, vek32.Norm(to))
	}
	for i := range n { // whose topic is the nearest of some vectors
		best := float32(-2)
		for t := range topics {
			if dot := vek32.Dot(d.base[i*dimensions:][:dimensions], one(base[t])); dot > best {
				d.topic[i], best = t, dot
			}
		}
	}
	return d, d.write()
}

// kindOf names a set of vectors in the report.
func (o options) kindOf() string {
	if strings.TrimSpace(o.cached) == "" {
		return "clustered"
	}
	return "like cached embeddings"
}
