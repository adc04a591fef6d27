package ingestbench

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"coffre/chain"
	"coffre/index/searchbench"
	"coffre/store"
)

// round lets the same files come in and be copied, each first in every other
// round.
func (b *bench) round(ctx context.Context, round int) (r took, err error) {
	files := b.files()
	before, err := b.counts()
	if err != nil {
		return r, err
	}
	place := filepath.Join(b.dir, fmt.Sprintf("copies-%d", round))
	if round%2 == 0 {
		r.copied, err = keepAll(place, files)
	}
	if err == nil {
		var in took
		in, err = b.come(ctx, files)
		r.received, r.all = in.received, in.all
	}
	if err == nil && round%2 != 0 {
		r.copied, err = keepAll(place, files)
	}
	if err != nil {
		return r, err
	}
	after, err := b.counts()
	f := &b.figures
	f.Documents, f.Bytes, f.Passages, f.Failed = len(files), 0, after.passages-before.passages, after.failed-before.failed
	for _, file := range files {
		f.Bytes += int64(len(file.Body))
	}
	return r, err
}

// files are those that were given, under names of their own in every round, or
// texts.
func (b *bench) files() []File {
	if len(b.o.Files) == 0 {
		return b.texts(b.o.Documents)
	}
	out := slices.Clone(b.o.Files)
	for i := range out {
		b.made++
		out[i].Name = fmt.Sprintf("%d-%s", b.made, out[i].Name)
	}
	return out
}

// texts makes documents up.
func (b *bench) texts(n int) (out []File) {
	for range n {
		b.made++
		name, body := searchbench.Document(uint32(b.made))
		out = append(out, File{name, body})
	}
	return out
}

// come puts files in and waits until they are found by their words.
func (b *bench) come(ctx context.Context, files []File) (r took, err error) {
	begun := time.Now()
	for _, file := range files {
		o, err := b.t.ReceiveFile(bytes.NewReader(file.Body), math.MaxInt32)
		if err != nil {
			return r, fmt.Errorf("receive file: %w", err)
		}
		_, err = b.t.Update(ctx, b.op.Actor, chain.Event{Action: chain.DocumentAdd}, func(tx *store.Tx) error {
			_, _, err := tx.AddDocument(b.op, store.NewDocument{Collection: b.collection, Name: file.Name, SHA256: o.SHA256, Bytes: o.Bytes})
			return err
		})
		if err != nil {
			return r, fmt.Errorf("add file: %w", err)
		}
		b.worker.Wake()
	}
	r.received = time.Since(begun)
	err = b.settled(ctx)
	r.all = time.Since(begun)
	return r, err
}

// settled returns once no document waits for extraction and the index holds all.
func (b *bench) settled(ctx context.Context) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		c, err := b.counts()
		if err != nil {
			return err
		}
		if c.waiting == 0 {
			return b.t.WaitIndexed(ctx, c.changed)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

type counts struct {
	waiting, failed, passages int
	changed                   uint64
}

func (b *bench) counts() (c counts, err error) {
	err = b.t.View(func(v *store.View) error {
		jobs, err := v.Jobs()
		for _, j := range jobs {
			if j.Failed {
				c.failed++
			} else {
				c.waiting++
			}
		}
		return err
	})
	if err != nil {
		return c, err
	}
	s, err := b.t.IndexState()
	c.changed, c.passages = s.Changed, s.Stats.Passages
	return c, errors.Join(err, s.Err)
}

// keepAll is the yardstick.
func keepAll(dir string, files []File) (time.Duration, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return 0, fmt.Errorf("create directory: %w", err)
	}
	begun := time.Now()
	for _, file := range files {
		if err := keep(dir, file.Body); err != nil {
			return 0, fmt.Errorf("keep file: %w", err)
		}
	}
	return time.Since(begun), nil
}

func keep(dir string, body []byte) error {
	f, err := os.CreateTemp(dir, ".incoming-*")
	if err != nil {
		return err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, h), bytes.NewReader(body))
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, hex.EncodeToString(h.Sum(nil)))); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
