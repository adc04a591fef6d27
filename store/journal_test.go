package store

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"coffre/chain"
)

// journalFirm is a firm whose last entries are known: one a minute from base.
func journalFirm(t *testing.T) (f *firm, first uint64, base time.Time) {
	t.Helper()
	base = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	now := base.Add(-time.Hour)
	f = newFirmAt(t, t.TempDir(), func() time.Time { mu.Lock(); defer mu.Unlock(); return now })
	head, _ := f.Head()
	for i, e := range []struct {
		actor, action, outcome string
	}{
		{"ana", chain.AuthSignIn, "ok"}, {"ana", chain.QuestionAsk, "ok"}, {"ana", chain.AnswerGive, "ok"},
		{"bob", chain.AuthFailure, chain.Denied}, {"bob", chain.AuthSignIn, "ok"}, {"bob", chain.DocumentAdd, "ok"},
		{"ingest", chain.DocumentFail, "error"}, {"ana", chain.DocumentRead, "ok"}, {"ana", chain.AuthSignOut, "ok"},
	} {
		mu.Lock()
		now = base.Add(time.Duration(i) * time.Minute)
		mu.Unlock()
		if _, err := f.Record(context.Background(), Person(e.actor), chain.Event{Action: e.action, Outcome: e.outcome}); err != nil {
			t.Fatal(err)
		}
	}
	return f, head + 1, base
}

func TestJournalFilter(t *testing.T) {
	f, first, base := journalFirm(t)
	at := func(minutes int) time.Time { return base.Add(time.Duration(minutes) * time.Minute) }
	for name, c := range map[string]struct {
		filter JournalFilter
		want   []int // minutes, newest first
	}{
		"actor":            {JournalFilter{Actor: "bob"}, []int{5, 4, 3}},
		"class":            {JournalFilter{Class: "document", Actor: "ana"}, []int{7}},
		"whole action":     {JournalFilter{Class: "auth.signin"}, []int{4, 0}},
		"no part of one":   {JournalFilter{Class: "auth.sign"}, nil},
		"outcome denied":   {JournalFilter{Outcome: chain.Denied}, []int{3}},
		"outcome error":    {JournalFilter{Outcome: "error"}, []int{6}},
		"from, inclusive":  {JournalFilter{From: at(7)}, []int{8, 7}},
		"to, exclusive":    {JournalFilter{From: at(0), To: at(2)}, []int{1, 0}},
		"all together":     {JournalFilter{Actor: "ana", Class: "auth", Outcome: "ok", From: at(1), To: at(9)}, []int{8}},
		"nobody":           {JournalFilter{Actor: "zoe"}, nil},
		"future":           {JournalFilter{From: at(60)}, nil},
		"empty range":      {JournalFilter{From: at(3), To: at(3)}, nil},
		"before":           {JournalFilter{Before: first + 2, From: at(0)}, []int{1, 0}},
		"before the first": {JournalFilter{Before: 1}, nil},
		"before far ahead": {JournalFilter{Before: 1 << 60, From: at(8)}, []int{8}},
		"limit":            {JournalFilter{Limit: 2}, []int{8, 7}},
		"limit and filter": {JournalFilter{Limit: 1, Class: "auth"}, []int{8}},
	} {
		f.View(func(v *View) error {
			all, next, err := v.Journal(c.filter)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, e := range all {
				got = append(got, int(e.Seq-first))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
			if c.filter.Limit == 0 && next != 0 {
				t.Errorf("%s: a page follows the whole", name)
			}
			return nil
		})
	}
}

// TestJournalPages: pages of any size show every entry once.
func TestJournalPages(t *testing.T) {
	f, _, _ := journalFirm(t)
	head, _ := f.Head()
	for _, limit := range []int{1, 2, 3, int(head) - 1, int(head), int(head) + 1} {
		var seqs []uint64
		for before := uint64(0); ; {
			var next uint64
			f.View(func(v *View) error {
				page, n, err := v.Journal(JournalFilter{Before: before, Limit: limit})
				if err != nil || len(page) > limit {
					t.Fatalf("page of %d, %v", len(page), err)
				}
				for _, e := range page {
					seqs = append(seqs, e.Seq)
				}
				next = n
				return nil
			})
			if before = next; next == 0 {
				break
			}
		}
		if len(seqs) != int(head) || seqs[0] != head || seqs[len(seqs)-1] != 1 {
			t.Errorf("limit %d: %d entries of %d", limit, len(seqs), head)
		}
		for i := 1; i < len(seqs); i++ {
			if seqs[i] != seqs[i-1]-1 {
				t.Errorf("limit %d: %d follows %d", limit, seqs[i], seqs[i-1])
			}
		}
	}
}

// TestExportWhileWriting: an export is a whole chain as it stood at a moment,
// while others go on writing; so is a verification.
func TestExportWhileWriting(t *testing.T) {
	f := newFirm(t)
	ctx, cancel := context.WithCancel(context.Background())
	var writers sync.WaitGroup
	for g := range 8 {
		writers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				ev := chain.Event{Action: chain.SettingsUpdate, Private: chain.Detail{"what": fmt.Sprint(g, i)}}
				if _, err := f.Update(context.Background(), f.alice.Actor, ev, func(tx *Tx) error { return tx.PutSetting(fmt.Sprint("k", g), "v") }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var first string
	f.View(func(v *View) error { facts, err := v.Facts(); first = facts.FirstKey; return err })
	var last uint64
	for i := range 6 {
		x, err := f.Export(context.Background(), f.admin.Actor, i%2 == 0, "")
		if err != nil {
			t.Fatal(err)
		}
		file, err := x.Open()
		if err != nil {
			t.Fatal(err)
		}
		rep, err := chain.VerifyExport(file, chain.VerifyOptions{FirstKey: first})
		file.Close()
		x.Remove()
		if err != nil || !rep.OK || !rep.Authentic || rep.Entries != x.Entries || rep.Entries <= last {
			t.Errorf("export %d of %d entries after %d: %+v %v", i, x.Entries, last, rep, err)
		}
		last = rep.Entries
		f.verifyLive(t)
	}
	cancel()
	writers.Wait()
}
