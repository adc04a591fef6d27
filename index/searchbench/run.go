package searchbench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"time"

	"coffre/index"
)

// bench is one run.
type bench struct {
	o        Options
	dir      string
	library  *library
	embedder *embedder
	figures  Figures
}

// Run measures in a scratch directory under o.Dir, which it removes.
func Run(ctx context.Context, o Options) (Figures, error) {
	o.defaults()
	dir, err := os.MkdirTemp(o.Dir, ".bench-*")
	if err != nil {
		return Figures{}, fmt.Errorf("create scratch directory: %w", err)
	}
	defer os.RemoveAll(dir)
	b := &bench{o: o, dir: filepath.Join(dir, "index"), library: newLibrary(), embedder: newEmbedder()}
	b.figures = Figures{
		Dir: filepath.Dir(dir), Processors: runtime.GOMAXPROCS(0), Passages: o.Passages, Questions: o.Questions,
		Dimensions: dimensions, Classes: classCount, Permitted: permitted,
	}
	for _, step := range []func(context.Context) error{b.fill, b.vectors, b.opens, b.weigh} {
		if err := step(ctx); err != nil {
			return b.figures, err
		}
	}
	return b.figures, nil
}

// fill indexes the passages by their words.
func (b *bench) fill(ctx context.Context) (err error) {
	b.o.Tell(StageFill, b.o.Passages)
	ix, err := index.Open(b.dir, index.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ix.Close()) }()
	debug.FreeOSMemory()
	forgetPeak()
	var inside time.Duration // making texts up doesn't count
	var docs []index.Doc
	last := docOf(uint32(b.o.Passages))
	for n := uint32(1); n <= last; n++ {
		docs = append(docs, b.library.doc(n, b.o.Passages))
		if len(docs) == 4000/passagesEach || n == last {
			begun := time.Now()
			if err := ix.Apply(ctx, ix.Applied()+1, docs); err != nil {
				return err
			}
			inside += time.Since(begun)
			docs = docs[:0]
		}
	}
	b.figures.FillPS = round(float64(b.o.Passages) / inside.Seconds())
	b.figures.FillPeakMB = round(peakMB())
	return nil
}

// vectors lets the index make vectors of all passages.
func (b *bench) vectors(ctx context.Context) (err error) {
	b.o.Tell(StageVectors, b.o.Passages)
	begun := time.Now()
	ix, err := b.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ix.Close()) }()
	if err := ix.WaitEmbedded(ctx); err != nil {
		return err
	}
	ix.Settle()
	b.figures.VectorsPS = round(float64(b.o.Passages) / time.Since(begun).Seconds())
	if s := ix.Stats(); s.Embedded != b.o.Passages || s.Passages != b.o.Passages {
		return fmt.Errorf("%d of %d passages have words, %d vectors: %w", s.Passages, b.o.Passages, s.Embedded, s.Failure)
	}
	return nil
}

// open does what a box does at its start: opens the files, tells whose the
// passages are and who may read them, and takes up the vectors.
func (b *bench) open() (*index.Index, error) {
	ix, err := index.Open(b.dir, index.Options{Texts: b.texts})
	if err != nil {
		return nil, err
	}
	for n := uint32(1); n <= docOf(uint32(b.o.Passages)); n++ {
		first := (n-1)*passagesEach + 1
		ix.Load(index.Span{First: first, N: min(passagesEach, uint32(b.o.Passages)-first+1)}, n, class(n))
	}
	if err := ix.SetEmbedder(b.embedder); err != nil {
		return nil, errors.Join(err, ix.Close())
	}
	return ix, nil
}

func (b *bench) texts(_ context.Context, ordinals []uint32) ([]index.Passage, error) {
	all := make([]index.Passage, len(ordinals))
	for i, o := range ordinals {
		all[i] = b.library.passage(o)
	}
	return all, nil
}

// opens opens the index and asks one question, several times; of the last one
// everything is asked.
func (b *bench) opens(ctx context.Context) (err error) {
	b.o.Tell(StageOpen, b.o.Opens)
	var took, first []float64
	for i := range b.o.Opens {
		debug.FreeOSMemory()
		begun := time.Now()
		ix, err := b.open()
		if err != nil {
			return err
		}
		took = append(took, ms(time.Since(begun)))
		q := b.library.question(-1-i, b.o.Passages)
		begun = time.Now()
		_, err = ix.Search(ctx, q)
		first = append(first, ms(time.Since(begun)))
		if err == nil && i == b.o.Opens-1 {
			err = b.ask(ctx, ix)
		}
		if err := errors.Join(err, ix.Close()); err != nil {
			return err
		}
	}
	b.figures.OpenMS, b.figures.FirstMS = quantile(took, 0.5), quantile(first, 0.5)
	return nil
}

// ask asks every question by words and by both legs, in turn.
func (b *bench) ask(ctx context.Context, ix *index.Index) error {
	b.o.Tell(StageAsk, b.o.Questions)
	var words, both []float64
	hits, used := 0, 0
	for n := range b.o.Questions {
		q := b.library.question(n, b.o.Passages)
		for _, of := range []struct {
			legs index.Legs
			took *[]float64
		}{{index.WordsLeg, &words}, {index.BothLegs, &both}} {
			q.Legs = of.legs
			begun := time.Now()
			r, err := ix.Search(ctx, q)
			*of.took = append(*of.took, ms(time.Since(begun)))
			if err != nil {
				return err
			}
			if of.legs == index.BothLegs {
				hits += len(r.Hits)
				if r.Meaning == index.MeaningUsed {
					used++
				} else if r.Meaning != index.MeaningNone { // of which no vector came into the hits
					return fmt.Errorf("question %d: vectors took no part (%s): %w", n, r.Meaning, r.Err)
				}
			}
		}
	}
	b.figures.Words = Asked{quantile(words, 0.5), quantile(words, 0.99)}
	b.figures.Both = Asked{quantile(both, 0.5), quantile(both, 0.99)}
	b.figures.Found = round(float64(hits) / float64(b.o.Questions))
	b.figures.Meant = round(100 * float64(used) / float64(b.o.Questions))
	b.figures.ResidentMB, b.figures.HeapMB = round(residentMB()), round(heapMB())
	return nil
}

// weigh sums up what is on disk.
func (b *bench) weigh(context.Context) error {
	return filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		to := &b.figures.SnapshotMB
		switch {
		case filepath.Base(filepath.Dir(path)) == "words":
			to = &b.figures.WordsMB
		case filepath.Ext(path) == ".db":
			to = &b.figures.VectorsMB
		}
		*to = round(*to + float64(info.Size())/(1<<20))
		return nil
	})
}

// heapMB is what Go holds of the system, in MiB.
func heapMB() float64 {
	held := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(held)
	return float64(held[0].Value.Uint64()-held[1].Value.Uint64()) / (1 << 20)
}

// quantile sorts list.
func quantile(list []float64, q float64) float64 {
	slices.Sort(list)
	return list[min(len(list)-1, int(float64(len(list))*q))]
}

func ms(d time.Duration) float64 { return math.Round(float64(d)/float64(time.Microsecond)) / 1000 }

func hundredths(f float64) float64 { return math.Round(f*100) / 100 }

func round(f float64) float64 { return math.Round(f*10) / 10 }
