package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// patience is how long a box may take for what it does by itself; a busy
// machine is slow, a broken box is late for ever.
const patience = 2 * time.Minute

// checkOnline looks at a box that has just been started again on its data.
func (d *driver) checkOnline(t *testing.T) {
	t.Helper()
	d.checkDocuments(t)
	d.checkIndex(t)
	entries := checkExport(t, d.firmBox, d.answers)
	checkQuestions(t, entries)
	added := map[string]bool{}
	for _, p := range entries {
		if p.Action == chain.DocumentAdd {
			added[p.Object.ID] = true
		}
	}
	for id := range d.docs {
		if !added[id] {
			t.Errorf("document %s was acknowledged and has no entry", id)
		}
	}
}

// checkDocuments waits for the jobs: every document acknowledged is there and
// becomes ready.
func (d *driver) checkDocuments(t *testing.T) {
	t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		status := d.statuses(t)
		waiting := 0
		for id, s := range status {
			switch {
			case s == "queued":
				waiting++
			case s != "ready":
				t.Errorf("document %s is %s", id, s)
			}
		}
		if waiting > 0 && time.Now().Before(until) {
			continue
		}
		for id, a := range d.docs {
			if status[id] != "ready" {
				t.Errorf("document %s (%s), acknowledged: %q", id, a.name, status[id])
			}
		}
		return
	}
}

func (d *driver) statuses(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for cursor := ""; ; {
		var page struct {
			Documents []struct {
				ID     string `json:"id"`
				Status string `json:"status"`
			} `json:"documents"`
			Cursor string `json:"cursor"`
		}
		if err := d.get(context.Background(), "/documents?limit=1000&cursor="+cursor, &page); err != nil {
			t.Fatal(err)
		}
		for _, doc := range page.Documents {
			out[doc.ID] = doc.Status
		}
		if cursor = page.Cursor; cursor == "" {
			return out
		}
	}
}

// checkIndex waits until search finds every document by its own word.
func (d *driver) checkIndex(t *testing.T) {
	t.Helper()
	until := time.Now().Add(patience)
	for id, a := range d.docs {
		if a.word == "" || a.found && d.random.IntN(10) > 0 {
			continue
		}
		for a.found = false; !a.found; time.Sleep(20 * time.Millisecond) {
			hits, err := d.search(context.Background(), a.word)
			for _, h := range hits {
				a.found = a.found || h.DocumentID == id && strings.Contains(h.Text, a.word)
			}
			if !a.found && (err != nil || time.Now().After(until)) {
				t.Errorf("document %s (%s) is not found by its word %q: %v", id, a.name, a.word, err)
				break
			}
			if a.found {
				break
			}
		}
	}
}

// checkQuestions: every question has its answer; where the box was killed in
// between, it is one with outcome error.
func checkQuestions(t *testing.T, entries []chain.Payload) {
	t.Helper()
	open := map[uint64]bool{}
	for _, p := range entries {
		switch p.Action {
		case chain.QuestionAsk:
			open[p.Seq] = true
		case chain.AnswerGive:
			q := numberOf(p.Detail["question"])
			if !open[q] {
				t.Errorf("entry %d answers question %d, which is not open", p.Seq, q)
			}
			delete(open, q)
			if code, _ := p.Detail["code"].(string); code == "interrupted" && (p.Outcome != "error" || p.Actor.ID != "recovery") {
				t.Errorf("entry %d: an interrupted answer has outcome %s by %s", p.Seq, p.Outcome, p.Actor.ID)
			}
		}
	}
	for seq := range open {
		t.Errorf("question %d has no answer", seq)
	}
}

func numberOf(v any) uint64 {
	switch n := v.(type) {
	case int64:
		return uint64(n)
	case uint64:
		return n
	case int:
		return uint64(n)
	}
	return 0
}

// checkLeftovers: a start removes what was being received or made.
func (d *driver) checkLeftovers(t *testing.T) {
	t.Helper()
	dir := filepath.Join(d.dir, "tenants", d.tenant)
	for _, pattern := range []string{"files/.incoming-*", ".verify-*", ".export-*", "*.new"} {
		if left, _ := filepath.Glob(filepath.Join(dir, pattern)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// checkOffline opens the data directory while no box runs: every invariant of
// the store holds, and all that was acknowledged is there.
func (d *driver) checkOffline(t *testing.T) {
	t.Helper()
	root, err := store.OpenRoot(d.dir, store.Options{LockTimeout: 5 * time.Second})
	if err != nil {
		t.Fatalf("open after a kill: %v", err)
	}
	defer func() {
		if err := root.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	if err := root.Box.Check(); err != nil {
		t.Errorf("invariants of the box: %v", err)
	}
	tn, release, err := root.Acquire(d.tenant)
	if err != nil {
		t.Fatalf("open after a kill: %v", err)
	}
	defer release()
	d.checkLeftovers(t)
	if err := tn.Check(); err != nil {
		t.Errorf("invariants: %v", err)
	}
	err = tn.View(func(v *store.View) error {
		for id, a := range d.docs {
			doc, err := v.Document(store.Operator("test"), id)
			if err != nil || doc.Name != a.name {
				t.Errorf("document %s (%s), acknowledged: %v", id, a.name, err)
				continue
			}
			if _, err := os.Stat(tn.FilePath(doc.Latest().SHA256)); err != nil {
				t.Errorf("document %s: %v", id, err)
			}
		}
		for _, seq := range d.answers {
			if e, err := v.Entry(seq); err != nil || e.Action != chain.AnswerGive {
				t.Errorf("entry %d, acknowledged as an answer: %v", seq, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
