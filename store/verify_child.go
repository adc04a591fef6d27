package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// A database is verified in a child process: a flipped bit in one of its pages
// can make bbolt panic, loop or read beyond the file, which must be a verdict
// and never the end of the box.

// verifyLine is a line of the child's answer: how far it is, or the verdict.
type verifyLine struct {
	Done   uint64        `json:"done,omitempty"`
	Total  uint64        `json:"total,omitempty"`
	Report *chain.Report `json:"report,omitempty"`
}

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
// verifyLine for each step and one with the verdict, and returns the exit code.
func VerifyChildMain(stdin io.Reader, stdout io.Writer) int {
	debug.SetPanicOnFault(true)
	debug.SetMaxStack(verifyStack)
	var req VerifyRequest
	if err := json.NewDecoder(stdin).Decode(&req); err != nil {
		fmt.Fprintln(os.Stderr, "verify: bad request")
		return exitBadRequest
	}
	go watchMemory()
	out := json.NewEncoder(stdout)
	req.Progress = func(done, total uint64) { out.Encode(verifyLine{Done: done, Total: total}) }
	rep := verifyFile(req)
	if !rep.OK && rep.Looks == "" {
		rep.Looks = looksOfFile(rep.Fault)
	}
	if err := out.Encode(verifyLine{Report: &rep}); err != nil {
		return 1
	}
	return 0
}

// looksOfFile reads the faults that are the file's and not the chain's.
func looksOfFile(fault string) string {
	switch fault {
	case FaultPage, FaultHangs, FaultTree, FaultMeta:
		return chain.LooksDamage
	case FaultOther:
		return chain.LooksForeign
	}
	return ""
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
		o, err := req.options(tx)
		if err != nil {
			return err
		}
		o.Progress = func(done uint64) { req.Progress(done, src.size) }
		rep, err = chain.VerifyLog(src, o)
		if rep.Against > len(req.Checkpoints) {
			rep.Against = 0 // no checkpoint that the asker gave
		}
		if rep.Fault == chain.FaultSequence {
			rep.Looks = chain.LooksOfSequence(rep.FirstFault, src.numbersFrom(rep.FirstFault))
		}
		if rep.Fault == chain.FaultHandoverProof && chain.CheckTiles(treeNodes{tx}, src.size) != nil {
			// The proofs were made from the stored rows, which are at fault.
			rep = chain.Report{Fault: FaultTree, Tenant: rep.Tenant, Entries: rep.Entries}
		}
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

// options is what the chain is held against: what the asker gave, then the last
// note of each witness that the box trusts.
func (r VerifyRequest) options(tx *bolt.Tx) (chain.VerifyOptions, error) {
	o := chain.VerifyOptions{FirstKey: r.FirstKey, Checkpoints: r.Checkpoints, Witnesses: r.Witnesses}
	if r.Alone || tx.Bucket([]byte(witnesses)) == nil { // a database from before there were any
		return o, nil
	}
	trusted, err := (&View{tx: tx}).Witnesses()
	for _, w := range trusted {
		if w.Note != "" {
			o.Checkpoints = append(o.Checkpoints, w.Note)
			o.Witnesses = append(o.Witnesses, w.Key)
		}
	}
	return o, err
}

func checkPages(tx *bolt.Tx) error {
	for err := range tx.Check() {
		return fmt.Errorf("check pages: %w", err)
	}
	return nil
}

// verifyAnswer reads the child's lines as they come.
type verifyAnswer struct {
	progress func(done, total uint64)
	rest     []byte
	report   *chain.Report
}

// Write implements io.Writer. A line that is none is left out: without a
// verdict the child has failed.
func (a *verifyAnswer) Write(b []byte) (int, error) {
	a.rest = append(a.rest, b...)
	for {
		line, rest, whole := bytes.Cut(a.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		a.rest = rest
		var l verifyLine
		switch {
		case json.Unmarshal(line, &l) != nil:
		case l.Report != nil:
			a.report = l.Report
		case a.progress != nil:
			a.progress(l.Done, l.Total)
		}
	}
}
