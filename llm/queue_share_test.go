package llm

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// served lets waiters of firms join a busy queue and returns in which order they
// had their turn.
func served(t *testing.T, q *Queue, come []string, share map[string]int) string {
	t.Helper()
	leave, err := q.EnterFor(t.Context(), "busy", 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	turns := make(chan string)
	for i, firm := range come {
		go func() {
			done, err := q.EnterFor(t.Context(), firm, share[firm], nil)
			if err != nil {
				turns <- "?"
				return
			}
			turns <- firm
			done()
		}()
		for until := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
			if _, waiting := q.Load(); waiting == i+1 {
				break
			}
			if time.Now().After(until) {
				t.Fatal("nobody waits")
			}
		}
	}
	leave()
	var out strings.Builder
	for range come {
		out.WriteString(<-turns)
	}
	return out.String()
}

// TestQueueShares: firms that wait have turns by their shares, whoever came first;
// one alone waits for nobody.
func TestQueueShares(t *testing.T) {
	for name, c := range map[string]struct {
		come, want string
		share      map[string]int
	}{
		"one firm":      {"aaa", "aaa", nil},
		"equal":         {"aaabbb", "ababab", nil},
		"a third":       {"aaaabb", "", map[string]int{"b": 50}},
		"came too late": {"aaaab", "abaaa", nil},
	} {
		got := served(t, NewQueue(1, 100), strings.Split(c.come, ""), c.share)
		if name == "a third" {
			// b has one turn to two of a's, while both wait.
			if strings.Count(got[:3], "b") != 1 || strings.Count(got, "a") != 4 {
				t.Errorf("%s: %s", name, got)
			}
			continue
		}
		if got != c.want {
			t.Errorf("%s: %s instead of %s", name, got, c.want)
		}
	}
}

// TestQueueShareOfPlaces: a firm with a share can't fill the queue for the others.
func TestQueueShareOfPlaces(t *testing.T) {
	q := NewQueue(1, 4)
	leave, err := q.EnterFor(t.Context(), "a", 25, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	go q.EnterFor(t.Context(), "a", 25, nil)
	for until := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if _, waiting := q.Load(); waiting == 1 {
			break
		}
		if time.Now().After(until) {
			t.Fatal("nobody waits")
		}
	}
	if _, err := q.join(t.Context(), "a", 25); !errors.Is(err, ErrQueueFull) {
		t.Errorf("a second place of four: %v", err)
	}
	if _, err := q.join(t.Context(), "b", 100); err != nil {
		t.Error(err)
	}
}
