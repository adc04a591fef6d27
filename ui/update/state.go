package update

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"coffre/store"
	"coffre/vault/release"
)

// Phases of an update. In all but Staged and Asked the data may be half changed.
const (
	Staged  = "staged"  // unpacked, and waits for somebody to say so
	Asked   = "asked"   // somebody did: the box ends for it
	Copying = "copying" // the way back is being made
	Trying  = "trying"  // the new program works on the data
	Back    = "back"    // the data are being put back
)

// Waiting is a release that was unpacked.
type Waiting struct {
	Version string        `json:"version"`
	Date    time.Time     `json:"date"`
	Format  int           `json:"format"`
	Notes   release.Notes `json:"notes"`
	Key     string        `json:"key"` // id
	SHA256  string        `json:"sha256"`
	Bytes   int64         `json:"bytes"` // of the program
	At      time.Time     `json:"at"`
}

// Outcome is what became of an update.
type Outcome struct {
	ID   string    `json:"id"`
	From string    `json:"from"`
	To   string    `json:"to"`
	Done bool      `json:"done"`
	Code string    `json:"code,omitempty"` // why it is undone
	At   time.Time `json:"at"`
}

// State is what state.json holds.
type State struct {
	// Current is the version that the data are at, "" for the installed program's.
	Current string   `json:"current,omitempty"`
	Phase   string   `json:"phase,omitempty"`
	Waiting *Waiting `json:"waiting,omitempty"`

	ID    string   `json:"id,omitempty"` // of the update that was asked for
	From  string   `json:"from,omitempty"`
	Names []string `json:"names,omitempty"` // of the copy, once it is whole
	Tries int      `json:"tries,omitempty"`
	Bad   []string `json:"bad,omitempty"` // checks that were bad before
	Code  string   `json:"code,omitempty"`

	// Last is kept: chains that could not be opened get it at a later start.
	Last *Outcome `json:"last,omitempty"`
}

// unsafe tells whether the data may be between two versions.
func (s State) unsafe() bool { return s.Phase == Copying || s.Phase == Trying || s.Phase == Back }

// place is the directory of a box's updates.
type place struct{ data string }

func (p place) path(parts ...string) string {
	return filepath.Join(append([]string{p.data, "updates"}, parts...)...)
}

func (p place) program(version string) string { return p.path("programs", version, "coffre") }

// read reads the state; none is an empty one.
func (p place) read() (s State, err error) {
	b, err := os.ReadFile(p.path("state.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return s, fmt.Errorf("read state of updates: %w", err)
	}
	return s, nil
}

func (p place) write(s State) error {
	b, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return fmt.Errorf("encode state of updates: %w", err)
	}
	return putFile(p.path("state.json"), append(b, '\n'), 0o600)
}

// putFile writes a file whole: temporary, synced, renamed, its directory synced.
func putFile(path string, text []byte, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("create file: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return nil
}

// lock takes the updates of a box for this process: Unavailable "update-busy" while
// another has them.
func (p place) lock() (release func(), err error) {
	if err := os.MkdirAll(p.path("programs"), 0o700); err != nil {
		return nil, fmt.Errorf("create directory: %w", err)
	}
	f, err := os.OpenFile(p.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, store.Fail(store.Conflict, "update-busy").Because(err)
	}
	return func() { f.Close() }, nil
}

// tidy removes what no phase needs any more. The caller has the lock.
func (p place) tidy(s State) {
	if !s.unsafe() {
		os.RemoveAll(p.path("before"))
		os.RemoveAll(p.path("failed"))
	}
	all, _ := os.ReadDir(p.path("programs"))
	for _, e := range all {
		if e.Name() != s.Current && (s.Waiting == nil || e.Name() != s.Waiting.Version) {
			os.RemoveAll(p.path("programs", e.Name()))
		}
	}
}
