package inbox

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSamba writes through a real file server: a whole scan, one that takes its time,
// and one under a temporary name that is renamed.
func TestSamba(t *testing.T) {
	smbd, err := exec.LookPath("smbd")
	if _, cerr := exec.LookPath("smbclient"); err != nil || cerr != nil || os.Getuid() != 0 {
		t.Skip("needs root, smbd and smbclient: apt install samba smbclient")
	}
	o := newOffice(t)
	mustDo(t, os.Chmod(o.folder, 0o777))
	for dir := o.folder; dir != "/"; dir = filepath.Dir(dir) { // the guest must get there
		if st, err := os.Stat(dir); err == nil && st.Mode().Perm()&0o001 == 0 {
			mustDo(t, os.Chmod(dir, st.Mode().Perm()|0o011))
		}
	}
	o.set()
	port := serveSamba(t, smbd, o.folder)
	client := func(command string) *exec.Cmd {
		return exec.Command("smbclient", "//127.0.0.1/scans", "-N", "-p", port, "-c", command)
	}
	put := func(command string) {
		t.Helper()
		if out, err := client(command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
	scans := t.TempDir()
	mustDo(t, os.WriteFile(filepath.Join(scans, "a.pdf"), []byte(pdf("bail")), 0o644))
	put("put " + filepath.Join(scans, "a.pdf") + " SCAN0001.pdf")
	put("put " + filepath.Join(scans, "a.pdf") + " SCAN0002.pdf.tmp")
	o.look(2)
	o.want("documents", o.documents(o.open), []string{"SCAN0001.pdf"})
	put("rm SCAN0002.pdf.tmp; put " + filepath.Join(scans, "a.pdf") + " SCAN0003.pdf.tmp; rename SCAN0003.pdf.tmp SCAN0003.pdf")
	if s := o.look(2); s.Repeated != 1 {
		t.Errorf("the same bytes: %+v", s)
	}
	// A copier that scans page by page into one text: nothing of it says that it isn't whole.
	slow := filepath.Join(scans, "slow")
	mustDo(t, syscall.Mkfifo(slow, 0o600))
	cmd := client("put " + slow + " LENT.txt")
	mustDo(t, cmd.Start())
	w, err := os.OpenFile(slow, os.O_WRONLY, 0)
	mustDo(t, err)
	page := strings.Repeat("bail commercial ", 20_000)
	for range 2 {
		_, err := w.WriteString(page)
		mustDo(t, err)
		time.Sleep(300 * time.Millisecond)
		if s := o.look(3); s.Waiting != 1 {
			t.Errorf("half of it: %+v", s)
		}
	}
	mustDo(t, w.Close())
	mustDo(t, cmd.Wait())
	o.look(3)
	o.want("documents", o.documents(o.open), []string{"LENT.txt", "SCAN0001.pdf"})
	o.want("files", o.lies(), []string{"coffre-pris/DAY/LENT.txt", "coffre-pris/DAY/SCAN0001.pdf", "coffre-pris/DAY/SCAN0003.pdf"})
	if out, err := client("ls; get coffre-inbox.txt -").CombinedOutput(); err != nil || !strings.Contains(string(out), "coffre-pris") || !strings.Contains(string(out), markLine) {
		t.Errorf("seen from the share: %v\n%s", err, out)
	}
}

// serveSamba shares a folder for guests, and returns the port.
func serveSamba(t *testing.T, smbd, folder string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	mustDo(t, err)
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	mustDo(t, l.Close())
	dir, err := os.MkdirTemp("", "inbox-samba-")
	mustDo(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	var b strings.Builder
	b.WriteString("[global]\ninterfaces = 127.0.0.1\nbind interfaces only = yes\nmap to guest = bad user\nguest account = nobody\nload printers = no\ndisable spoolss = yes\n")
	for _, name := range []string{"pid directory", "lock directory", "state directory", "cache directory", "private dir", "ncalrpc dir"} {
		at := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		mustDo(t, os.Mkdir(at, 0o755))
		fmt.Fprintf(&b, "%s = %s\n", name, at)
	}
	fmt.Fprintf(&b, "log file = %s/log\n[scans]\npath = %s\nguest ok = yes\nread only = no\n", dir, folder)
	conf := filepath.Join(dir, "smb.conf")
	mustDo(t, os.WriteFile(conf, []byte(b.String()), 0o644))
	cmd := exec.Command(smbd, "-F", "--no-process-group", "-s", conf, "-p", port)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it ends its whole group
	mustDo(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() })
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if exec.Command("smbclient", "//127.0.0.1/scans", "-N", "-p", port, "-c", "ls").Run() == nil {
			return port
		}
		if time.Now().After(until) {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Skipf("smbd doesn't answer here: %s", log)
		}
	}
}
