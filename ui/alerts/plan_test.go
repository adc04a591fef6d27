package alerts

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"coffre/store"
	"coffre/ui/health"
)

// watched is a firm's plan over simulated time.
type watched struct {
	at   time.Time
	st   store.AlertState
	told []string // kind and checks, as they were told
}

// look makes a report of "name:verdict" and what is to be told of it.
func (w *watched) look(after time.Duration, all ...string) {
	w.at = w.at.Add(after)
	r := health.Report{At: w.at}
	for _, one := range all {
		name, verdict, _ := strings.Cut(one, ":")
		r.Results = append(r.Results, health.Result{Name: name, Verdict: health.Verdict(verdict)})
	}
	st, letters := usualPace.plan(w.st, r, w.at, 8)
	w.st = st
	for _, l := range letters {
		names := func(all []health.Result) (out []string) {
			for _, x := range all {
				out = append(out, x.Name)
			}
			return out
		}
		line := l.kind + " " + strings.Join(append(names(l.now), l.well...), ",")
		if len(l.still) > 0 {
			line += " still " + strings.Join(names(l.still), ",")
		}
		w.told = append(w.told, line)
	}
}

func (w *watched) wants(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(w.told, want) {
		t.Errorf("told %q, want %q", w.told, want)
	}
	w.told = nil
}

func newWatched() *watched {
	w := &watched{at: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)}
	w.look(0)
	return w
}

const minute = time.Minute

// TestPlanOfOneProblem: once when it is sure, a reminder a day, once when it is
// well for good.
func TestPlanOfOneProblem(t *testing.T) {
	w := newWatched()
	w.look(5*minute, "disk:bad")
	w.wants(t)
	w.look(5*minute, "disk:bad")
	w.wants(t, "urgent disk")
	for range 12 {
		w.look(5*minute, "disk:bad")
	}
	w.wants(t)
	w.look(23*time.Hour, "disk:bad")
	w.wants(t, "reminder disk")
	w.look(5*minute, "disk:ok")
	w.wants(t)
	w.look(31*minute, "disk:ok")
	w.wants(t, "fine disk")
	w.look(24*time.Hour, "disk:ok")
	w.wants(t)
}

// TestPlanOfFlapping: what comes and goes is one problem, and what was bad for one
// look alone is none.
func TestPlanOfFlapping(t *testing.T) {
	w := newWatched()
	w.look(5*minute, "link:bad")
	w.look(5*minute, "link:ok")
	w.look(5*minute, "link:bad")
	w.look(2*minute, "link:bad")
	w.wants(t)
	w.look(5*minute, "link:bad")
	w.wants(t, "urgent link")
	for range 24 {
		w.look(5*minute, "link:ok")
		w.look(5*minute, "link:bad")
	}
	w.wants(t, "digest  still link")
	w.look(minute, "link:warn")
	w.look(40*minute, "link:warn")
	w.wants(t, "fine link")
}

func TestPlanOfSeveral(t *testing.T) {
	w := newWatched()
	w.look(minute, "a:bad", "b:bad", "c:warn")
	w.look(5*minute, "a:bad", "b:bad", "c:bad")
	w.wants(t, "urgent a,b")
	w.look(5*minute, "a:bad", "b:ok", "c:bad")
	w.wants(t, "urgent c still a")
	// What the urgent mail named as still bad is reminded of with it, a day on.
	w.look(24*time.Hour, "a:bad", "b:ok", "c:bad")
	w.wants(t, "reminder a,c", "fine b still a,c")
	w.look(2*time.Hour, "a:bad", "c:bad")
	w.wants(t, "digest  still a,c")
	w.look(5*minute, "d:warn") // checks of another version
	w.look(time.Hour, "d:warn")
	w.wants(t, "fine a,c")
}

// TestDigest: once a day at its hour, where there is anything to watch; not on the
// day on which alerts are turned on behind the hour, nor again after a clock that
// went back.
func TestDigest(t *testing.T) {
	w := newWatched()
	w.look(time.Hour, "a:warn")
	w.wants(t)
	w.look(time.Hour, "a:warn", "b:ok")
	w.wants(t, "digest a")
	for range 20 {
		w.look(time.Hour, "a:warn")
	}
	w.wants(t)
	w.look(6*time.Hour, "a:warn")
	w.wants(t, "digest a")
	w.look(-20*time.Hour, "a:warn")
	w.wants(t)
	w.look(44*time.Hour, "a:ok")
	w.wants(t)
	w.look(time.Hour, "a:warn")
	w.wants(t)
	late := &watched{at: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)}
	late.look(0, "a:warn")
	late.look(16*time.Hour, "a:warn")
	late.wants(t)
	late.look(2*time.Hour, "a:warn")
	late.wants(t, "digest a")
}

// TestPlanIsBounded: over a month of random reports no check has more than a
// mail's worth an hour, and nothing stays told that is well.
func TestPlanIsBounded(t *testing.T) {
	for seed := range uint64(20) {
		w, x := newWatched(), seed
		for range 30 * 24 * 12 {
			x = x*6364136223846793005 + 1442695040888963407
			var all []string
			for i, name := range []string{"a", "b", "c"} {
				all = append(all, name+":"+[]string{"ok", "warn", "bad"}[(x>>(20+8*i))%3])
			}
			w.look(5*minute, all...)
		}
		w.look(5*minute, "a:ok", "b:ok", "c:ok")
		w.look(time.Hour, "a:ok", "b:ok", "c:ok")
		if len(w.st.Told) != 0 {
			t.Errorf("seed %d: %v stay told", seed, w.st.Told)
		}
		count := map[string]int{}
		for _, line := range w.told {
			kind, _, _ := strings.Cut(line, " ")
			count[kind]++
		}
		if count[urgent] > 3*30*24*2 || count[digest] > 31 || count[reminder] > 31 {
			t.Errorf("seed %d: %s", seed, fmt.Sprint(count))
		}
	}
}
