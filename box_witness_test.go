package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"coffre/chain"
	"coffre/chain/chaintest"
	"coffre/connectors"
)

// watches is what a box says of those that it witnesses.
type watches struct {
	Watches []struct {
		Log   string `json:"log"`
		Size  uint64 `json:"size"`
		Alarm *struct {
			Code string `json:"code"`
		} `json:"alarm"`
	} `json:"watches"`
	LogBlock string `json:"log_block"`
	BoxBlock string `json:"box_block"`
}

// witnesses is what a box says of those who witness it.
type witnesses struct {
	Witnesses []struct {
		Name    string `json:"name"`
		Size    uint64 `json:"size"`
		Refusal *struct {
			Code string `json:"code"`
		} `json:"refusal"`
	} `json:"witnesses"`
}

// until asks a box until it says what is waited for.
func until[T any](t *testing.T, b *firmBox, path, what string, is func(T) bool) (v T) {
	t.Helper()
	var err error
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		var now T
		if err = b.get(t.Context(), path, &now); err == nil && is(now) {
			return now
		}
		v = now
	}
	t.Fatalf("never: %s: %+v %v", what, v, err)
	return v
}

// TestTwoBoxesWitness runs the real program twice: one box shows the other its
// journal by itself, both survive a restart, and when the first is put back to an
// earlier day, both say so.
func TestTwoBoxesWitness(t *testing.T) {
	a, b := newBox(t), newBox(t)
	// A journal's name is made of the firm's and of the second in which it began.
	for nameOf(a) == nameOf(b) {
		b = newBox(t)
	}
	a.start(t)
	b.start(t)
	a.findCollection(t)
	var of, by watches
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(a.get(ctx, "/audit/watches", &of))
	must(b.post(ctx, "/audit/watches", map[string]string{"keys": of.LogBlock}, nil))
	must(b.get(ctx, "/audit/watches", &by))
	must(a.post(ctx, "/audit/witnesses", map[string]string{"key": by.BoxBlock}, nil))
	sawAll := func(w witnesses) bool { return len(w.Witnesses) == 1 && w.Witnesses[0].Size > 0 }
	until(t, a, "/audit/witnesses", "the other box cosigns", sawAll)
	a.stop(t)
	b.stop(t)
	earlier := filepath.Join(t.TempDir(), "earlier")
	must(os.CopyFS(earlier, os.DirFS(a.dir)))
	must(os.Chmod(filepath.Join(earlier, "keys", "master.age"), 0o600)) // CopyFS keeps no modes

	// B's port is another after its restart: people paste its block anew.
	b.start(t)
	a.start(t)
	rejoin(t, a, b)
	w := until(t, a, "/audit/witnesses", "the other box cosigns again", sawAll)
	seen := w.Witnesses[0].Size
	for i := range 8 {
		if _, err := a.upload(ctx, "n"+string(rune('a'+i))+".md", []byte("Le préavis dure trois mois.\n")); err != nil {
			t.Fatal(err)
		}
	}
	rejoin(t, a, b)
	until(t, a, "/audit/witnesses", "what came since is cosigned", func(w witnesses) bool { return len(w.Witnesses) == 1 && w.Witnesses[0].Size > seen })
	a.stop(t)

	must(os.RemoveAll(a.dir))
	must(os.Rename(earlier, a.dir))
	a.start(t)
	rejoin(t, a, b)
	until(t, a, "/audit/witnesses", "the box that was put back is told", func(w witnesses) bool { return len(w.Witnesses) == 1 && w.Witnesses[0].Refusal != nil })
	until(t, b, "/audit/watches", "the witness is alarmed", func(w watches) bool { return len(w.Watches) == 1 && w.Watches[0].Alarm != nil })
}

func nameOf(b *firmBox) string { return chain.LogName(b.firstKey) }

// rejoin pastes B's block into A anew, which also makes A try at once.
func rejoin(t *testing.T, a, b *firmBox) {
	t.Helper()
	var by watches
	if err := b.get(t.Context(), "/audit/watches", &by); err != nil {
		t.Fatal(err)
	}
	var w witnesses
	if err := a.get(t.Context(), "/audit/witnesses", &w); err != nil {
		t.Fatal(err)
	}
	for _, one := range w.Witnesses {
		if err := a.call(t.Context(), http.MethodDelete, "/audit/witnesses?name="+one.Name, "", nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.post(t.Context(), "/audit/witnesses", map[string]string{"key": by.BoxBlock}, nil); err != nil {
		t.Fatal(err)
	}
}

// TestWitnessKilled kills a witnessing box while it cosigns: what it has answered
// it has kept, and what it has kept it goes on from.
func TestWitnessKilled(t *testing.T) {
	b := newBox(t)
	random := seeded(t)
	l := chaintest.New(uint64(random.Int64()), "other").Some(3)
	b.start(t)
	if err := b.post(t.Context(), "/audit/watches", map[string]string{"keys": l.FirstKey()}, nil); err != nil {
		t.Fatal(err)
	}
	answered, acknowledged := 0, uint64(0)
	for range count(t, "COFFRE_KILLS", 8) {
		from := watchedSize(t, b)
		if from < acknowledged {
			t.Fatalf("it has answered for %d entries, and knows of %d after", acknowledged, from)
		}
		done := make(chan uint64)
		go func() {
			size := from
			for {
				l.Some(1)
				if !cosigned(b, l, size) {
					done <- size
					return
				}
				size = l.Size()
			}
		}()
		time.Sleep(time.Duration(random.IntN(120)) * time.Millisecond)
		b.kill()
		if last := <-done; last > from {
			answered++
			acknowledged = last
		}
		b.start(t)
	}
	if from := watchedSize(t, b); !cosigned(b, l.Some(1), from) {
		t.Errorf("after the kills it does not go on from %d", from)
	}
	t.Logf("killed while it cosigned; %d times with answers before", answered)
}

func watchedSize(t *testing.T, b *firmBox) uint64 {
	t.Helper()
	var w watches
	if err := b.get(t.Context(), "/audit/watches", &w); err != nil || len(w.Watches) != 1 {
		t.Fatalf("%+v %v", w, err)
	}
	return w.Watches[0].Size
}

// cosigned shows a box the next checkpoint, by the plain protocol.
func cosigned(b *firmBox, l *chaintest.Log, from uint64) bool {
	u, err := chain.ProveForWitness(l, l.Header(), from, 0)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+connectors.WitnessPath, bytes.NewReader(u.AddCheckpoint()))
	if err != nil {
		return false
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
