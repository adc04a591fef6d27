package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"

	"coffre/index/vectors"
)

// product is the index of this tree: vectors.Set, as package index uses it.
type product struct {
	set     *vectors.Set
	queries []float32
	dir     string
	permit  *vectors.Permit
	exact   bool
}

func newProduct(args []string) (contestant, error)      { return openProduct(args, false) }
func newProductExact(args []string) (contestant, error) { return openProduct(args, true) }

func openProduct(args []string, exact bool) (*product, error) {
	p := &product{set: vectors.NewSet(dimensions), dir: args[0], permit: vectors.Everything(), exact: exact}
	p.set.SetWidth(ef)
	var err error
	p.queries, err = readFloats(filepath.Join(p.dir, "queries.f32"))
	return p, err
}

func (p *product) build() (int, error) {
	base, err := readFloats(filepath.Join(p.dir, "base.f32"))
	if err != nil {
		return 0, err
	}
	n := len(base) / dimensions
	for i := range n {
		q, err := vectors.Quantize(base[i*dimensions:][:dimensions], dimensions)
		if err != nil {
			return 0, err
		}
		if err := p.set.Put(uint32(i+1), q); err != nil {
			return 0, err
		}
	}
	if !p.exact {
		p.set.Settle()
	}
	return n, nil
}

func (p *product) ask(query int) ([]int32, error) {
	q, err := vectors.Quantize(p.queries[query%asked*dimensions:][:dimensions], dimensions)
	if err != nil {
		return nil, err
	}
	find := p.set.Nearest
	if p.exact {
		find = p.set.Exact
	}
	found, _ := find(q, nearest, p.permit)
	ids := make([]int32, len(found))
	for i, f := range found {
		ids[i] = int32(f.Ordinal) - 1
	}
	return ids, nil
}

func (p *product) close() error {
	p.set.Close()
	return nil
}

// filtered is the product with rights: who asks may find only what "allow" says.
type filtered struct {
	*product
	topic []int
}

func newFiltered(args []string) (contestant, error) {
	p, err := openProduct(args, false)
	if err != nil {
		return nil, err
	}
	f := &filtered{product: p}
	f.topic, err = readTopics(filepath.Join(p.dir, "topics.txt"))
	return f, err
}

func (f *filtered) allow(what string) error {
	admit, err := admission(what, f.topic)
	if err != nil {
		return err
	}
	f.permit = new(vectors.Permit)
	for i := range f.topic {
		if admit(i) {
			f.permit.Add(uint32(i + 1))
		}
	}
	return nil
}

// admission reads "random 2" or "topic 0.5": which of the vectors may be found,
// so many in 100, anywhere or of whole topics.
func admission(what string, topic []int) (func(i int) bool, error) {
	kind, number, _ := strings.Cut(what, " ")
	percent, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", what, err)
	}
	rnd := rand.New(rand.NewPCG(9, uint64(percent*10)))
	want, got := int(float64(len(topic))*percent/100), 0
	allowed := make([]bool, len(topic))
	if kind == "topic" {
		size := make([]int, topics)
		for _, t := range topic {
			size[t]++
		}
		chosen := make([]bool, topics)
		for _, t := range rnd.Perm(topics) {
			if got == 0 || got+size[t] <= want+want/5 {
				chosen[t], got = true, got+size[t]
			}
		}
		for i, t := range topic {
			allowed[i] = chosen[t]
		}
	} else {
		for _, i := range rnd.Perm(len(topic))[:want] {
			allowed[i] = true
		}
	}
	return func(i int) bool { return allowed[i] }, nil
}
