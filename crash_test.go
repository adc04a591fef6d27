package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// count reads how often something random is done: the environment says more
// where there is time for more.
func count(t *testing.T, env string, def int) int {
	t.Helper()
	s := os.Getenv(env)
	if s == "" {
		return def
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		t.Fatalf("%s=%s: want a number", env, s)
	}
	return n
}

// seeded is a source of chance that a failed run names; COFFRE_SEED repeats it.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(count(t, "COFFRE_SEED", int(time.Now().UnixNano()&0x7fffffff)))
	t.Logf("COFFRE_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// driver uses a box as people do and remembers what it acknowledged, and
// nothing that it did not.
type driver struct {
	*firmBox
	mu      sync.Mutex
	docs    map[string]*acked // by document id
	answers []uint64          // audit_seq
	asked   int
	n       int
	random  *rand.Rand
	pdf     []byte
}

type acked struct {
	name, word string // word is found in this document alone; "" for a PDF
	found      bool   // the index has shown it once
}

// TestKills kills a box at random moments of ingesting and asking, again and
// again on the same data: nothing that it acknowledged may be missing after.
func TestKills(t *testing.T) {
	kills := count(t, "COFFRE_KILLS", 8)
	pdf, err := os.ReadFile("testdata/demo/documents/charte-teletravail.pdf")
	if err != nil {
		t.Fatal(err)
	}
	d := &driver{firmBox: newBox(t), docs: map[string]*acked{}, random: seeded(t), pdf: pdf}
	early := 0
	for i := range kills {
		if d.random.IntN(4) == 0 {
			early++
			d.killAtStart(t)
		}
		d.start(t)
		d.findCollection(t)
		d.checkLeftovers(t)
		d.checkOnline(t)
		d.killAtWork()
		for _, bad := range []string{"DATA RACE", "panic", "level=ERROR"} {
			if strings.Contains(d.stderr.String(), bad) {
				t.Errorf("the box said %q before it was killed", bad)
			}
		}
		if i%2 == 0 { // otherwise the box itself is the first to see what is left
			d.checkOffline(t)
		}
		if t.Failed() {
			t.Fatalf("after kill %d of %d; the box said:\n%s", i+1, kills, d.stderr)
		}
	}
	d.start(t)
	d.findCollection(t)
	d.checkLeftovers(t)
	d.checkOnline(t)
	d.stop(t)
	d.checkOffline(t)
	if o := command(t, "audit", "verify", "--json", "--key", d.firstKey, "--data", d.dir); o.code != 0 || !strings.Contains(o.out, `"authentic":true`) {
		t.Errorf("audit verify: %+v", o)
	}
	t.Logf("%d kills at work, %d at the start: %d documents and %d answers of %d questions were acknowledged", kills, early, len(d.docs), len(d.answers), d.asked)
}

// killAtStart kills the box before or shortly after it is ready.
func (d *driver) killAtStart(t *testing.T) {
	d.launch(t)
	time.Sleep(d.upTo(400 * time.Millisecond))
	d.kill()
}

func (d *driver) upTo(most time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Duration(d.random.Int64N(int64(most)))
}

// killAtWork lets three files and two questions be under way at any moment,
// and kills.
func (d *driver) killAtWork() {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { d.repeat(ctx, d.oneUpload) })
	}
	for range 2 {
		wg.Go(func() { d.repeat(ctx, d.oneQuestion) })
	}
	wg.Go(func() { d.repeat(ctx, d.oneAudit) })
	time.Sleep(20*time.Millisecond + d.upTo(900*time.Millisecond))
	d.kill()
	cancel()
	wg.Wait()
}

// repeat goes on until the box is gone.
func (d *driver) repeat(ctx context.Context, act func(context.Context) error) {
	for ctx.Err() == nil {
		var refused *errStatus
		if err := act(ctx); err != nil && !errors.As(err, &refused) {
			return
		}
	}
}

func (d *driver) next() (n int, kind int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n++
	return d.n, d.random.IntN(12)
}

func (d *driver) oneUpload(ctx context.Context) error {
	n, kind := d.next()
	word := fmt.Sprintf("repere%s", letters(n))
	a := &acked{name: fmt.Sprintf("note-%d.md", n), word: word}
	text := fmt.Sprintf("# Dossier %d\n\nLe %s coûte %d euros.\n\nThe second paragraph is in English.\n", n, word, n)
	content := []byte(text)
	switch kind {
	case 0:
		a.name, a.word = fmt.Sprintf("charte-%d.pdf", n), ""
		content = fmt.Appendf(append([]byte{}, d.pdf...), "\n%% %d\n", n)
	case 1:
		var long strings.Builder
		long.WriteString(text)
		for i := range 800 {
			fmt.Fprintf(&long, "\nLe paragraphe %d du dossier parle du stock numéro %d et de sa livraison au printemps.\n", i, i*n)
		}
		content = []byte(long.String())
	}
	id, err := d.upload(ctx, a.name, content)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.docs[id] = a
	return nil
}

// letters writes a number in syllables, so that no analyzer takes it apart and
// no stemmer makes two of them one: it would fold doubled letters, and search
// would show ten others before the one that is looked for.
func letters(n int) string {
	out := ""
	for ; n > 0; n /= 10 {
		out = [...]string{"ba", "ce", "di", "fo", "gu", "ka", "lo", "mi", "no", "pu"}[n%10] + out
	}
	return out + "zark"
}

func (d *driver) oneQuestion(ctx context.Context) error {
	d.mu.Lock()
	d.asked++
	q := fmt.Sprintf("Combien coûte le repere%s ?", letters(1+d.random.IntN(d.n+1)))
	d.mu.Unlock()
	var a struct {
		AuditSeq uint64 `json:"audit_seq"`
	}
	if err := d.post(ctx, "/ask", map[string]any{"question": q}, &a); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers = append(d.answers, a.AuditSeq)
	return nil
}

// oneAudit makes copies of the database and the chain, which a kill must not
// leave behind.
func (d *driver) oneAudit(ctx context.Context) error {
	if err := d.post(ctx, "/audit/verify", map[string]any{}, nil); err != nil {
		return err
	}
	var export []byte
	return d.get(ctx, "/audit/export?private=1", &export)
}
