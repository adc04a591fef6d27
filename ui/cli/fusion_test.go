package cli

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"coffre/index"
	"coffre/index/beir"
	"coffre/index/embed"
)

// form is one way of making one ranking of two legs; w is the weight of meaning.
type form struct {
	name    string
	weights []float64
	score   func(c *candidates, i int, w float64) float64
}

// candidates are what both legs found for a query, with what a form may know.
type candidates struct {
	hits                    []index.Hit
	ids                     []string // of their documents
	base                    float64
	bm25, cosine            span
	meanWords, meanNear     float64
	spreadWords, spreadNear float64
	relevant                map[string]int
}

type span struct{ least, most float64 }

func (s span) part(x float64) float64 {
	if s.most <= s.least {
		return 0
	}
	return (x - s.least) / (s.most - s.least)
}

var grid = []float64{0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}

// forms are those of index/fuse.go's comment; the last is the product's.
var forms = []form{
	{"words alone", []float64{0}, func(c *candidates, i int, _ float64) float64 { return c.hits[i].BM25 }},
	{"meaning alone", []float64{1}, func(c *candidates, i int, _ float64) float64 { return c.hits[i].Cosine }},
	{"reciprocal rank, k 10", grid, reciprocal(10)},
	{"reciprocal rank, k 60", grid, reciprocal(60)},
	{"scores by their best", grid, func(c *candidates, i int, w float64) float64 {
		return (1-w)*c.hits[i].BM25/max(c.bm25.most, 1e-9) + w*c.hits[i].Cosine/max(c.cosine.most, 1e-9)
	}},
	{"scores from least to best", grid, func(c *candidates, i int, w float64) float64 {
		return (1-w)*c.bm25.part(c.hits[i].BM25) + w*c.cosine.part(c.hits[i].Cosine)
	}},
	{"scores by mean and deviation", grid, func(c *candidates, i int, w float64) float64 {
		return (1-w)*(c.hits[i].BM25-c.meanWords)/max(c.spreadWords, 1e-9) + w*(c.hits[i].Cosine-c.meanNear)/max(c.spreadNear, 1e-9)
	}},
	{"from the mean of all to the best", grid, func(c *candidates, i int, w float64) float64 {
		s := (1 - w) * c.hits[i].BM25 / max(c.bm25.most, 1e-9)
		if c.cosine.most > c.base {
			s += w * max(0, c.hits[i].Cosine-c.base) / (c.cosine.most - c.base)
		}
		return s
	}},
}

func reciprocal(k float64) func(*candidates, int, float64) float64 {
	return func(c *candidates, i int, w float64) float64 {
		s := 0.0
		if r := c.hits[i].BM25Rank; r > 0 {
			s += (1 - w) / (k + float64(r))
		}
		if r := c.hits[i].VectorRank; r > 0 {
			s += w / (k + float64(r))
		}
		return s
	}
}

// TestFusionForms prints what each form gains where its weight was chosen on the
// other half of the queries: every second one of all collections together.
func TestFusionForms(t *testing.T) {
	if os.Getenv("COFFRE_LONG") == "" {
		t.Skip("embeds three collections: COFFRE_LONG=1 go test -v -run FusionForms ./ui/cli")
	}
	home, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := openCache(cmp.Or(os.Getenv("COFFRE_VECTORS"), filepath.Join(home, "coffre", "vectors")), embed.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	defer kept.close()
	var sets [][]*candidates
	for _, name := range []string{"nfcorpus-pre", "cranfield", "cisi"} {
		dir := filepath.Join(cmp.Or(os.Getenv("COFFRE_SHARED"), filepath.Join("..", "..", "..", "shared")), "data", "retrieval", name)
		if _, err := os.Stat(dir); err != nil {
			t.Skipf("no %s: set COFFRE_SHARED to the directory that holds data/retrieval", name)
		}
		sets = append(sets, gather(t, dir, kept))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-34s %8s %8s   %8s %s\n", "form", "held out", "gain", "in sample", "weights")
	words := 0.0
	for _, f := range forms {
		out, in, chosen := f.crossed(sets)
		if words == 0 {
			words = out
		}
		fmt.Fprintf(&b, "%-34s %8.4f %+7.1f%%   %8.4f %v\n", f.name, out, 100*(out/words-1), in, chosen)
	}
	t.Log(b.String())
}

// crossed chooses the weight on either half and measures on the other one. in is
// the best weight's figure on all queries.
func (f form) crossed(sets [][]*candidates) (out, in float64, chosen [2]float64) {
	for half := range 2 {
		w := slices.MaxFunc(f.weights, func(a, b float64) int {
			return cmp.Compare(f.mean(sets, a, half), f.mean(sets, b, half))
		})
		chosen[half] = w
		out += f.mean(sets, w, 1-half) / 2
	}
	for _, w := range f.weights {
		in = max(in, (f.mean(sets, w, 0)+f.mean(sets, w, 1))/2)
	}
	return out, in, chosen
}

// mean is the mean over the collections of nDCG@10 on one half of each.
func (f form) mean(sets [][]*candidates, w float64, half int) (mean float64) {
	for _, set := range sets {
		sum, n := 0.0, 0
		for i, c := range set {
			if i%2 == half {
				sum += beir.NDCG(c.ranked(f, w), c.relevant, 10)
				n++
			}
		}
		mean += sum / float64(n) / float64(len(sets))
	}
	return mean
}

// ranked are the documents by their best passage.
func (c *candidates) ranked(f form, w float64) (ids []string) {
	order := make([]int, len(c.hits))
	scores := make([]float64, len(c.hits))
	for i := range order {
		order[i], scores[i] = i, f.score(c, i, w)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	for _, i := range order {
		if !slices.Contains(ids, c.ids[i]) {
			ids = append(ids, c.ids[i])
		}
		if len(ids) == 10 {
			break
		}
	}
	return ids
}

// gather asks a collection's queries of the product's index.
func gather(t *testing.T, dir string, e index.Embedder) (all []*candidates) {
	t.Helper()
	ctx := context.Background()
	d, err := beir.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	ev, err := newEvaluation(t.TempDir(), d, evalMode{legs: index.BothLegs, embedder: e})
	if err != nil {
		t.Fatal(err)
	}
	defer ev.ix.Close()
	if err := ev.fill(ctx); err != nil {
		t.Fatal(err)
	}
	if err := ev.ix.SetEmbedder(e); err != nil {
		t.Fatal(err)
	}
	if err := ev.ix.WaitEmbedded(ctx); err != nil {
		t.Fatal(err)
	}
	for _, q := range d.Queries {
		res, err := ev.ix.Search(ctx, index.Query{Text: q.Text, Classes: index.NewClasses(evalClass), Legs: index.BothLegs, Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		c := &candidates{hits: res.Hits, base: res.Base, relevant: d.Relevant[q.ID]}
		for _, h := range res.Hits {
			c.ids = append(c.ids, d.Documents[h.Doc-1].ID)
		}
		c.measure()
		all = append(all, c)
	}
	return all
}

func (c *candidates) measure() {
	c.bm25, c.cosine = span{math.Inf(1), 0}, span{math.Inf(1), 0}
	n := float64(len(c.hits))
	for _, h := range c.hits {
		c.bm25 = span{min(c.bm25.least, h.BM25), max(c.bm25.most, h.BM25)}
		c.cosine = span{min(c.cosine.least, h.Cosine), max(c.cosine.most, h.Cosine)}
		c.meanWords += h.BM25 / n
		c.meanNear += h.Cosine / n
	}
	for _, h := range c.hits {
		c.spreadWords += (h.BM25 - c.meanWords) * (h.BM25 - c.meanWords) / n
		c.spreadNear += (h.Cosine - c.meanNear) * (h.Cosine - c.meanNear) / n
	}
	c.spreadWords, c.spreadNear = math.Sqrt(c.spreadWords), math.Sqrt(c.spreadNear)
}
