package connectors

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/chain"
	"coffre/connectors/syslog/syslogtest"
	"coffre/store"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "__forward" {
		forwardUntilKilled(os.Args[2])
	}
	os.Exit(m.Run())
}

func noteOf(t *testing.T, p syslogtest.Parsed) string {
	t.Helper()
	var text struct {
		Checkpoint string `json:"checkpoint"`
	}
	if err := json.Unmarshal([]byte(p.Text), &text); err != nil {
		t.Fatal(err)
	}
	return text.Checkpoint
}

func TestForward(t *testing.T) {
	ca := syslogtest.NewAuthority(t)
	for name, a := range map[string]*syslogtest.Authority{"TLS": ca, "clear": nil} {
		t.Run(name, func(t *testing.T) {
			r := syslogtest.Start(t, syslogtest.Options{By: a})
			b := newForwarding(t, t.TempDir(), quickPace)
			b.to(t, r, a)
			b.write(t, 600)
			b.start()
			all := func() bool { return complete(t, r.Got(), b.Tenant) && complete(t, r.Got(), b.root.Box) }
			until(t, "all is there", all)
			b.write(t, 5)
			until(t, "what came later is there", all)
			witness(t, r.Got(), b.Tenant)
			witness(t, r.Got(), b.root.Box)
			for _, p := range r.Got() {
				if strings.Contains(p.Text, "confidentiel") {
					t.Fatal("a private part left")
				}
			}
			head, _ := b.Head()
			until(t, "state", func() bool { return b.f.State("acme").Sent == head })
			if s := b.f.State("acme"); !s.On || s.Connected.IsZero() || s.Fault != "" || !s.Oldest.IsZero() || s.Note != head || s.Late(time.Now()) {
				t.Errorf("state %+v", s)
			}
			if _, _, again := arrived(t, r.Got(), "acme"); again != 0 || r.Connections() != 2 {
				t.Errorf("%d entries came twice over %d connections", again, r.Connections())
			}
		})
	}
}

// A receiver that breaks every connection after 6,000 bytes, mostly inside a
// message, gets everything in the end.
func TestForwardToReceiverThatBreaks(t *testing.T) {
	ca := syslogtest.NewAuthority(t)
	for name, a := range map[string]*syslogtest.Authority{"TLS": ca, "clear": nil} {
		t.Run(name, func(t *testing.T) {
			r := syslogtest.Start(t, syslogtest.Options{By: a, Cut: 6000})
			p := quickPace
			p.settle = 500 * time.Millisecond
			b := newForwarding(t, t.TempDir(), p)
			b.to(t, r, a)
			b.write(t, 40)
			b.start()
			until(t, "all is there", func() bool { return complete(t, r.Got(), b.Tenant) })
			witness(t, r.Got(), b.Tenant)
			if r.Connections() < 6 {
				t.Errorf("%d connections", r.Connections())
			}
		})
	}
}

// Nobody listens for long: one entry says so, one that it works again, and what
// was written meanwhile arrives.
func TestForwardFailsAndResumes(t *testing.T) {
	ca := syslogtest.NewAuthority(t)
	gone := syslogtest.Start(t, syslogtest.Options{By: ca})
	gone.Stop()
	p := quickPace
	p.tell, p.settle = 50*time.Millisecond, 50*time.Millisecond
	b := newForwarding(t, t.TempDir(), p)
	b.to(t, gone, ca)
	b.write(t, 10)
	b.start()
	count := func(action string) (n int) {
		b.View(func(v *store.View) error {
			all, _, err := v.Journal(store.JournalFilter{Class: action, Limit: 1000})
			n = len(all)
			return err
		})
		return n
	}
	until(t, "told", func() bool { return count(chain.ForwardFail) == 1 })
	until(t, "seen", func() bool { return b.f.State("acme").Fault == "forward-refused" })
	if s := b.f.State("acme"); s.Failing.IsZero() || s.Next.IsZero() || s.Oldest.IsZero() || !s.Connected.IsZero() || !s.Late(time.Now().Add(25*time.Hour)) {
		t.Errorf("state %+v", s)
	}
	time.Sleep(200 * time.Millisecond)
	r := syslogtest.Start(t, syslogtest.Options{By: ca, Addr: "127.0.0.1:" + strconv.Itoa(gone.Port)})
	until(t, "resumed", func() bool { return count(chain.ForwardResume) == 1 })
	until(t, "all is there", func() bool { return complete(t, r.Got(), b.Tenant) })
	witness(t, r.Got(), b.Tenant)
	if n, m := count(chain.ForwardFail), count(chain.ForwardResume); n != 1 || m != 1 {
		t.Errorf("%d failures and %d resumptions entered", n, m)
	}
	until(t, "well", func() bool { s := b.f.State("acme"); return s.Fault == "" && s.Failing.IsZero() })
}

// A receiver that reads nothing holds nobody up and loses nothing.
func TestForwardToDeafReceiver(t *testing.T) {
	deaf := syslogtest.Start(t, syslogtest.Options{Deaf: true})
	p := quickPace
	p.write = time.Hour
	b := newForwarding(t, t.TempDir(), p)
	b.to(t, deaf, nil)
	b.start()
	until(t, "connected", func() bool { return deaf.Connections() > 0 })
	var wg sync.WaitGroup
	for range 400 { // more than the network's buffers hold
		ev := chain.Event{Action: chain.AnswerGive, Object: chain.Object{Kind: "conversation", ID: "c"}, Detail: chain.Detail{"model": strings.Repeat("x", 40_000)}}
		wg.Go(func() { b.Record(context.Background(), store.System("test"), ev) })
	}
	wg.Wait()
	until(t, "it is stuck", func() bool {
		sent := b.f.State("acme").Sent
		time.Sleep(100 * time.Millisecond)
		return sent == b.f.State("acme").Sent
	})
	if head, _ := b.Head(); b.f.State("acme").Sent == head {
		t.Fatal("the network held it all")
	}
	b.stop()
	b.stop = func() {}
	b.View(func(v *store.View) error {
		m, err := v.ForwardMark("127.0.0.1:" + strconv.Itoa(deaf.Port))
		if m.Sent != 0 {
			t.Errorf("settled up to %d with a receiver that reads nothing", m.Sent)
		}
		return err
	})
}

func TestForwardAfterRestart(t *testing.T) {
	ca := syslogtest.NewAuthority(t)
	r := syslogtest.Start(t, syslogtest.Options{By: ca})
	dir := t.TempDir()
	t.Run("first", func(t *testing.T) {
		b := newForwarding(t, dir, quickPace)
		b.to(t, r, ca)
		b.write(t, 20)
		b.start()
		until(t, "all is there", func() bool { return complete(t, r.Got(), b.Tenant) })
	})
	b := newForwarding(t, dir, quickPace)
	b.start()
	b.write(t, 3)
	until(t, "all is there", func() bool { return complete(t, r.Got(), b.Tenant) })
	b.View(func(v *store.View) error {
		m, err := v.ForwardMark("127.0.0.1:" + strconv.Itoa(r.Port))
		if m.Sent != 0 {
			t.Errorf("settled up to %d within a moment", m.Sent)
		}
		return err
	})
	before := len(r.Got())
	b.f.Resend("acme", 2)
	until(t, "sent again", func() bool { return len(r.Got()) > before+20 })
	b.write(t, 1)
	until(t, "all is there", func() bool { return complete(t, r.Got(), b.Tenant) })
	witness(t, r.Got(), b.Tenant)
}

// forwardUntilKilled writes and forwards until somebody kills it.
func forwardUntilKilled(dir string) {
	t := &testing.T{}
	root, err := store.OpenRoot(dir, store.Options{Ways: NamedWays})
	if err != nil {
		os.Exit(3)
	}
	tn, _, err := root.Acquire("acme")
	if err != nil {
		os.Exit(4)
	}
	b := &forwarding{Tenant: tn, root: root, f: NewForwarder(root, plainDial, nil)}
	b.f.pace = quickPace
	b.start()
	for {
		b.write(t, 1)
	}
}

// TestForwardKilled kills the sending box with -9 again and again: what its
// chain holds in the end is at the receiver.
func TestForwardKilled(t *testing.T) {
	ca := syslogtest.NewAuthority(t)
	r := syslogtest.Start(t, syslogtest.Options{By: ca})
	dir := t.TempDir()
	t.Run("set up", func(t *testing.T) { newForwarding(t, dir, quickPace).to(t, r, ca) })
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		before := len(r.Got())
		child := exec.Command(exe, "__forward", dir)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		until(t, "the child sends", func() bool { return len(r.Got()) > before+30 })
		child.Process.Kill()
		child.Wait()
	}
	b := newForwarding(t, dir, quickPace)
	b.start()
	b.write(t, 1)
	until(t, "all is there", func() bool { return complete(t, r.Got(), b.Tenant) })
	witness(t, r.Got(), b.Tenant)
	_, _, again := arrived(t, r.Got(), "acme")
	t.Logf("%d messages, %d entries came more than once", len(r.Got()), again)
}
