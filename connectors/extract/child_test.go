package extract

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test binary is its own child, as coffre is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == Command {
		os.Exit(testChild())
	}
	os.Exit(m.Run())
}

// testChild ends as the document says where it begins with "child:"; otherwise
// it is the real one.
func testChild() int {
	head := make([]byte, 32)
	n, _ := syscall.Pread(documentFD, head, 0) // an os.File would close it once collected
	how, _, _ := strings.Cut(string(head[:n]), "\n")
	switch how {
	case "child: exit":
		return 2
	case "child: no memory":
		fmt.Fprintln(os.Stderr, "fatal error: runtime: out of memory")
		return 2
	case "child: killed":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "child: noise":
		os.Stdout.WriteString(strings.Repeat("\x00", 7) + "\x02" + strings.Repeat("\x00", 7) + "\x01{}x")
		return 0
	case "child: endless":
		for {
			os.Stdout.WriteString(strings.Repeat("\xff", 1<<16))
		}
	case "child: lies":
		t := Text{Format: FormatText, Body: "short", Blocks: []Block{{Start: 3, End: 900}}}
		writeAnswer(os.Stdout, t, nil)
		return 0
	case "child: machine":
		writeAnswer(os.Stdout, Text{}, errors.New("no cache"))
		return 0
	case "child: environment":
		return reportSurroundings()
	}
	return ChildMain()
}

// reportSurroundings answers with what a child can see.
func reportSurroundings() int {
	var names []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		names = append(names, name)
	}
	var open []string
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		link, err := os.Readlink("/proc/self/fd/" + e.Name())
		// The runtime looks at its own limits.
		if err == nil && strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "/sys/fs/cgroup") && !strings.HasPrefix(link, "/proc") {
			open = append(open, filepath.Base(link))
		}
	}
	body := fmt.Sprintf("%v %v", names, open)
	writeAnswer(os.Stdout, Text{Format: FormatText, Body: body, Blocks: []Block{{End: len(body), Kind: KindParagraph}}}, nil)
	return 0
}

func TestChildEndsBadly(t *testing.T) {
	for how, code := range map[string]string{
		"exit": CodeCorrupt, "no memory": CodeMemory, "killed": CodeMemory,
		"noise": CodeCorrupt, "endless": CodeTooLarge, "lies": CodeCorrupt, "machine": "",
	} {
		t.Run(how, func(t *testing.T) {
			_, err := extractFile(t, write(t, "a.txt", "child: "+how+"\n"), Options{})
			if err == nil || CodeOf(err) != code {
				t.Errorf("got %v, want code %q", err, code)
			}
		})
	}
}

func TestChildSeesNothing(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("no /proc to look at")
	}
	secret, err := os.Create(filepath.Join(t.TempDir(), "secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Close()
	t.Setenv("COFFRE_SECRET", "x")
	r, err := extractFile(t, write(t, "a.txt", "child: environment\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "[GOMAXPROCS GOTRACEBACK GOMEMLIMIT] [a.txt]"; r.Text.Body != want {
		t.Errorf("child sees %s, want %s", r.Text.Body, want)
	}
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func extractFile(t *testing.T, path string, o Options) (Result, error) {
	t.Helper()
	o.CacheDir = testCache(t)
	return Extract(context.Background(), Request{Path: path, Name: filepath.Base(path), Options: o})
}

func TestExtractInChild(t *testing.T) {
	r, err := extractFile(t, write(t, "note.md", "# Congés\n\nDeux jours *par* mois."), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Text.Body != "Congés\n\nDeux jours par mois." || r.Text.Title != "Congés" || len(r.Text.Blocks) != 2 {
		t.Errorf("%+v", r.Text)
	}
	if r.Took <= 0 {
		t.Error("took no time")
	}
}

func TestExtractCodes(t *testing.T) {
	zip := "PK\x03\x04" + strings.Repeat("x", 100)
	tests := []struct{ name, content, code string }{
		{"empty.txt", "", CodeEmpty},
		{"blank.txt", " \n\n\t ", CodeEmpty},
		{"photo.pdf", "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 50), CodeTypeMismatch},
		{"setup.docx", "MZ\x90\x00" + strings.Repeat("\x00", 50), CodeTypeMismatch},
		{"error.pdf", "<!doctype html><p>404 not found", CodeTypeMismatch},
		{"photo.jpg", "\xff\xd8\xff\xe0" + strings.Repeat("\x00", 50), CodeUnsupported},
		{"data.bin", strings.Repeat("\x00\x01\x02", 50), CodeUnsupported},
		{"letter.rtf", `{\rtf1 hello}`, CodeUnsupported},
		{"old.docx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 50), CodeTypeMismatch},
		{"locked.docx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Join(strings.Split("EncryptedPackage", ""), "\x00") + "\x00\x00", CodeLocked},
		{"broken.docx", zip, CodeCorrupt},
		{"broken.pdf", "%PDF-1.7\nnothing more", CodeCorrupt},
		{"odd.txt", "abc\x00\x01\x00\x02\x05\x06" + strings.Repeat("\x00a\x03", 40), CodeUnsupported},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			_, err := extractFile(t, write(t, tc.name, tc.content), Options{})
			if CodeOf(err) != tc.code {
				t.Errorf("got %v, want %s", err, tc.code)
			}
		})
	}
}

func TestExtractTooLargeIsNotRead(t *testing.T) {
	path := write(t, "big.txt", "x")
	if err := os.Truncate(path, 2<<30); err != nil {
		t.Fatal(err)
	}
	if _, err := extractFile(t, path, Options{}); CodeOf(err) != CodeTooLarge {
		t.Errorf("got %v", err)
	}
}

func TestExtractTimeout(t *testing.T) {
	path := write(t, "long.md", strings.Repeat("[a](", 500_000))
	if _, err := extractFile(t, path, Options{Timeout: 50 * time.Millisecond}); CodeOf(err) != CodeTimeout {
		t.Errorf("got %v", err)
	}
}

func TestExtractMemory(t *testing.T) {
	path := write(t, "deep.html", strings.Repeat("<p><b>a</b><i>", 1_500_000))
	if _, err := extractFile(t, path, Options{Memory: 96 << 20}); CodeOf(err) != CodeMemory {
		t.Errorf("got %v", err)
	}
}

func TestExtractCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Extract(ctx, Request{Path: write(t, "a.txt", "text"), Name: "a.txt"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCacheOfOthersIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := prepareCache(dir); err != nil {
		t.Fatal(err)
	}
	if st, _ := os.Stat(dir); st.Mode().Perm() != 0o700 {
		t.Errorf("mode %v", st.Mode())
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if err := prepareCache(link); err == nil {
		t.Error("a link was taken for a directory")
	}
}

// TestWarm compiles PDFium under the child's memory limit, twice at once.
func TestWarm(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for several seconds")
	}
	dir := filepath.Join(t.TempDir(), "cache")
	errs := make(chan error)
	for range 2 {
		go func() { errs <- Warm(context.Background(), Options{CacheDir: dir}) }()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		t.Errorf("nothing in the cache: %v", err)
	}
	data := write(t, "a.pdf", string(makePDF("Un texte.")))
	r, err := Extract(context.Background(), Request{Path: data, Name: "a.pdf", Options: Options{CacheDir: dir}})
	if err != nil || r.Text.Body != "Un texte." {
		t.Errorf("%q, %v", r.Text.Body, err)
	}
}
