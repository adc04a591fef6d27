package searchbench

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"coffre/index/vectors"
)

// benchEmbedder names the vectors' embedder in their file.
const benchEmbedder = "bench/clustered/384"

// linkBatch is how many vectors are written in one transaction.
const linkBatch = 5000

// link writes the vectors as the index does, has the graph linked, and opens
// what lies there once more.
func (b *vectorsBench) link(context.Context) error {
	b.o.Tell(StageLink, b.o.Vectors)
	begun := time.Now()
	set, file, err := b.fill()
	if err != nil {
		return err
	}
	b.figures.BuiltPS = round(float64(b.o.Vectors) / time.Since(begun).Seconds())
	set.Close()
	if err := file.Close(); err != nil {
		return err
	}
	whole := diskMB(filepath.Dir(b.path))
	info, err := os.Stat(b.path)
	if err != nil {
		return fmt.Errorf("weigh vectors: %w", err)
	}
	b.figures.StoreMB = round(float64(info.Size()) / (1 << 20))
	b.figures.SnapshotMB = round(whole - float64(info.Size())/(1<<20))
	runtime.GC()
	debug.FreeOSMemory()
	begun = time.Now()
	if file, err = vectors.Open(b.path, false); err != nil {
		return err
	}
	texts, err := file.Verify()
	if err != nil {
		return err
	}
	if b.set, err = file.OpenSet(benchEmbedder, dimensions, texts); err != nil {
		return err
	}
	b.figures.OpenMS = ms(time.Since(begun))
	b.set.Settle()
	return nil
}

// fill writes all vectors and waits until they are linked and kept.
func (b *vectorsBench) fill() (*vectors.Set, *vectors.File, error) {
	file, err := vectors.Open(b.path, false)
	if err != nil {
		return nil, nil, err
	}
	if err := file.Prepare(benchEmbedder, dimensions); err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	for first := 0; first < len(b.base); first += linkBatch {
		if err := b.put(file, first, min(first+linkBatch, len(b.base))); err != nil {
			return nil, nil, errors.Join(err, file.Close())
		}
	}
	texts, err := file.Texts()
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	set, err := file.OpenSet(benchEmbedder, dimensions, texts)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	set.Settle()
	return set, file, nil
}

func (b *vectorsBench) put(file *vectors.File, first, end int) error {
	change, of := vectors.Change{Texts: map[uint32]vectors.Text{}}, map[vectors.Key]vectors.Quantized{}
	for i := first; i < end; i++ {
		q, err := vectors.Quantize(b.base[i], dimensions)
		if err != nil {
			return err
		}
		key := vectors.Key(sha256.Sum256(fmt.Append(nil, i)))
		change.Texts[uint32(i+1)], of[key] = vectors.Text{Key: key, Lang: "en"}, q
	}
	if err := file.Apply(change); err != nil {
		return err
	}
	_, err := file.Put(benchEmbedder, of)
	return err
}
