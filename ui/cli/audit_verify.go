package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"coffre/chain"
	"coffre/store"
)

// verdict is the object that `audit verify` prints.
type verdict struct {
	chain.Report
	Seconds float64 `json:"seconds"`
	// Of an archive folder.
	File        string `json:"file,omitempty"`
	Segments    int    `json:"segments,omitempty"`
	Checkpoints int    `json:"checkpoints,omitempty"`
}

// faultNoExport is the verdict on a file whose first line is no export's.
const faultNoExport = "not-export"

func runAuditVerify(ctx context.Context, c *Call) error {
	known, err := c.outside()
	if err != nil {
		return err
	}
	var v verdict
	if path := c.Flag("file"); isFolder(path) {
		v, err = verifyArchive(ctx, path, known)
	} else if path != "" {
		v, err = c.verifyFile(path, known)
	} else {
		v, err = c.verifyBox(ctx, known)
	}
	if err != nil && v.Tenant == "" {
		return err
	}
	if perr := c.printVerdict(v); perr != nil {
		return perr
	}
	if err == nil && !v.OK {
		return told(ExitUnverified)
	}
	return err
}

func (c *Call) verifyFile(path string, o chain.VerifyOptions) (verdict, error) {
	in := c.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return verdict{}, fmt.Errorf("open export: %w", err)
		}
		defer f.Close()
		in = f
	}
	begun := time.Now()
	text := bufio.NewReader(in)
	if isTable(text) {
		return verdict{}, usage("cli.verify.table")
	}
	rep, err := chain.VerifyFile(text, o)
	switch {
	case errors.Is(err, chain.ErrSegment):
		return verdict{}, usage("cli.verify.segment")
	case errors.Is(err, chain.ErrNotExport), errors.Is(err, chain.ErrLineTooLong):
		rep = chain.Report{Fault: faultNoExport}
	case err != nil:
		return verdict{}, err
	}
	return verdict{Report: rep, Seconds: time.Since(begun).Seconds()}, nil
}

func isFolder(path string) bool {
	st, err := os.Stat(path)
	return path != "" && err == nil && st.IsDir()
}

// verifyArchive reads an archive folder as a whole: a segment by itself proves
// nothing.
func verifyArchive(ctx context.Context, dir string, o chain.VerifyOptions) (verdict, error) {
	begun := time.Now()
	rep, err := store.VerifyArchive(ctx, dir, o)
	if store.IsNotFound(err) {
		return verdict{}, usage("cli.verify.no-segments", "path", dir)
	}
	v := verdict{Report: rep.Report, Seconds: time.Since(begun).Seconds(), File: rep.File, Segments: rep.Segments, Checkpoints: rep.Checkpoints}
	if v.Seconds > 0 {
		v.EntriesPerS = float64(v.Entries) / v.Seconds
	}
	return v, err
}

// verifyBox asks a running box. Where none runs, the database is first read by
// a child that may crash on it, and only a sound one is opened here, so that
// the verification becomes an entry too.
func (c *Call) verifyBox(ctx context.Context, o chain.VerifyOptions) (verdict, error) {
	b, err := c.dial(ctx)
	if err == nil {
		defer b.close()
		v, err := b.verify(ctx, o)
		var p *problem
		if errors.As(err, &p) && p.exit() == ExitUnverified {
			if v, derr := c.verifyDatabase(ctx, o); derr == nil && !v.OK {
				return v, nil
			}
		}
		return v, err
	}
	if !errors.Is(err, errNoBox) {
		return verdict{}, err
	}
	sound, err := c.verifyDatabase(ctx, o)
	if err != nil || !sound.OK || c.Tenant == store.BoxID {
		return sound, err
	}
	b, err = c.open()
	if err != nil {
		return unopened(sound, err)
	}
	v, err := b.verify(ctx, o)
	if err != nil {
		v, err = unopened(sound, err)
	}
	if cerr := b.close(); err == nil && cerr != nil {
		err = fmt.Errorf("close data directory: %w", cerr)
	}
	return v, err
}

// unopened is the verdict on a chain that holds in a database that can't be
// used: sound, unless the reason is damage.
func unopened(v verdict, err error) (verdict, error) {
	var p *problem
	var e *store.Error
	code := ""
	if errors.As(err, &p) {
		code = p.Code
	} else if errors.As(err, &e) {
		code = e.Code
	}
	switch code {
	case "damaged":
		v.OK, v.Authentic, v.Fault = false, false, store.FaultPage
	case "foreign-database":
		v.OK, v.Authentic, v.Fault = false, false, store.FaultOther
	case "restore-waits":
		return v, nil // nothing is entered in a journal that doesn't go on yet
	}
	return v, err
}

func (b *box) verify(ctx context.Context, o chain.VerifyOptions) (v verdict, err error) {
	in := map[string]any{"first_key": o.FirstKey, "checkpoints": append([]string{}, o.Checkpoints...)}
	if len(o.Witnesses) > 0 {
		in["witnesses"] = o.Witnesses
	}
	err = b.call(ctx, http.MethodPost, "/audit/verify", in, &v)
	return v, err
}

// verifyDatabase reads the tenant's file in a child process.
func (c *Call) verifyDatabase(ctx context.Context, o chain.VerifyOptions) (verdict, error) {
	id, path, err := c.database()
	if err != nil {
		return verdict{}, err
	}
	held, err := locked(path)
	if errors.Is(err, os.ErrNotExist) && store.HasData(c.Data) {
		if _, derr := os.Stat(filepath.Dir(path)); derr == nil {
			return verdict{Report: chain.Report{Fault: store.FaultPage, Detail: "the database is missing", Tenant: id}}, nil
		}
	}
	if err != nil {
		return verdict{}, err
	}
	if held {
		return verdict{}, store.Fail(store.Unavailable, "in-use", "path", c.Data)
	}
	begun := time.Now()
	rep, err := store.VerifyDatabase(ctx, store.VerifyRequest{Path: path, Tenant: id, FirstKey: o.FirstKey, Checkpoints: o.Checkpoints, Witnesses: o.Witnesses})
	if err != nil {
		return verdict{}, err
	}
	if rep.Tenant == "" {
		rep.Tenant = id
	}
	return verdict{Report: rep, Seconds: time.Since(begun).Seconds()}, nil
}

// database is the file of the tenant asked for, or of the only one.
func (c *Call) database() (id, path string, err error) {
	if c.Tenant == store.BoxID {
		return c.Tenant, filepath.Join(c.Data, "box.db"), nil
	}
	if c.Tenant != "" {
		return c.Tenant, store.TenantDB(c.Data, filepath.Base(c.Tenant)), nil
	}
	entries, err := os.ReadDir(filepath.Join(c.Data, "tenants"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", "", fmt.Errorf("list tenants: %w", err)
	}
	var ids listed
	for _, e := range entries {
		if e.IsDir() {
			ids = append(ids, e.Name())
		}
	}
	switch len(ids) {
	case 0:
		return "", "", Fail(ExitUnreachable, "cli.data.empty", "path", c.Data)
	case 1:
		return ids[0], store.TenantDB(c.Data, ids[0]), nil
	}
	return "", "", usage("cli.usage.tenant", "names", ids)
}

// locked tells whether another process holds a database open for writing.
func locked(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("open database: %w", err)
	}
	defer f.Close()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, nil // where locks don't work, opening will say so
}

func (c *Call) printVerdict(v verdict) error {
	if c.JSON {
		return c.object(v)
	}
	if !v.OK {
		key, args := "cli.verify.broken", []any{"fault", strings.TrimSuffix(c.faultWords(v), ".")}
		if v.FirstFault > 0 {
			key, args = "cli.verify.broken-at", append(args, "seq", v.FirstFault)
		}
		c.say(key, args...)
		if v.File != "" {
			c.say("cli.verify.in-file", "file", clean(v.File))
		}
		if v.Looks != "" {
			fmt.Fprintln(c.Stdout, c.Lang.Or("looks", v.Looks))
		}
		if v.AgainstWitness != "" {
			c.say("cli.verify.against", "name", v.AgainstWitness)
		}
		if v.Detail != "" {
			c.say("cli.verify.detail", "code", v.Fault, "detail", clean(v.Detail))
		}
		c.verdictNotes(v)
		return nil
	}
	c.say("cli.verify.holds", "n", v.Entries, "size", v.CheckpointSize, "seconds",
		c.Lang.Seconds(time.Duration(v.Seconds*float64(time.Second))), "rate", int64(v.EntriesPerS))
	if v.Authentic {
		c.say("cli.verify.authentic", "n", v.Handovers)
	} else {
		c.say("cli.verify.consistent")
	}
	if v.Segments > 0 {
		c.say("cli.verify.archive", "n", v.Segments, "notes", v.Checkpoints)
	}
	c.verdictNotes(v)
	return nil
}

func (c *Call) faultWords(v verdict) string {
	if v.Fault == faultNoExport {
		return c.Lang.T("cli.verify.no-export")
	}
	return c.Lang.Or("fault", v.Fault)
}

// verdictNotes tells what a reader of a verdict must know besides.
func (c *Call) verdictNotes(v verdict) {
	for _, w := range v.Witnessed {
		c.say("cli.verify.witnessed", "name", w.Name, "n", w.Size, "time", w.At.Local())
	}
	if v.Pruned > 0 && v.Segments > 0 {
		c.say("cli.verify.archive-begins", "n", v.Pruned)
	} else if v.Pruned > 0 {
		c.say("cli.verify.pruned", "n", v.Pruned)
	}
	for _, r := range v.Restored {
		c.say("cli.verify.restored", "seq", r.Entry, "size", r.Size)
		if r.LostTo > r.Size {
			c.say("cli.verify.lost", "first", r.Size+1, "last", r.LostTo)
		}
	}
}
