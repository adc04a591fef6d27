package connectors

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/connectors/syslog"
	"coffre/connectors/syslog/syslogtest"
	"coffre/store"
)

// rsyslog is a real receiver, started by .ci/rsyslog.sh.
type rsyslog struct {
	dir  string
	port int
	cmd  *exec.Cmd
	said bytes.Buffer
}

func (r *rsyslog) start(t *testing.T) {
	t.Helper()
	r.cmd = exec.Command("../.ci/rsyslog.sh", r.dir, strconv.Itoa(r.port))
	r.cmd.Stderr = &r.said
	if err := r.cmd.Start(); err != nil {
		t.Skipf("no real receiver: %v; it needs bash, and rsyslog with rsyslog-openssl", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.cmd.Wait() }()
	for range 600 {
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() == 75 {
				t.Skip(strings.TrimSpace(r.said.String()))
			}
			t.Fatalf("rsyslog: %v: %s", err, r.said.String())
		default:
		}
		if c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(r.port)); err == nil {
			c.Close()
			t.Cleanup(func() { r.cmd.Process.Kill() })
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("rsyslog doesn't listen: %s", r.said.String())
}

// got reads what rsyslog wrote: by number, the text of each entry; and the notes.
func (r *rsyslog) got(t *testing.T) (entries map[string]string, notes []string) {
	t.Helper()
	entries = map[string]string{}
	b, _ := os.ReadFile(filepath.Join(r.dir, "received"))
	for line := range strings.SplitSeq(strings.TrimSuffix(string(b), "\n"), "\n") {
		f := strings.SplitN(line, " ", 5)
		if len(f) != 5 || f[2] != "acme" {
			continue
		}
		text := strings.TrimPrefix(strings.TrimLeft(f[4], " "), "\ufeff")
		if f[3] == msgCheckpoint {
			var m struct {
				Checkpoint string `json:"checkpoint"`
			}
			if err := json.Unmarshal([]byte(text), &m); err != nil {
				t.Fatalf("%v in %q", err, line)
			}
			notes = append(notes, m.Checkpoint)
			continue
		}
		entries[f[0]] = f[1] + " " + text
	}
	return entries, notes
}

// TestForwardToRsyslog forwards to a real rsyslogd over TLS, kills and restarts
// it in the middle, and holds the file that it wrote against the chain.
func TestForwardToRsyslog(t *testing.T) {
	ca := syslogtest.NewAuthority(t)
	r := &rsyslog{dir: t.TempDir()}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.port = free.Addr().(*net.TCPAddr).Port
	free.Close()
	cert, key := ca.Issue(t, time.Time{}, "127.0.0.1")
	for name, b := range map[string][]byte{"ca.pem": ca.PEM, "cert.pem": cert, "key.pem": key} {
		if err := os.WriteFile(filepath.Join(r.dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.start(t)
	b := newForwarding(t, t.TempDir(), quickPace)
	to := b.to(t, &syslogtest.Receiver{Port: r.port}, ca)
	b.start()
	b.write(t, 300)
	all := func() bool {
		head, _ := b.Head()
		entries, notes := r.got(t)
		if len(notes) == 0 {
			return false
		}
		cp, _, err := chain.OpenCheckpoint(notes[len(notes)-1])
		return err == nil && uint64(len(entries)) == head && cp.Size == head
	}
	until(t, "rsyslog has all of it", all)
	r.cmd.Process.Kill()
	b.write(t, 50)
	until(t, "the break is seen", func() bool { return b.f.State("acme").Connected.IsZero() })
	os.Remove(filepath.Join(r.dir, "pid"))
	r.start(t)
	until(t, "rsyslog has the rest", all)
	entries, _ := r.got(t)
	err = b.View(func(v *store.View) error {
		stored, err := v.EntriesAfter(0, 1000, 1<<30)
		for _, e := range stored {
			if want := e.Hash.String() + " " + string(e.Raw); entries[strconv.FormatUint(e.Seq, 10)] != want {
				t.Fatalf("entry %d is %q there", e.Seq, entries[strconv.FormatUint(e.Seq, 10)])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.f.Test(t.Context(), "acme", to); err != nil {
		t.Errorf("test message: %v", err)
	}
	to.CA = string(syslogtest.NewAuthority(t).PEM)
	if err := b.f.Test(t.Context(), "acme", to); codeOf(err) != syslog.FaultCertificate {
		t.Errorf("another authority: %v", err)
	}
}
