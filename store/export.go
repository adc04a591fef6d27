package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"coffre/chain"
)

// logSource reads a database's chain for verification and export. Nothing in
// it is trusted: chain checks.
type logSource struct {
	tx     *boltTx
	facts  Facts
	note   string
	size   uint64
	header chain.Header
	handed []uint64 // sizes of the header's hand-overs
}

func newLogSource(tx *boltTx) (*logSource, error) {
	c, err := (&View{nil, tx}).checkpoint()
	if err != nil {
		return nil, err
	}
	return newLogSourceAt(tx, c)
}

// newLogSourceAt reads the chain as far as a checkpoint that is kept.
func newLogSourceAt(tx *boltTx, c SignedCheckpoint) (*logSource, error) {
	v := &View{nil, tx}
	f, err := readFacts(tx)
	if err != nil {
		return nil, err
	}
	genesis, err := f.Customer.Genesis()
	if err != nil {
		return nil, fmt.Errorf("read customer: %w", err)
	}
	moved, handed, err := v.provenHandovers(c.Size)
	if err != nil {
		return nil, err
	}
	s := &logSource{tx: tx, facts: f, note: c.Note, size: c.Size, handed: handed}
	s.header = chain.Header{Customer: f.Customer, Genesis: genesis, Complete: true, First: 1, Last: c.Size, Checkpoint: c.Note, Handovers: moved}
	if s.header.Pruned, err = prunedHeader(tx); err != nil {
		return nil, err
	}
	if p := s.header.Pruned; p != nil {
		s.header.First = p.To + 1
	}
	return s, nil
}

// Header implements chain.LogSource.
func (s *logSource) Header() chain.Header { return s.header }

// Entries implements chain.LogSource: every stored entry in order of its key,
// whatever it holds, so that a gap or a surplus is the verifier's to see. An
// entry under another's key would be found by nobody who looks for it.
func (s *logSource) Entries(fn func(chain.Hash, []byte) error) error {
	bucket := s.tx.Bucket([]byte("entries"))
	if bucket == nil {
		return errDamaged
	}
	c, seq := bucket.Cursor(), uint64(0)
	var misplaced error // weighs less than what the verifier finds
	for k, b := c.First(); k != nil; k, b = c.Next() {
		if seq++; misplaced == nil && (len(k) != 8 || binary.BigEndian.Uint64(k) != seq) {
			misplaced = fmt.Errorf("entry %d is not under its key: %w", seq, errDamaged)
		}
		var hash chain.Hash
		payload := b
		if len(b) >= 32 {
			hash, payload = chain.Hash(b[:32]), b[32:]
		}
		if len(payload) == 0 {
			payload = nil // pruned, or lost
		}
		if err := fn(hash, payload); err != nil {
			return err
		}
	}
	return misplaced
}

// numbersFrom reads the numbers in the entries that stand from a place on, at
// most a few thousand: what is left to read of a payload that is none is 0.
func (s *logSource) numbersFrom(place uint64) (out []uint64) {
	c := s.tx.Bucket([]byte("entries")).Cursor()
	at := uint64(0)
	for k, b := c.First(); k != nil && len(out) < 4096; k, b = c.Next() {
		if at++; at < place {
			continue
		}
		var p struct {
			Seq uint64 `json:"seq"`
		}
		if len(b) > 32 {
			json.Unmarshal(b[32:], &p)
		}
		out = append(out, p.Seq)
	}
	return out
}

// Export is a finished export file; Remove it when it has been sent.
type Export struct {
	Path    string
	Entries uint64
	Size    uint64 // of the checkpoint that it ends with
	Bytes   int64
}

// Open opens the file for sending.
func (e Export) Open() (*os.File, error) { return os.Open(e.Path) }

// Remove deletes the file.
func (e Export) Remove() { os.Remove(e.Path) }

// Export writes the whole chain as coffre-audit/v1 to a temporary file, after
// its own entry audit.export, whose checkpoint it ends with and which is kept.
// With private, the private parts that still exist go with it.
func (t *Tenant) Export(ctx context.Context, by Actor, private bool, request string) (Export, error) {
	return t.ExportFiltered(ctx, by, ExportRequest{Private: private, Request: request})
}

func keepForExport(tx *Tx) error {
	tx.KeepCheckpoint(KeptExport)
	return nil
}

// writeExport writes the chain as far as the checkpoint that was kept with the
// entry seq.
func (v *View) writeExport(ctx context.Context, w io.Writer, seq uint64, private bool) (n uint64, err error) {
	kept, err := v.checkpointOf(seq)
	if err != nil {
		return 0, err
	}
	src, err := newLogSourceAt(v.tx, kept)
	if err != nil {
		return 0, Fail(Corrupt, "damaged").Because(err)
	}
	out, err := chain.NewWriter(w, src.Header())
	if err != nil {
		return 0, fmt.Errorf("write export: %w", err)
	}
	c := v.tx.Bucket([]byte("entries")).Cursor()
	first := src.header.First
	for k, b := c.Seek(u64(first)); k != nil && first+n <= src.size; k, b = c.Next() {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		if len(b) <= 32 {
			return n, Fail(Corrupt, "damaged").Because(errDamaged)
		}
		var plain, salt []byte
		if private {
			plain, salt, err = v.privateRecord(binary.BigEndian.Uint64(k))
			if err != nil && !IsNotFound(err) {
				return n, err
			}
		}
		if err := out.Entry(chain.Hash(b[:32]), b[32:], plain, salt); err != nil {
			return n, fmt.Errorf("write export: %w", err)
		}
		n++
	}
	if err := out.Close(); err != nil {
		return n, fmt.Errorf("write export: %w", err)
	}
	return n, nil
}
