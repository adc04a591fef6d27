package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"coffre/chain"
)

// TestCopyPlanKeeps: the last copy of each day, week and month stays for as long as
// is set, and the newest for ever.
func TestCopyPlanKeeps(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) // a Monday
	at := func(days, hour int) time.Time {
		return time.Date(2026, 11, 23-days, hour, 0, 0, 0, time.UTC)
	}
	for _, c := range []struct {
		p    CopyPlan
		made []time.Time
		want string
	}{
		{CopyPlan{Daily: 2}, []time.Time{at(0, 9), at(0, 1), at(1, 1), at(2, 1)}, "1010"},
		{CopyPlan{Daily: 1, Weekly: 2}, []time.Time{at(0, 1), at(1, 1), at(2, 1), at(7, 1), at(8, 1)}, "11000"},
		{CopyPlan{Daily: 1, Monthly: 3}, []time.Time{at(0, 1), at(23, 1), at(24, 1), at(53, 1), at(54, 1), at(84, 1)}, "110010"},
		{CopyPlan{Daily: 1}, []time.Time{at(400, 1), at(401, 1)}, "10"},
		{CopyPlan{Daily: 1}, []time.Time{at(-3, 1), at(0, 1)}, "11"},
	} {
		got := ""
		for _, k := range c.p.keeps(c.made, now) {
			got += map[bool]string{true: "1", false: "0"}[k]
		}
		if got != c.want {
			t.Errorf("%+v: %s, want %s", c.p, got, c.want)
		}
	}
}

// TestCopyDue: a missed copy is made once, and a clock that jumps makes no storm.
func TestCopyDue(t *testing.T) {
	c := newCopied(t)
	now := time.Date(2026, 11, 25, 0, 30, 0, 0, time.Local)
	c.root.opts.Now = func() time.Time { return now }
	due := func(want bool) {
		t.Helper()
		p, _, err := c.root.copyPlan()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.root.copyDue(p); err != nil || got != want {
			t.Errorf("at %v: %v %v", now, got, err)
		}
	}
	due(true) // never one
	c.copy(t)
	due(false)
	now = now.Add(time.Hour) // one o'clock has come
	due(true)
	c.copy(t)
	due(false)
	now = now.AddDate(0, 0, 40) // off for long, or a clock ahead: one
	due(true)
	c.copy(t)
	due(false)
	now = now.AddDate(0, 0, -39) // set right again: at most once a day from now on
	due(false)
	c.plan(t, func(p *CopyPlan) { p.Days = []int{int(now.AddDate(0, 0, 1).Weekday())} })
	if s, err := c.root.Copies(); err != nil || s.Next.Weekday() != now.AddDate(0, 0, 1).Weekday() || s.Next.Hour() != 1 {
		t.Errorf("%v %v", s.Next, err)
	}
}

// TestCopyAnySequence: after any sequence of copies, additions, deletions, erasures
// and days, every copy that lies in the folder restores, and there is no object that
// none of them needs.
func TestCopyAnySequence(t *testing.T) {
	c := newCopied(t)
	c.plan(t, func(p *CopyPlan) { p.Daily, p.Weekly, p.Monthly = 2, 2, 1 })
	days := c.root.countDays()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range 10 {
		switch r.IntN(4) {
		case 0:
			c.docs = append(c.docs, c.add(t, c.admin, c.open, fmt.Sprintf("%d.txt", i), fmt.Sprintf("Texte numéro %d.", i)).ID)
		case 1:
			days.Add(1 + r.Int64N(9))
		case 2:
			if len(c.docs) > 1 {
				id := c.docs[0]
				c.docs = c.docs[1:]
				c.do(t, chain.DocumentDelete, func(tx *Tx) error { return tx.DeleteDocument(c.admin, id) })
			}
		}
		c.copy(t)
	}
	all, err := ListCopies(c.folder)
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	used := map[string]bool{}
	for _, f := range all {
		if _, err := VerifyBackup(t.Context(), VerifyBackupRequest{File: f.Path, Identity: c.identity}); err != nil {
			t.Errorf("seed %d: %s: %v", seed, f.Path, err)
		}
		sums, ok := sumsOf(f)
		if !ok {
			t.Errorf("no list beside %s", f.Path)
		}
		for path := range sums {
			used[path] = true
		}
	}
	for _, name := range c.files(t) {
		if strings.HasPrefix(name, "objects/") && !used[name] {
			t.Errorf("seed %d: nobody needs %s", seed, name)
		}
	}
}

// TestCopyFolderFaults: what is wrong with a folder is said, entered once, shown,
// and over once it is mended.
func TestCopyFolderFaults(t *testing.T) {
	c := newCopied(t)
	c.copy(t)
	link := filepath.Join(t.TempDir(), "link")
	file := filepath.Join(t.TempDir(), "file")
	if err := errors.Join(os.Symlink(c.folder, link), os.WriteFile(file, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for path, code := range map[string]string{
		"relative": "copy-path", c.folder + "/": "copy-path", filepath.Join(c.folder, "none"): "copy-missing", link: "copy-link", file: "copy-not-folder",
		c.root.Dir: "copy-inside", c.root.keys(): "copy-inside",
	} {
		if _, err := c.root.CheckCopyFolder(path); AsError(err).Code != code {
			t.Errorf("%s: %v", path, err)
		}
	}
	away := c.folder + ".away"
	if err := errors.Join(os.Rename(c.home(t), away)); err != nil {
		t.Fatal(err)
	}
	before, _ := c.Head()
	for range 3 {
		if _, err := c.root.MakeCopy(t.Context(), CopyRequest{By: System("copies"), Scheduled: true}); AsError(err).Code != "copy-gone" {
			t.Error(err)
		}
	}
	if after, _ := c.Head(); after != before+1 {
		t.Errorf("%d entries", after-before)
	}
	if s, err := c.root.Copies(); err != nil || s.Failed == nil || s.Failed.Code != "copy-gone" || s.Last == nil {
		t.Errorf("%+v %v", s, err)
	}
	if names := left(t, c.folder); len(names) != 0 {
		t.Errorf("written to an empty mount point: %v", names)
	}
	home, err := c.root.copyHomeOf(c.folder)
	if err != nil || os.Rename(away, home) != nil {
		t.Fatal(err)
	}
	c.copy(t)
	if s, _ := c.root.Copies(); s.Failed != nil {
		t.Errorf("%+v", s.Failed)
	}
	// Another data directory has taken it over.
	if err := os.WriteFile(filepath.Join(home, copyMark), []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.root.MakeCopy(t.Context(), CopyRequest{By: CLI("test")}); AsError(err).Code != "copy-other" {
		t.Error(err)
	}
}

// copyUntilKilled is a child of TestKilledCopy.
func copyUntilKilled(dir, step string) int {
	var days atomic.Int64
	r, err := OpenRoot(dir, Options{LockTimeout: 10 * time.Second, Now: func() time.Time { return time.Now().AddDate(0, 0, int(days.Load())) }})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	killAt(step)
	for range 3 {
		if _, err := r.MakeCopy(context.Background(), CopyRequest{By: CLI("x"), NoDrill: true}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		days.Add(3)
	}
	r.Close()
	return 0
}

// TestKilledCopy: killed at any moment of a copy or of a sweep, each copy in the
// folder restores, and the next one leaves no rubbish.
func TestKilledCopy(t *testing.T) {
	c := newCopied(t)
	c.plan(t, func(p *CopyPlan) { p.Daily, p.Weekly, p.Monthly = 2, 0, 0 })
	steps := []string{"copy-objects", "copy-file", "copy-sums", "copy-named", "copy-made", "sweep-entered", "sweep-run"}
	for _, step := range append(steps, moments(4, 900*time.Millisecond)...) {
		live := filepath.Join(t.TempDir(), "data")
		copyBox(t, c.root.Dir, live)
		killedChild(t, "__copy", live, step)
		all, err := ListCopies(c.folder)
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		for _, f := range all {
			if _, err := VerifyBackup(t.Context(), VerifyBackupRequest{File: f.Path, Identity: c.identity}); err != nil {
				t.Errorf("%s: %s: %v", step, f.Path, err)
			}
		}
		killedChild(t, "__copy", live, "never")
		for _, name := range c.files(t) {
			if strings.Contains(name, copyPart) {
				t.Errorf("%s: left behind: %s", step, name)
			}
		}
	}
}
