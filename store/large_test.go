package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"coffre/chain"
)

// TestLargeDocument: a document of 5,000 passages goes in whole, is found at
// both ends, and is replaced and deleted whole.
func TestLargeDocument(t *testing.T) {
	f := newFirm(t)
	const n = 5000
	text := func(word string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "Le paragraphe %d parle du %s%s et de la livraison au printemps, sans rien oublier du reste.\n\n", i, word, letters(i))
		}
		return b.String()
	}
	d := f.add(t, f.alice, f.open, "gros.txt", text("stock"))
	if got := d.Latest().Passages; got != n {
		t.Fatalf("%d passages, want %d", got, n)
	}
	for _, i := range []int{0, 1, 799, 800, n - 1} {
		if got := f.search(t, f.alice, "stock"+letters(i)); len(got) != 1 {
			t.Errorf("passage %d: found %v", i, got)
		}
	}
	d = f.add(t, f.alice, f.open, "gros.txt", text("reserve"))
	if got := f.search(t, f.alice, "stock"+letters(17)); len(got) != 0 {
		t.Errorf("replaced passage found: %v", got)
	}
	if got := f.search(t, f.alice, "reserve"+letters(17)); len(got) != 1 {
		t.Errorf("new passage: %v", got)
	}
	if s, err := f.IndexState(); err != nil || s.Err != nil || s.Stats.Passages != n {
		t.Errorf("index state %+v %v", s, err)
	}
	f.add(t, f.alice, f.open, "autre.txt", text("autre"))
	f.indexAnew(t) // more than goes to the index at once
	for _, word := range []string{"reserve", "autre"} {
		if got := f.search(t, f.alice, word+letters(n-1)); len(got) != 1 {
			t.Errorf("%s in an index that was filled anew: %v", word, got)
		}
	}
	if s, err := f.IndexState(); err != nil || s.Err != nil || s.Stats.Passages != 2*n || s.Applied != s.Changed {
		t.Errorf("index filled anew: %+v %v", s, err)
	}
	f.do(t, chain.DocumentDelete, func(tx *Tx) error { return tx.DeleteDocument(f.alice, d.ID) })
	if got := f.search(t, f.alice, "reserve"+letters(17)); len(got) != 0 {
		t.Errorf("deleted passage found: %v", got)
	}
}

// letters is a word for a number that no analyzer takes apart and that resembles
// no other number's.
func letters(n int) string {
	sum := sha256.Sum256([]byte(strconv.Itoa(n)))
	out := make([]byte, 10)
	for i := range out {
		out[i] = "bcdfghjkmnprtvwz"[sum[i]%16]
	}
	return string(out)
}

// TestManyDocumentsFollow: changes made while the index follows, many to a
// batch, are all in it at the end, deletions too.
func TestManyDocumentsFollow(t *testing.T) {
	f := newFirm(t)
	const n = 120
	var last uint64
	for i := range n {
		name := fmt.Sprintf("n%d.txt", i)
		d, job := f.upload(t, f.alice, f.open, name, strings.Repeat("Un "+letters(i)+"mot dans un texte.\n\n", 6))
		last = f.do(t, chain.DocumentExtract, func(tx *Tx) error {
			_, err := tx.FinishExtraction(job, paragraphs(strings.Repeat("Un "+letters(i)+"mot dans un texte.\n\n", 6)))
			return err
		})
		if i%7 == 0 {
			last = f.do(t, chain.DocumentDelete, func(tx *Tx) error { return tx.DeleteDocument(f.alice, d.ID) })
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := f.WaitIndexed(ctx, last); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		want := 6
		if i%7 == 0 {
			want = 0
		}
		found := 0 // words that resemble it may be found too
		for _, hit := range f.search(t, f.alice, letters(i)+"mot") {
			if strings.HasPrefix(hit, fmt.Sprintf("n%d.txt#", i)) {
				found++
			}
		}
		if found != want {
			t.Errorf("document %d: found %d, want %d", i, found, want)
		}
	}
}

// TestWaitIndexedEnds: who waits for the index is let go by his context, and
// when the tenant closes.
func TestWaitIndexedEnds(t *testing.T) {
	f := newFirm(t)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := f.WaitIndexed(ctx, 1<<40); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	time.AfterFunc(20*time.Millisecond, f.follower.cancel)
	if err := f.WaitIndexed(context.Background(), 1<<40); AsError(err).Code != "closing" {
		t.Errorf("closing: %v", err)
	}
}
