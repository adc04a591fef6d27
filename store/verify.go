package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/note"

	"coffre/chain"
)

// A database is verified in a child process: a flipped bit in one of its pages
// can make bbolt panic, loop or read beyond the file, which must be a verdict
// and never the end of the box.

// VerifyRequest is what the child reads on its standard input, as JSON.
type VerifyRequest struct {
	Path        string   `json:"path"`
	Tenant      string   `json:"tenant,omitempty"` // whose database it must be; "" for anybody's
	FirstKey    string   `json:"first_key,omitempty"`
	Checkpoints []string `json:"checkpoints,omitempty"`
}

// Faults beside those of package chain.
const (
	FaultPage  = "page-damaged"     // bbolt can't read a page of the file
	FaultHangs = "page-loop"        // reading the file doesn't end
	FaultTree  = "tree-damaged"     // a stored row of the Merkle tree is not what the entries give
	FaultMeta  = "header-damaged"   // one of the two header pages: the newest commit may be missing
	FaultOther = "foreign-database" // the chain is not this tenant's, or signed by another box
)

// Limits of a child. A sound file needs far less: pages that lead to each other
// make bbolt descend for ever, until its stack or its memory is full.
const (
	verifyStack    = 64 << 20
	verifyMemory   = 1 << 30
	verifyAtLeast  = time.Minute
	verifyPerByte  = time.Second / (1 << 20) // that a slow disk may take
	exitBadRequest = 64                      // 2 is what a crash of Go's ends with
	exitNoMemory   = 65
)

// VerifyChildMain is `coffre __verify`: it reads a VerifyRequest, writes a
// chain.Report as one JSON line, and returns the exit code.
func VerifyChildMain(stdin io.Reader, stdout io.Writer) int {
	debug.SetPanicOnFault(true)
	debug.SetMaxStack(verifyStack)
	var req VerifyRequest
	if err := json.NewDecoder(stdin).Decode(&req); err != nil {
		fmt.Fprintln(os.Stderr, "verify: bad request")
		return exitBadRequest
	}
	go watchMemory()
	rep := verifyFile(req)
	if err := json.NewEncoder(stdout).Encode(rep); err != nil {
		return 1
	}
	return 0
}

// watchMemory ends a child whose memory grows without end, before the machine
// suffers.
func watchMemory() {
	live := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for range time.Tick(20 * time.Millisecond) {
		if metrics.Read(live); live[0].Value.Uint64() > verifyMemory {
			os.Exit(exitNoMemory)
		}
	}
}

// verifyFile never panics on account of the file.
func verifyFile(req VerifyRequest) (rep chain.Report) {
	defer func() {
		if r := recover(); r != nil {
			rep = chain.Report{Fault: FaultPage, Detail: fmt.Sprint(r), Tenant: rep.Tenant}
		}
	}()
	db, err := bolt.Open(req.Path, 0o400, &bolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		return chain.Report{Fault: FaultPage, Detail: err.Error()}
	}
	err = db.View(func(tx *bolt.Tx) error {
		src, err := newLogSource(tx)
		if err != nil {
			return err
		}
		rep, err = chain.VerifyLog(src, chain.VerifyOptions{FirstKey: req.FirstKey, Checkpoints: req.Checkpoints})
		if err != nil || !rep.OK {
			return err
		}
		if req.Tenant != "" && rep.Tenant != req.Tenant {
			rep.OK, rep.Authentic, rep.Fault = false, false, FaultOther
			return nil
		}
		if err := chain.CheckTiles(treeNodes{tx}, src.size); err != nil {
			rep = chain.Report{Fault: FaultTree, Detail: err.Error(), Tenant: rep.Tenant, Entries: rep.Entries}
			return nil
		}
		if sound, err := soundHeaders(req.Path, db.Info().PageSize); err != nil || !sound {
			rep.OK, rep.Authentic, rep.Fault = false, false, FaultMeta
			return err
		}
		if err := checkPages(tx); err != nil {
			return err
		}
		// What the box would refuse to open is not called sound.
		return sound(req.Path)
	})
	if err != nil {
		return chain.Report{Fault: FaultPage, Detail: err.Error(), Tenant: rep.Tenant, Entries: rep.Entries}
	}
	return rep
}

func checkPages(tx *bolt.Tx) error {
	for err := range tx.Check() {
		return fmt.Errorf("check pages: %w", err)
	}
	return nil
}

// Check tells whether what is known from elsewhere has its form: a mistyped key
// is the asker's mistake and no fault of the chain. Error: Invalid
// "bad-parameter" with the member's name.
func (r VerifyRequest) Check() error {
	for _, key := range strings.Fields(r.FirstKey) {
		if _, err := note.NewVerifier(key); err != nil {
			return Fail(Invalid, "bad-parameter", "name", "first_key").Because(err)
		}
	}
	for _, text := range r.Checkpoints {
		if _, _, err := chain.OpenCheckpoint(text); err != nil {
			return Fail(Invalid, "bad-parameter", "name", "checkpoints").Because(err)
		}
	}
	return nil
}

// VerifyDatabase verifies a database file that nobody writes: a snapshot, a
// copy, or the live file of a box that is not running.
func VerifyDatabase(ctx context.Context, req VerifyRequest) (chain.Report, error) {
	st, err := os.Stat(req.Path)
	if err != nil {
		return chain.Report{}, fmt.Errorf("find database: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, verifyAtLeast+time.Duration(st.Size())*verifyPerByte)
	defer cancel()
	exe, err := os.Executable()
	if err != nil {
		return chain.Report{}, fmt.Errorf("find own program: %w", err)
	}
	in, err := json.Marshal(req)
	if err != nil {
		return chain.Report{}, fmt.Errorf("encode request: %w", err)
	}
	cmd := exec.CommandContext(ctx, exe, "__verify")
	cmd.Env = []string{"GOTRACEBACK=none"}
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	var rep chain.Report
	if err == nil && json.Unmarshal(out, &rep) == nil {
		return rep, nil
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return chain.Report{Fault: FaultHangs}, nil
	case ctx.Err() != nil:
		return rep, ctx.Err()
	case errors.As(err, &exit) && exit.ExitCode() == exitNoMemory:
		return chain.Report{Fault: FaultHangs}, nil
	case errors.As(err, &exit) && exit.ExitCode() != exitBadRequest:
		return chain.Report{Fault: FaultPage, Detail: "reading the file crashed the verifier"}, nil
	}
	return rep, fmt.Errorf("run verifier: %w", err)
}

// Verify snapshots the live database and verifies the copy, while people work.
// The act is an entry of its own, written afterwards with its result. Errors:
// those of Check, before anything is read.
func (t *Tenant) Verify(ctx context.Context, by Actor, req VerifyRequest, request string) (chain.Report, error) {
	if err := req.Check(); err != nil {
		return chain.Report{}, err
	}
	dir, err := os.MkdirTemp(t.dir, ".verify-*")
	if err != nil {
		return chain.Report{}, fmt.Errorf("create snapshot: %w", err)
	}
	defer os.RemoveAll(dir)
	req.Path = filepath.Join(dir, "store.db")
	if err := t.Snapshot(req.Path); err != nil {
		return chain.Report{}, err
	}
	rep, err := VerifyDatabase(ctx, req)
	if err != nil {
		return rep, err
	}
	ev := chain.Event{Action: chain.AuditVerify, Request: request, Detail: chain.Detail{"entries": rep.Entries, "result": rep.OK}}
	if !rep.OK {
		ev.Outcome = "error"
		ev.Detail["fault"], ev.Detail["first_fault"] = rep.Fault, rep.FirstFault
	}
	if _, err := t.Record(ctx, by, ev); err != nil {
		t.log.Error("verification can't be entered", "tenant", t.ID, "err", err)
	}
	return rep, nil
}

// Snapshot copies the database, as it is now, to path.
func (t *Tenant) Snapshot(path string) error {
	return t.View(func(v *View) error {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("create snapshot: %w", err)
		}
		_, err = v.tx.WriteTo(f)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return fmt.Errorf("write snapshot: %w", err)
		}
		return nil
	})
}
