package ui

import (
	"context"
	"encoding/pem"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/connectors"
	"coffre/store"
	"coffre/ui/words"
)

// pair is a box A whose journal a box B witnesses, over HTTPS.
type pair struct {
	t        *testing.T
	a, b     *box
	admin    caller // of B
	adminA   caller
	pusher   *connectors.WitnessPush
	name     string // of B's witness key
	log      string // A's journal
	reach    func() string
	snapshot string
}

// lone is a box with one firm, which answers to any name.
func lone(t *testing.T, id string) *box {
	t.Helper()
	x := emptyBox(t, nil)
	if _, err := x.root.CreateTenant(x.ctx, store.Operator("test").Actor, store.NewTenant{ID: id, Firm: "Firm " + id}); err != nil {
		t.Fatal(err)
	}
	x.a = x.acquire(id)
	return x
}

// meet makes B a witness of A, by the two texts that people copy.
func meet(t *testing.T) *pair {
	t.Helper()
	p := &pair{t: t, a: lone(t, "acme"), b: lone(t, "guard")}
	p.reach = func() string { return p.b.web.Listener.Addr().String() }
	p.adminA = p.a.session(p.a.person(p.a.a, "ada", store.Admin))
	p.admin = p.b.session(p.b.person(p.b.a, "bea", store.Admin))
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.b.web.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	p.b.server.CAFile = ca
	p.pusher = connectors.NewWitnessPush(p.a.root, p.dial, nil)
	p.a.server.Witness = p.pusher
	var of, by watchesJSON
	p.a.call(p.adminA, "GET", "/api/v1/audit/watches", nil).json(t, &of)
	p.admin.host = "example.com" // the name in the test's certificate
	if res := p.b.call(p.admin, "POST", "/journal/watches", url.Values{"keys": {strings.ReplaceAll(of.LogBlock, "\n", "\r\n")}}); res.status != http.StatusSeeOther {
		t.Fatalf("B does not become a witness: %d %s", res.status, res.body)
	}
	p.b.call(p.admin, "GET", "/api/v1/audit/watches", nil).json(t, &by)
	var w witnessJSON
	p.a.call(p.adminA, "POST", "/api/v1/audit/witnesses", map[string]string{"key": by.BoxBlock}).json(t, &w)
	if len(by.Watches) != 1 || w.Address != "https://example.com" {
		t.Fatalf("%+v %+v", by, w)
	}
	p.name, p.log = w.Name, by.Watches[0].Log
	return p
}

func (p *pair) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, p.reach())
}

// bring shows A's checkpoint to B, and returns the code of what went wrong.
func (p *pair) bring() string {
	p.t.Helper()
	if err := p.pusher.Bring(p.t.Context(), "acme", p.name); err != nil {
		return store.AsError(err).Code
	}
	return ""
}

func (p *pair) act() { p.a.do(p.a.a, chain.ModelList, func(*store.Tx) error { return nil }) }

// seen is what A's list says of B, and B's of A.
func (p *pair) seen() (w store.Witness, of store.Watched) {
	p.t.Helper()
	err := p.a.a.View(func(v *store.View) (err error) { w, err = v.Witness(p.name); return err })
	if err == nil {
		err = p.b.a.View(func(v *store.View) (err error) { of, err = v.Watch(p.log); return err })
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return w, of
}

func TestBoxesWitness(t *testing.T) {
	p := meet(t)
	for i := range 3 {
		p.act()
		if i == 2 {
			if _, err := p.a.a.RotateKey(t.Context(), store.System("test")); err != nil {
				t.Fatal(err)
			}
		}
		head, _ := p.a.a.Head()
		if code := p.bring(); code != "" {
			t.Fatalf("round %d: %s", i, code)
		}
		w, of := p.seen()
		if w.Size != head || of.State.Size != head || w.Seen.IsZero() || of.State.Checkpoint == "" {
			t.Fatalf("round %d of %d entries: A says %d, B %d", i, head, w.Size, of.State.Size)
		}
	}
	var quiet bool
	err := p.a.a.View(func(v *store.View) error {
		w, err := v.Witness(p.name)
		if err != nil {
			return err
		}
		news, err := v.NewsFor(w)
		quiet = !news
		return err
	})
	if err != nil || !quiet {
		t.Errorf("a cosignature is news by itself, and two boxes would never rest: %v", err)
	}
	page := p.a.call(p.adminA, "GET", "/journal/witnesses", nil)
	if !strings.Contains(page.body, p.name) || !strings.Contains(page.body, "https://example.com") {
		t.Error("A's page does not show the witness")
	}
	page = p.b.call(p.admin, "GET", "/journal/witnesses", nil)
	if !strings.Contains(page.body, p.log) {
		t.Error("B's page does not show the journal")
	}
}

// TestBoxWitnessForgets: A's answer was lost, or A keeps another size than B;
// it is told and goes on.
func TestBoxWitnessForgets(t *testing.T) {
	p := meet(t)
	if code := p.bring(); code != "" {
		t.Fatal(code)
	}
	// B saw more than A's list says: as if the answer had not arrived.
	p.act()
	var u chain.WitnessUpdate
	w, _ := p.seen()
	if err := p.a.a.View(func(v *store.View) (err error) { u, err = v.WitnessUpdate(w.Size, 0); return err }); err != nil {
		t.Fatal(err)
	}
	if _, err := p.b.a.TakeCheckpoint(t.Context(), u, ""); err != nil {
		t.Fatal(err)
	}
	p.act()
	head, _ := p.a.a.Head()
	if code := p.bring(); code != "" {
		t.Fatal(code)
	}
	if w, of := p.seen(); w.Size != head || of.State.Size != head {
		t.Errorf("%d and %d of %d", w.Size, of.State.Size, head)
	}
}

// TestBoxWitnessUnreachable: failures are words, and end by themselves.
func TestBoxWitnessUnreachable(t *testing.T) {
	p := meet(t)
	there := p.reach
	p.reach = func() string { return "127.0.0.1:1" }
	if err := p.pusher.Bring(t.Context(), "acme", p.name); err == nil {
		t.Error("nothing listens there, and it went well")
	}
	p.reach = there
	if err := p.b.a.DropWatch(t.Context(), store.System("test"), p.log, ""); err != nil {
		t.Fatal(err)
	}
	if code := p.bring(); code != "witness-unknown-log" {
		t.Errorf("a witness that knows nothing of it: %q", code)
	}
	elsewhere := lone(t, "other")
	p.reach = func() string { return elsewhere.web.Listener.Addr().String() }
	if code := p.bring(); code != "witness-unknown-log" {
		t.Errorf("another box: %q", code)
	}
}

// TestBoxWitnessAdmin: a box opens a way out, which an auditor can't do.
func TestBoxWitnessAdmin(t *testing.T) {
	p := meet(t)
	var by watchesJSON
	p.b.call(p.admin, "GET", "/api/v1/audit/watches", nil).json(t, &by)
	if err := p.a.a.DropWitness(t.Context(), store.System("test"), p.name, ""); err != nil {
		t.Fatal(err)
	}
	auditor := p.a.session(p.a.person(p.a.a, "aud", store.Auditor))
	if res := p.a.call(auditor, "POST", "/api/v1/audit/witnesses", map[string]string{"key": by.BoxBlock}); res.status != http.StatusForbidden {
		t.Errorf("an auditor adds a box: %d", res.status)
	}
	ways := 0
	if err := p.a.a.View(func(v *store.View) error {
		w, err := connectors.Ways(v)
		ways = len(w)
		return err
	}); err != nil || ways != 0 {
		t.Errorf("%d ways to a witness that was dropped, %v", ways, err)
	}
}

// TestBoxWitnessSeesRollback: the whole data directory of A is put back to an
// earlier day. Both boxes turn red, whether the journal is still shorter than
// it was or has grown past it, with or without a new key.
func TestBoxWitnessSeesRollback(t *testing.T) {
	for name, c := range map[string]struct {
		grow   int
		rotate bool
		code   string
		alarm  string
	}{
		"shorter":            {0, false, "witness-ahead", "watch-shrunk"},
		"shorter, a new key": {0, true, "witness-ahead", "watch-shrunk"},
		"grown":              {30, false, "witness-fork", "watch-fork"},
		"grown, a new key":   {30, true, "witness-fork", "watch-fork"},
	} {
		t.Run(name, func(t *testing.T) {
			p := meet(t)
			if code := p.bring(); code != "" {
				t.Fatal(code)
			}
			p.snapshotA()
			for range 12 {
				p.act()
			}
			if code := p.bring(); code != "" {
				t.Fatal(code)
			}
			p.rollBack()
			if c.rotate {
				if _, err := p.a.a.RotateKey(t.Context(), store.System("test")); err != nil {
					t.Fatal(err)
				}
			}
			for range c.grow {
				p.act()
			}
			if code := p.bring(); code != c.code {
				t.Errorf("A hears %q, want %q", code, c.code)
			}
			w, of := p.seen()
			if w.Refusal == nil || w.Refusal.Code != c.code || !w.Refusal.Told {
				t.Errorf("A keeps %+v", w.Refusal)
			}
			if !of.Red() || of.Alarm.Code != c.alarm {
				t.Fatalf("B keeps %+v", of.Alarm)
			}
			before, _ := p.a.a.Head()
			if code := p.bring(); code != c.code {
				t.Errorf("once more: %q", code)
			}
			if now, _ := p.a.a.Head(); now != before {
				t.Error("the same refusal makes entries again and again")
			}
			p.looksRed()
		})
	}
}

func (p *pair) snapshotA() {
	p.t.Helper()
	p.snapshot = p.t.TempDir()
	if err := os.CopyFS(p.snapshot, os.DirFS(p.a.dir)); err != nil {
		p.t.Fatal(err)
	}
}

// rollBack makes A the box of the snapshot.
func (p *pair) rollBack() {
	p.t.Helper()
	os.Remove(filepath.Join(p.snapshot, "lock"))
	root, err := store.OpenRoot(p.snapshot, store.Options{Now: p.a.clock.now})
	if err != nil {
		p.t.Fatal(err)
	}
	tenant, release, err := root.Acquire("acme")
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { release(); root.Close() })
	p.a.a = tenant
	p.pusher = connectors.NewWitnessPush(root, p.dial, nil)
}

// looksRed: B's people see the alarm on any page until one takes note.
func (p *pair) looksRed() {
	p.t.Helper()
	const words = "n’est plus celui qu’elle avait vu"
	if page := p.b.call(p.admin, "GET", "/settings", nil); !strings.Contains(page.body, words) {
		p.t.Error("no alarm on another page of B")
	}
	if res := p.b.call(p.admin, "GET", "/journal/watches/evidence?log="+url.QueryEscape(p.log), nil); res.status != http.StatusOK || !strings.Contains(res.body, "coffre-witness-evidence/v1") {
		p.t.Errorf("the evidence: %d", res.status)
	}
	if res := p.b.call(p.admin, "POST", "/journal/watches/note", url.Values{"log": {p.log}}); res.status != http.StatusSeeOther {
		p.t.Errorf("take note: %d", res.status)
	}
	if page := p.b.call(p.admin, "GET", "/settings", nil); strings.Contains(page.body, words) {
		p.t.Error("the alarm stays after it was noted")
	}
}

// TestVerdictNamesWitnesses: a verdict and the night's line say of each witness
// what it came to, and which box can't be reached.
func TestVerdictNamesWitnesses(t *testing.T) {
	p := meet(t)
	if code := p.bring(); code != "" {
		t.Fatal(code)
	}
	w, _ := p.seen()
	p.act()
	p.reach = func() string { return "127.0.0.1:1" }
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); p.pusher.Run(ctx) }()
	for deadline := time.Now().Add(time.Minute); p.pusher.State("acme", p.name).Fault == ""; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the witness is never found to be away")
		}
	}
	stop()
	<-ended
	if res := p.a.call(p.adminA, "POST", "/journal/verify", url.Values{}); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	held := "Témoin " + p.name + ", jusqu’à l’entrée " + strconv.FormatUint(w.Size, 10)
	away := "Témoin " + p.name + " : injoignable depuis le "
	var body string
	for deadline := time.Now().Add(time.Minute); !strings.Contains(body, `data-verdict="sound"`); time.Sleep(10 * time.Millisecond) {
		if body = plainSpaces(p.a.call(p.adminA, "GET", "/journal", nil).body); time.Now().After(deadline) {
			t.Fatal("no verdict within a minute")
		}
	}
	for _, want := range []string{held, away} {
		if !strings.Contains(body, want) {
			t.Errorf("the verdict does not say %q", want)
		}
	}
}

// plainSpaces makes typographic spaces ordinary ones, for comparison.
func plainSpaces(s string) string {
	return strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(s)
}

// TestAlarmNamesWitness: what a red night's alarm says of witnesses.
func TestAlarmNamesWitness(t *testing.T) {
	q := &request{lang: words.French}
	for name, c := range map[string]struct {
		all  []store.WitnessStanding
		want string
	}{
		"nobody":      {nil, ""},
		"not reached": {[]store.WitnessStanding{{Name: "a", Size: 3, State: store.WitnessOpen}, {Name: "b", State: store.WitnessNever}}, ""},
		"the furthest": {[]store.WitnessStanding{{Name: "a", Size: 30, State: store.WitnessBeyond}, {Name: "b", Size: 70, State: store.WitnessBeyond}},
			"Témoin b : il a contresigné le journal jusqu’à l’entrée 70"},
		"contradicted": {[]store.WitnessStanding{{Name: "a", Size: 30, State: store.WitnessBeyond}, {Name: "b", Size: 7, State: store.WitnessBroken}},
			"Témoin b : le journal contredit ce qu’il a contresigné, jusqu’à l’entrée 7."},
	} {
		got := plainSpaces(q.witnessed(store.Nightly{Witnesses: c.all}))
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
