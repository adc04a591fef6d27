package unit

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func complete(t *testing.T, o Options) Options {
	t.Helper()
	o, err := o.Complete()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestUnitIsHardened(t *testing.T) {
	u := complete(t, Options{System: Systemd, Write: []string{"/mnt/sauve garde"}}).Unit()
	for _, line := range []string{
		"User=coffre", "NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "StateDirectory=coffre", "CapabilityBoundingSet=",
		"RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK", "SystemCallFilter=@system-service", "ProtectHome=yes",
		`ReadWritePaths="/mnt/sauve garde"`, "ExecStart=/usr/local/bin/coffre serve --data /var/lib/coffre --listen :8443",
	} {
		if !strings.Contains(u, "\n"+line+"\n") {
			t.Errorf("the unit lacks %q", line)
		}
	}
	if strings.Contains(u, "CAP_NET_BIND") {
		t.Error("a capability that port 8443 doesn't need")
	}
	low := complete(t, Options{System: Systemd, Listen: ":443", HTTP: ":80", Data: "/home/box/data"}).Unit()
	for _, line := range []string{"AmbientCapabilities=CAP_NET_BIND_SERVICE", "ReadWritePaths=/home/box/data", "ProtectHome=no"} {
		if !strings.Contains(low, "\n"+line+"\n") {
			t.Errorf("the unit lacks %q", line)
		}
	}
}

// TestUnitVerifies asks systemd itself, where it is installed.
func TestUnitVerifies(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("no systemd-analyze here: apt-get install systemd")
	}
	o := complete(t, Options{System: Systemd, Binary: "/bin/true", Listen: ":443", HTTP: ":80", User: "daemon", Write: []string{"/mnt/sauve garde"}})
	path := filepath.Join(t.TempDir(), "coffre.service")
	if err := os.WriteFile(path, []byte(o.Unit()), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("systemd-analyze", "verify", "--man=no", path).CombinedOutput()
	if err != nil || strings.Contains(string(out), "coffre.service:") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// TestPlistParses reads the list with a parser of its own, word by word.
func TestPlistParses(t *testing.T) {
	o := complete(t, Options{System: Launchd, HTTP: ":80", Write: []string{"/Volumes/a & b"}})
	d := xml.NewDecoder(strings.NewReader(o.Plist()))
	var texts []string
	depth := 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if s := strings.TrimSpace(string(tok)); s != "" {
				texts = append(texts, s)
			}
		}
	}
	all := strings.Join(texts, "|")
	for _, want := range []string{"Label|coffre|ProgramArguments|/usr/local/bin/coffre|serve|--data|/Library/Application Support/coffre|--listen|:8443|--http|:80", "UserName|_coffre", "Umask|63"} {
		if !strings.Contains(all, want) {
			t.Errorf("the list lacks %q in %s", want, all)
		}
	}
	if depth != 0 {
		t.Error("an element stays open")
	}
}

func TestOptionsAreRefused(t *testing.T) {
	for name, o := range map[string]Options{
		"system":        {System: "upstart"},
		"relative":      {System: Systemd, Data: "data"},
		"root":          {System: Systemd, Data: "/"},
		"line":          {System: Systemd, Data: "/var/lib/x\nExecStart=/bin/sh"},
		"specifier":     {System: Systemd, Write: []string{"/mnt/%h"}},
		"quote":         {System: Systemd, Data: `/var/lib/"x`},
		"account":       {System: Systemd, User: "root"},
		"account space": {System: Systemd, User: "a b"},
		"address":       {System: Systemd, Listen: "8443"},
		"port":          {System: Systemd, HTTP: ":99999"},
		"address words": {System: Systemd, Listen: "x --demo:1"},
	} {
		if _, err := o.Complete(); !errors.Is(err, ErrOption) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInstallBelowARoot(t *testing.T) {
	program := filepath.Join(t.TempDir(), "coffre")
	if err := os.WriteFile(program, []byte("program"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, system := range []string{Systemd, Launchd} {
		o := complete(t, Options{System: system, Source: program})
		root := t.TempDir()
		never := func(s Step) error { t.Errorf("ran %s below a root", s.Line()); return nil }
		for range 2 { // again is an upgrade
			if err := Apply(o.Install(), root, never); err != nil {
				t.Fatal(err)
			}
		}
		path, text := o.File()
		if b, err := os.ReadFile(filepath.Join(root, path)); err != nil || string(b) != text {
			t.Errorf("%s: service file: %v", system, err)
		}
		if st, err := os.Stat(filepath.Join(root, o.Binary)); err != nil || st.Mode().Perm() != 0o755 {
			t.Errorf("%s: program: %v", system, err)
		}
		if err := Apply(o.Uninstall(), root, never); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(root, path)); err == nil {
			t.Errorf("%s: the service file stays", system)
		}
		if _, err := os.Stat(filepath.Join(root, o.Binary)); err != nil {
			t.Errorf("%s: the program went", system)
		}
	}
}

// TestApplyRunsAndStops: commands run in order on the machine itself, and the
// first that fails ends the plan.
func TestApplyRunsAndStops(t *testing.T) {
	steps := []Step{
		{Do: Command, Args: []string{"one"}, May: true},
		{Do: Command, Args: []string{"two"}},
		{Do: Command, Args: []string{"three"}},
	}
	var ran []string
	err := Apply(steps, "/", func(s Step) error { ran = append(ran, s.Line()); return errors.New("no") })
	if err == nil || strings.Join(ran, " ") != "one two" {
		t.Errorf("%v after %q", err, ran)
	}
}
