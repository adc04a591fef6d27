package index

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

const crashDir = "COFFRE_TEST_CRASH_DIR"

// TestCrashChild is the process that TestKill kills: change n indexes document
// n and every third one removes the document before. It says each change after
// Apply has returned.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("TestKill runs this in a process of its own")
	}
	ix := open(t, dir)
	for n := uint32(ix.Applied()) + 1; ; n++ {
		docs := []Doc{frenchDoc(n, 1, n, "préavis")}
		if n%3 == 0 {
			docs = append(docs, Doc{Ordinal: n - 1, Drop: []Span{{First: n - 1, N: 1}}})
		}
		if err := ix.Apply(context.Background(), uint64(n), docs); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("\n%d\n", n)
	}
}

// TestKill kills a writing process again and again. What it acknowledged is
// there, what is there fits its number, and no sound index is taken for a
// damaged one.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir, rnd := t.TempDir(), rand.New(rand.NewPCG(9, 9))
	for range 5 {
		acknowledged := killWriter(t, dir, "TestCrashChild", time.Duration(150+rnd.IntN(250))*time.Millisecond)
		ix, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		applied := uint32(ix.Applied())
		if applied < acknowledged {
			t.Errorf("applied %d, acknowledged %d", applied, acknowledged)
		}
		want := 0
		for n := uint32(1); n <= applied; n++ {
			ix.Load(Span{First: n, N: 1}, n, 1)
			if n%3 != 2 || n == applied {
				want++
			}
		}
		if got := ix.Stats().Passages; got != want {
			t.Errorf("%d passages after change %d, want %d", got, applied, want)
		}
		if err := ix.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestKillMeaning kills a process that embeds. What is there afterwards is
// sound and true, and embedding goes on.
func TestKillMeaning(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir, rnd, b := t.TempDir(), rand.New(rand.NewPCG(10, 10)), newBag("a")
	for range 5 {
		killWriter(t, dir, "TestCrashMeaningChild", time.Duration(100+rnd.IntN(250))*time.Millisecond)
		ix, err := Open(dir, Options{Texts: crashTexts})
		if err != nil {
			t.Fatal(err)
		}
		var there []Passage
		for n := uint32(1); n <= uint32(ix.Applied()); n++ {
			ix.Load(Span{First: n, N: 1}, n, 1)
			if ix.ledger.passages.get(n).indexed {
				there = append(there, crashPassage(n))
			}
		}
		embedBy(t, ix, b)
		waitEmbedded(t, ix)
		got := ask(t, ix, Query{Text: "leave 3", Legs: MeaningLeg, Limit: 20})
		if want := bruteForce(t, b, "leave 3", there); !sameOrder(got.Hits, want[:min(20, len(want))]) {
			t.Errorf("found %+v, want %+v", got.Hits, want)
		}
		if err := ix.Close(); err != nil {
			t.Error(err)
		}
	}
}

func crashPassage(n uint32) Passage {
	return Passage{Ordinal: n, Text: fmt.Sprint("leave ", n), Lang: "en"}
}

func crashTexts(_ context.Context, ordinals []uint32) (all []Passage, err error) {
	for _, o := range ordinals {
		all = append(all, crashPassage(o))
	}
	return all, nil
}

// TestCrashMeaningChild is the process that TestKillMeaning kills.
func TestCrashMeaningChild(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("TestKillMeaning runs this in a process of its own")
	}
	ix, err := Open(dir, Options{Texts: crashTexts})
	if err != nil {
		t.Fatal(err)
	}
	embedBy(t, ix, newBag("a"))
	for n := uint32(ix.Applied()) + 1; ; n++ {
		docs := []Doc{{Ordinal: n, Class: 1, Passages: []Passage{crashPassage(n)}}}
		if n%3 == 0 {
			docs = append(docs, Doc{Ordinal: n - 1, Drop: []Span{{First: n - 1, N: 1}}})
		}
		if err := ix.Apply(context.Background(), uint64(n), docs); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("\n%d\n", n)
	}
}

// killWriter runs the child for a while after its first change and returns the
// last change it has acknowledged.
func killWriter(t *testing.T, dir, child string, after time.Duration) (acknowledged uint32) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+child+"$")
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var timer *time.Timer
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if n, err := strconv.Atoi(lines.Text()); err == nil {
			acknowledged = uint32(n)
			if timer == nil {
				timer = time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
			}
		}
	}
	_ = cmd.Wait() // killed
	if timer == nil {
		t.Fatal("the writer did nothing")
	}
	return acknowledged
}
