package store

import (
	"bytes"
	"context"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"coffre/chain"
	"coffre/index"
)

// lexicon is an embedder of tests: one component a meaning.
type lexicon struct {
	id    string
	texts atomic.Int64
}

var meanings = map[string]string{"unicorn": "licorne", "steed": "cheval", "horse": "cheval"}

func (l *lexicon) ID() string { return l.id }
func (l *lexicon) Dim() int   { return 16 }

func (l *lexicon) Embed(_ context.Context, texts []string, query bool) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, text := range texts {
		out[i] = make([]float32, 16)
		for _, w := range strings.Fields(strings.ToLower(text)) {
			w = strings.Trim(w, ".")
			if m, ok := meanings[w]; ok {
				w = m
			}
			h := fnv.New32a()
			h.Write([]byte(w))
			out[i][h.Sum32()%16]++
		}
	}
	if !query {
		l.texts.Add(int64(len(texts)))
	}
	return out, nil
}

// withEmbedders opens the firm's tenant again with a choice of embedders by
// the setting "embed".
func withEmbedders(t *testing.T, f *firm, all ...index.Embedder) {
	t.Helper()
	f.follower.close()
	f.embedders = func(v *View) ([]index.Embedder, error) {
		want := v.Setting("embed", "")
		var out []index.Embedder
		for _, e := range all {
			if e.ID() == want {
				out = append([]index.Embedder{e}, out...)
			} else {
				out = append(out, e)
			}
		}
		if want == "none" {
			return nil, nil
		}
		return out, nil
	}
	reopenFollower(t, f)
}

func reopenFollower(t *testing.T, f *firm) {
	t.Helper()
	var err error
	if f.follower, err = openFollower(context.Background(), f.Tenant); err != nil {
		t.Fatal(err)
	}
	embedded(t, f)
}

func embedded(t *testing.T, f *firm) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := f.WaitIndexed(ctx, f.follower.behind); err != nil {
		t.Fatal(err)
	}
	if err := f.WaitEmbedded(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestSearchByMeaning(t *testing.T) {
	f := newFirm(t)
	one := &lexicon{id: "one"}
	withEmbedders(t, f, one)
	f.add(t, f.alice, f.open, "a.txt", "La licorne est bleue.")
	f.add(t, f.alice, f.closed, "b.txt", "La licorne est verte.")
	embedded(t, f)
	if got := f.search(t, f.alice, "unicorn"); len(got) != 2 {
		t.Errorf("alice finds %v", got)
	}
	if got := f.search(t, f.carol, "unicorn"); len(got) != 1 || got[0] != "a.txt#0" {
		t.Errorf("carol finds %v", got)
	}
	s, err := f.IndexState()
	if err != nil || s.Stats.Embedder != "one" || s.Stats.Embedded != 2 || s.Stats.Pending != 0 {
		t.Errorf("state %+v %v", s.Stats, err)
	}
}

// TestChangeOfEmbedder: a setting changes what answers, without a restart.
func TestChangeOfEmbedder(t *testing.T) {
	f := newFirm(t)
	one, two := &lexicon{id: "one"}, &lexicon{id: "two"}
	withEmbedders(t, f, one, two)
	f.add(t, f.alice, f.open, "a.txt", "La licorne est bleue.")
	embedded(t, f)
	for _, want := range []string{"two", "none", "one"} {
		f.do(t, chain.SettingsUpdate, func(tx *Tx) error { return tx.PutSetting("embed", want) })
		id := want
		if id == "none" {
			id = ""
		}
		waitFor(t, func() bool { return f.follower.index().Stats().Embedder == id })
		found := len(f.search(t, f.alice, "unicorn"))
		if (found == 1) != (want != "none") {
			t.Errorf("with %s: found %d", want, found)
		}
	}
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited a minute")
		}
	}
}

// TestVectorsOutliveWords: a lost or damaged word index costs no embedding, a
// lost file of vectors does, and the right ones come back.
func TestVectorsOutliveWords(t *testing.T) {
	f := newFirm(t)
	one := &lexicon{id: "one"}
	withEmbedders(t, f, one)
	f.add(t, f.alice, f.open, "a.txt", "La licorne est bleue.")
	f.add(t, f.alice, f.open, "b.txt", "Le cheval est gris.")
	embedded(t, f)
	for _, c := range []struct {
		name  string
		spoil func(dir string) error
		texts int64
	}{
		{"words gone", func(dir string) error { return os.RemoveAll(filepath.Join(dir, "words")) }, 0},
		{"words damaged", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "words", "root.bolt"), []byte("spoilt"), 0o600)
		}, 0},
		{"vectors damaged", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "vectors.db"), []byte("spoilt"), 0o600)
		}, 2},
		{"all gone", func(dir string) error { return os.RemoveAll(dir) }, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.follower.close()
			if err := c.spoil(f.follower.dir()); err != nil {
				t.Fatal(err)
			}
			before := one.texts.Load()
			reopenFollower(t, f)
			if got := one.texts.Load() - before; got != c.texts {
				t.Errorf("embedded %d texts, want %d", got, c.texts)
			}
			if got := f.search(t, f.alice, "steed"); len(got) != 1 || got[0] != "b.txt#0" {
				t.Errorf("found %v", got)
			}
		})
	}
}

// TestDeletedIsNotFoundByMeaning: vectors follow documents out.
func TestDeletedIsNotFoundByMeaning(t *testing.T) {
	f := newFirm(t)
	withEmbedders(t, f, &lexicon{id: "one"})
	d := f.add(t, f.alice, f.open, "a.txt", "La licorne est bleue.")
	f.add(t, f.alice, f.open, "b.txt", "Le cheval est gris.")
	embedded(t, f)
	f.do(t, chain.DocumentDelete, func(tx *Tx) error { return tx.DeleteDocument(f.alice, d.ID) })
	if got := f.search(t, f.alice, "unicorn"); slices.Contains(got, "a.txt#0") {
		t.Errorf("found %v", got)
	}
}

// TestDamageWhileRunning: where the file of vectors is spoilt under a running
// box, the index is built anew and changes go on without a restart.
func TestDamageWhileRunning(t *testing.T) {
	f := newFirm(t)
	withEmbedders(t, f, &lexicon{id: "one"})
	f.add(t, f.alice, f.open, "a.txt", "La licorne est bleue.")
	embedded(t, f)
	was := f.follower.index()
	path := filepath.Join(f.follower.dir(), "vectors.db")
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	page := int64(os.Getpagesize())
	if _, err := file.WriteAt(bytes.Repeat([]byte{0xff}, int(info.Size()-2*page)), 2*page); err != nil { // all but bbolt's meta pages
		t.Fatal(err)
	}
	f.add(t, f.alice, f.open, "b.txt", "Le cheval est gris.")
	waitFor(t, func() bool { return f.follower.index() != was })
	embedded(t, f)
	for query, want := range map[string]string{"unicorn": "a.txt#0", "steed": "b.txt#0"} {
		waitFor(t, func() bool { return slices.Contains(f.search(t, f.alice, query), want) })
	}
}
