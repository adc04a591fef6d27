package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"coffre/chain"
)

// VerifyRequest is what the child reads on its standard input, as JSON.
type VerifyRequest struct {
	Path     string `json:"path"`
	Tenant   string `json:"tenant,omitempty"` // whose database it must be; "" for anybody's
	FirstKey string `json:"first_key,omitempty"`
	// Checkpoints are signed notes, or texts that carry one (chain.NoteIn).
	Checkpoints []string `json:"checkpoints,omitempty"`
	// Witnesses are keys of witnesses whose lines the Checkpoints may bear. Those
	// that the box trusts, and what they cosigned last, are added unless Alone.
	Witnesses []string `json:"witnesses,omitempty"`
	Alone     bool     `json:"alone,omitempty"`

	// Progress, if not nil, is told how many entries of all are checked.
	Progress func(done, total uint64) `json:"-"`
}

// Faults beside those of package chain.
const (
	FaultPage  = "page-damaged"     // bbolt can't read a page of the file
	FaultHangs = "page-loop"        // reading the file doesn't end
	FaultTree  = "tree-damaged"     // a stored row of the Merkle tree is not what the entries give
	FaultMeta  = "header-damaged"   // one of the two header pages: the newest commit may be missing
	FaultOther = "foreign-database" // the chain is not this tenant's, or signed by another box
)

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
		note, _ := chain.NoteIn([]byte(text))
		if _, _, err := chain.OpenCheckpoint(note); err != nil {
			return Fail(Invalid, "bad-parameter", "name", "checkpoints").Because(err)
		}
	}
	for _, key := range r.Witnesses {
		if err := chain.CheckCosigner(key); err != nil {
			return Fail(Invalid, "bad-parameter", "name", "witnesses").Because(err)
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
	answer := &verifyAnswer{progress: req.Progress}
	cmd.Stdout = answer
	err = cmd.Run()
	if err == nil && answer.report != nil {
		return *answer.report, nil
	}
	var rep chain.Report
	hangs := chain.Report{Fault: FaultHangs, Looks: chain.LooksDamage}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return hangs, nil
	case ctx.Err() != nil:
		return rep, ctx.Err()
	case errors.As(err, &exit) && exit.ExitCode() == exitNoMemory:
		return hangs, nil
	case errors.As(err, &exit) && exit.ExitCode() != exitBadRequest:
		return chain.Report{Fault: FaultPage, Looks: chain.LooksDamage, Detail: "reading the file crashed the verifier"}, nil
	}
	return rep, fmt.Errorf("run verifier: %w", err)
}

// Verify snapshots the live database and verifies the copy, while people work.
// The act is an entry of its own, written afterwards with its result. Errors:
// those of Check, before anything is read.
func (t *Tenant) Verify(ctx context.Context, by Actor, req VerifyRequest, request string) (chain.Report, error) {
	rep, _, err := t.VerifyWitnessed(ctx, by, req, request)
	return rep, err
}

// VerifyWitnessed is Verify, and says how each trusted witness stands to it.
func (t *Tenant) VerifyWitnessed(ctx context.Context, by Actor, req VerifyRequest, request string) (chain.Report, []WitnessStanding, error) {
	return t.verifyThen(ctx, by, req, request, func(chain.Report, []WitnessStanding) func(*Tx) error {
		return func(*Tx) error { return nil }
	})
}

// verifyThen is VerifyWitnessed; what then returns is written with the entry.
func (t *Tenant) verifyThen(ctx context.Context, by Actor, req VerifyRequest, request string, then func(chain.Report, []WitnessStanding) func(*Tx) error) (rep chain.Report, standings []WitnessStanding, err error) {
	if err := req.Check(); err != nil {
		return rep, nil, err
	}
	dir, err := os.MkdirTemp(t.dir, ".verify-*")
	if err != nil {
		return rep, nil, fmt.Errorf("create snapshot: %w", err)
	}
	defer os.RemoveAll(dir)
	req.Path = filepath.Join(dir, "store.db")
	var trusted []Witness
	err = t.View(func(v *View) error {
		if all, err := v.Witnesses(); err != nil {
			t.log.Error("witnesses can't be read", "tenant", t.ID, "err", err) // the verdict says what is wrong
		} else if !req.Alone {
			trusted = all
		}
		return v.snapshot(req.Path)
	})
	if err != nil {
		return rep, nil, err
	}
	if rep, err = VerifyDatabase(ctx, req); err != nil {
		return rep, nil, err
	}
	standings = standingsOf(trusted, rep)
	ev := chain.Event{Action: chain.AuditVerify, Request: request, Detail: chain.Detail{"entries": rep.Entries, "result": rep.OK}}
	if !rep.OK {
		ev.Outcome = "error"
		ev.Detail["fault"], ev.Detail["first_fault"] = rep.Fault, rep.FirstFault
	}
	if _, err := t.Update(ctx, by, ev, then(rep, standings)); err != nil {
		t.log.Error("verification can't be entered", "tenant", t.ID, "err", err)
	}
	return rep, standings, nil
}

// Snapshot copies the database, as it is now, to path.
func (t *Tenant) Snapshot(path string) error {
	return t.View(func(v *View) error { return v.snapshot(path) })
}

func (v *View) snapshot(path string) error {
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
}
