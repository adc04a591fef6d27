package connectors

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	"coffre/chain"
	"coffre/connectors/syslog/syslogtest"
	"coffre/store"
)

func plainDial(ctx context.Context, network, addr string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, addr)
}

var quickPace = pace{
	look: 5 * time.Millisecond, settle: time.Minute, orderly: time.Minute, save: 10 * time.Millisecond,
	again: 5 * time.Millisecond, longest: 50 * time.Millisecond, tell: time.Hour, write: 10 * time.Second,
}

// forwarding is a box with one firm whose chains go to a receiver.
type forwarding struct {
	*store.Tenant
	root *store.Root
	f    *Forwarder
	stop func()
}

func newForwarding(t *testing.T, dir string, p pace) *forwarding {
	t.Helper()
	root, err := store.OpenRoot(dir, store.Options{Ways: NamedWays})
	if err != nil {
		t.Fatal(err)
	}
	if all, err := root.Tenants(); err != nil || len(all) == 0 {
		if _, err := root.CreateTenant(context.Background(), store.System("test"), store.NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
			t.Fatal(err)
		}
	}
	tn, release, err := root.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	b := &forwarding{Tenant: tn, root: root, f: NewForwarder(root, plainDial, nil), stop: func() {}}
	b.f.pace = p
	t.Cleanup(func() {
		b.stop()
		release()
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// start runs the forwarder; stop ends it in order.
func (b *forwarding) start() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); b.f.Run(ctx) }()
	b.stop = func() { cancel(); <-done }
}

func (b *forwarding) to(t *testing.T, r *syslogtest.Receiver, a *syslogtest.Authority) store.ForwardTarget {
	t.Helper()
	to := store.ForwardTarget{Host: "127.0.0.1", Port: r.Port, Clear: a == nil}
	if a != nil {
		to.CA = string(a.PEM)
	}
	to, err := CheckForwardTarget(to)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Update(context.Background(), store.System("test"), chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error { return tx.PutForwardTarget(to) })
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func (b *forwarding) write(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		ev := chain.Event{
			Action: chain.AnswerGive, Outcome: []string{chain.OK, chain.Denied, chain.Failed}[i%3], Object: chain.Object{Kind: "conversation", ID: strconv.Itoa(i)},
			Detail: chain.Detail{"model": "é \"]\\ \n"}, Private: chain.Detail{"answer": "confidentiel"},
		}
		if _, err := b.Record(context.Background(), store.System("test"), ev); err != nil {
			t.Fatal(err)
		}
	}
}

// arrived reads what the receiver has of a chain: entries by number, and the
// newest checkpoint. It fails on an entry that came in two forms.
func arrived(t *testing.T, all []syslogtest.Parsed, tenant string) (entries map[uint64]syslogtest.Parsed, note string, again int) {
	t.Helper()
	entries = map[uint64]syslogtest.Parsed{}
	size := uint64(0)
	for _, p := range all {
		d := p.Data["coffre@32473"]
		if d["tenant"] != tenant || p.MsgID == msgTest {
			continue
		}
		if p.MsgID == msgCheckpoint {
			if n := noteOf(t, p); number(t, d["size"]) >= size {
				size, note = number(t, d["size"]), n
			}
			continue
		}
		seq := number(t, d["seq"])
		if old, ok := entries[seq]; ok {
			if again++; old.Text != p.Text || old.Data["coffre@32473"]["chain_hash"] != d["chain_hash"] {
				t.Errorf("entry %d came in two forms", seq)
			}
		}
		entries[seq] = p
	}
	return entries, note, again
}

func number(t *testing.T, s string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// complete tells whether the receiver has every entry of a chain, and a
// checkpoint of all of them.
func complete(t *testing.T, all []syslogtest.Parsed, tn *store.Tenant) bool {
	t.Helper()
	head, _ := tn.Head()
	got, note, _ := arrived(t, all, tn.ID)
	cp, _, err := chain.OpenCheckpoint(note)
	return uint64(len(got)) == head && err == nil && cp.Size == head
}

// witness rebuilds a chain from what the receiver has and nothing else: hashes
// from the texts, and the tree's root from the hashes.
func witness(t *testing.T, all []syslogtest.Parsed, tn *store.Tenant) {
	t.Helper()
	got, note, _ := arrived(t, all, tn.ID)
	cp, _, err := chain.OpenCheckpoint(note)
	if err != nil {
		t.Fatal(err)
	}
	prev, err := tn.Customer.Genesis()
	if err != nil {
		t.Fatal(err)
	}
	var tree chain.Range
	for seq := uint64(1); seq <= cp.Size; seq++ {
		p, ok := got[seq]
		if !ok {
			t.Fatalf("entry %d of %s is missing", seq, tn.ID)
		}
		prev = chain.Link(prev, []byte(p.Text))
		if prev.String() != p.Data["coffre@32473"]["chain_hash"] {
			t.Fatalf("entry %d of %s has another hash", seq, tn.ID)
		}
		payload, err := chain.ParsePayload([]byte(p.Text))
		if err != nil || payload.Action != p.MsgID || !payload.Time.Equal(p.Time) || p.App != "coffre" || p.Facility != 13 || !p.BOM {
			t.Fatalf("entry %d of %s: %+v, %v", seq, tn.ID, p, err)
		}
		if want := map[string]int{chain.OK: 6, chain.Denied: 4, chain.Failed: 3}[payload.Outcome]; p.Severity != want {
			t.Errorf("entry %d: severity %d", seq, p.Severity)
		}
		tree.Append(prev)
	}
	if tree.Root() != cp.Root {
		t.Errorf("%s: the checkpoint is not of these entries", tn.ID)
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 6000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}
