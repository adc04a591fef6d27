package store

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"coffre/chain"
)

// exported makes a filtered export and reads it back.
func exported(t *testing.T, f *firm, req ExportRequest) (string, Export) {
	t.Helper()
	x, err := f.ExportFiltered(context.Background(), System("test"), req)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Remove()
	r, err := x.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil || int64(len(b)) != x.Bytes {
		t.Fatalf("read %d of %d bytes: %v", len(b), x.Bytes, err)
	}
	return string(b), x
}

// busyFirm has one entry a second from start on: reads by alice and carol in
// turn, every fifth denied.
func busyFirm(t *testing.T, n int) (f *firm, start time.Time) {
	t.Helper()
	var clock atomic.Int64 // the keys' keeper looks at it too
	now := func() time.Time { return time.Unix(clock.Load(), 0).UTC() }
	clock.Store(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).Unix())
	f = newFirmAt(t, t.TempDir(), now)
	start = now().Add(time.Minute)
	for i := range n {
		clock.Store(start.Unix() + int64(i))
		by, outcome := f.alice.Actor, chain.OK
		if i%2 == 1 {
			by = f.carol.Actor
		}
		if i%5 == 4 {
			outcome = chain.Denied
		}
		ev := chain.Event{Action: chain.DocumentRead, Outcome: outcome, Object: chain.Object{Kind: "document", ID: fmt.Sprint("d", i)}, Private: chain.Detail{"name": "=1+1"}}
		if _, err := f.Record(context.Background(), by, ev); err != nil {
			t.Fatal(err)
		}
	}
	clock.Add(3600)
	return f, start
}

func TestFilteredExport(t *testing.T) {
	f, start := busyFirm(t, 300)
	first := ""
	f.View(func(v *View) error { facts, err := v.Facts(); first = facts.FirstKey; return err })
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	for _, c := range []struct {
		name   string
		filter JournalFilter
		want   uint64
	}{
		{"by time, a neighbour on each side", JournalFilter{From: at(100), To: at(110)}, 12},
		{"the last ones", JournalFilter{From: at(290), To: at(300)}, 12},
		{"nothing at that time", JournalFilter{From: at(400), To: at(500)}, 2},
		{"by actor", JournalFilter{Actor: f.carol.Actor.ID}, 150},
		{"by class", JournalFilter{Class: "document"}, 300},
		{"by action", JournalFilter{Class: chain.DocumentRead, Outcome: chain.Denied}, 60},
		{"by actor and time", JournalFilter{Actor: f.alice.Actor.ID, From: at(0), To: at(10)}, 5},
		{"nobody", JournalFilter{Actor: "nobody"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			head, _ := f.Head()
			text, x := exported(t, f, ExportRequest{Filter: c.filter})
			rep, err := chain.VerifyExport(strings.NewReader(text), chain.VerifyOptions{FirstKey: first})
			if err != nil || !rep.OK || !rep.Authentic || rep.Entries != x.Entries {
				t.Fatalf("verify: %+v %v", rep, err)
			}
			if x.Entries != c.want {
				t.Errorf("%d entries, want %d", x.Entries, c.want)
			}
			seq, _ := f.Head()
			if seq != head+1 {
				t.Fatalf("%d entries about an export", seq-head)
			}
			var e JournalEntry
			f.View(func(v *View) (err error) { e, err = v.Entry(seq); return err })
			lines := strings.SplitAfter(text, "\n")
			if e.Action != chain.AuditExport || !strings.Contains(lines[len(lines)-2], fmt.Sprint(e.Detail["sha256"])) {
				t.Errorf("entry %+v says another hash than the export's end %q", e.Detail, lines[len(lines)-2])
			}
			if x.Entries > 1 && c.filter.byTime() {
				cut := strings.Join(append(append([]string{}, lines[:2]...), lines[3:]...), "")
				if rep, err := chain.VerifyExport(strings.NewReader(cut), chain.VerifyOptions{}); err == nil && rep.OK {
					t.Error("a line left out is not seen")
				}
			}
		})
	}
}

func TestWholeExport(t *testing.T) {
	f, _ := busyFirm(t, 20)
	told := uint64(0)
	text, x := exported(t, f, ExportRequest{Progress: func(done, _ uint64) { told = done }})
	rep, err := chain.VerifyExport(strings.NewReader(text), chain.VerifyOptions{})
	seq, _ := f.Head()
	if err != nil || !rep.OK || rep.Entries != x.Entries || rep.Entries != seq || told != seq {
		t.Errorf("%d entries, told of %d: %+v %v", x.Entries, told, rep, err)
	}
	if !strings.HasPrefix(text, `{"checkpoint"`) || !strings.Contains(text[:strings.Index(text, "\n")], `"complete":true`) {
		t.Error("an export of everything is not complete")
	}
}

func TestExportCSV(t *testing.T) {
	f, _ := busyFirm(t, 20)
	told := uint64(0)
	text, x := exported(t, f, ExportRequest{Form: ExportCSV, Filter: JournalFilter{Actor: f.alice.Actor.ID}, Private: true, Progress: func(done, _ uint64) { told = done }})
	rows, err := csv.NewReader(bytes.NewReader([]byte(strings.TrimPrefix(text, "\ufeff")))).ReadAll()
	if err != nil || uint64(len(rows)) != x.Entries+1 || x.Entries != 10 {
		t.Fatalf("%d rows for %d entries: %v", len(rows), x.Entries, err)
	}
	if got := rows[1][11]; got != `{"name":"=1+1"}` {
		t.Errorf("private part %q", got)
	}
	if told > x.Entries+1000 {
		t.Error("progress runs away")
	}
}

func TestHarmless(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "a", "=1": "'=1", "@x": "'@x", "-1": "'-1", "+1": "'+1", "é=": "é="} {
		if got := Harmless(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
