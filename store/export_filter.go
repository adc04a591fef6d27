package store

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"sort"
	"time"

	"coffre/chain"
)

// The forms of a filtered export.
const (
	ExportLines = "jsonl" // coffre-audit/v1, each line with its proof
	ExportCSV   = "csv"   // for spreadsheets; it proves nothing
)

// ExportRequest chooses what a filtered export holds.
type ExportRequest struct {
	Filter  JournalFilter // Before and Limit are not looked at
	Form    string        // "" is ExportLines
	Private bool
	Request string
	// Progress, if set, is told how many of the entries have been looked at.
	Progress func(done, total uint64)
}

// whole tells whether nothing is left out: such an export is complete and needs
// no proofs.
func (r ExportRequest) whole() bool {
	return r.Form == ExportLines && len(r.Filter.asHeader()) == 0
}

// ExportFiltered writes a choice of the chain, or all of it, to a temporary
// file, as it was at the newest checkpoint. For a choice, the entry audit.export
// with filter, number of lines and their hash is committed after the file is
// whole and before it is handed out, so that it can name that hash; for all, it
// is committed first, and so the export holds it.
func (t *Tenant) ExportFiltered(ctx context.Context, by Actor, req ExportRequest) (Export, error) {
	if req.Form == "" {
		req.Form = ExportLines
	}
	ev := chain.Event{Action: chain.AuditExport, Request: req.Request, Detail: chain.Detail{"complete": req.whole(), "private": req.Private}}
	seq := uint64(0)
	if req.whole() {
		var err error
		if seq, err = t.Update(ctx, by, ev, keepForExport); err != nil {
			return Export{}, err
		}
	}
	x, sum, at, err := t.writeChoice(ctx, req, seq)
	if err == nil && !req.whole() {
		ev.Detail["form"], ev.Detail["filter"] = req.Form, req.Filter.asHeader()
		ev.Detail["entries"], ev.Detail["sha256"] = x.Entries, sum.String()
		_, err = t.Update(ctx, by, ev, func(tx *Tx) error { return tx.KeepEarlierCheckpoint(at, KeptExport) })
	}
	if err != nil {
		x.Remove()
		return Export{}, err
	}
	return x, nil
}

// writeChoice writes all as far as the checkpoint that was kept with entry seq,
// or a choice as of the newest, at.
func (t *Tenant) writeChoice(ctx context.Context, req ExportRequest, seq uint64) (x Export, sum chain.Hash, at SignedCheckpoint, err error) {
	f, err := os.CreateTemp(t.dir, ".export-*")
	if err != nil {
		return x, sum, at, fmt.Errorf("create export: %w", err)
	}
	x.Path = f.Name()
	err = t.View(func(v *View) (err error) {
		if req.whole() {
			if at, err = v.checkpointOf(seq); err != nil {
				return err
			}
			x.Size = at.Size
			x.Entries, err = v.writeExport(ctx, &lineCounter{w: f, tell: req.Progress, total: seq}, seq, req.Private)
			return err
		}
		if at, err = v.checkpoint(); err != nil {
			return err
		}
		x.Size = at.Size
		x.Entries, sum, err = v.writeFiltered(ctx, f, req)
		return err
	})
	if st, serr := f.Stat(); serr == nil {
		x.Bytes = st.Size()
	}
	if cerr := f.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("close export: %w", cerr)
	}
	return x, sum, at, err
}

// lineCounter tells how many lines have gone through it.
type lineCounter struct {
	w           io.Writer
	done, total uint64
	tell        func(done, total uint64)
}

func (c *lineCounter) Write(b []byte) (int, error) {
	c.done += uint64(bytes.Count(b, []byte{'\n'}))
	if c.tell != nil {
		c.tell(min(c.done, c.total), c.total)
	}
	return c.w.Write(b)
}

// asHeader is the filter as the header and the entry of an export name it.
func (f JournalFilter) asHeader() map[string]any {
	m := map[string]any{}
	for name, s := range map[string]string{"actor": f.Actor, "class": f.Class, "outcome": f.Outcome} {
		if s != "" {
			m[name] = s
		}
	}
	for name, at := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !at.IsZero() {
			m[name] = at.UTC().Format(time.RFC3339Nano)
		}
	}
	return m
}

// byTime tells whether nothing but the time is restricted: such an export is
// without gaps and holds the neighbour on each side.
func (f JournalFilter) byTime() bool { return f.Actor == "" && f.Class == "" && f.Outcome == "" }

// span is the run of entries that can match, by binary search over their
// times, which never fall.
func (v *View) span(f JournalFilter, first, last uint64) (lo, hi uint64, err error) {
	at := func(t time.Time) uint64 {
		n := sort.Search(int(last-first+1), func(i int) bool {
			e, lookup := v.entry(first + uint64(i))
			if lookup != nil {
				err = lookup
			}
			return lookup != nil || !e.Time.Before(t)
		})
		return first + uint64(n)
	}
	lo, hi = first, last
	if !f.From.IsZero() {
		lo = at(f.From)
	}
	if !f.To.IsZero() {
		hi = at(f.To) - 1
	}
	if f.byTime() {
		lo, hi = max(first, lo-1), min(last, hi+1)
	}
	return lo, hi, err
}

// lineWriter is a form of export.
type lineWriter interface {
	entry(seq uint64, previous, hash chain.Hash, payload []byte, private, salt []byte) error
	close() (entries uint64, sum chain.Hash, err error)
}

func (v *View) writeFiltered(ctx context.Context, to io.Writer, req ExportRequest) (uint64, chain.Hash, error) {
	src, err := newLogSource(v.tx)
	if err != nil {
		return 0, chain.Hash{}, Fail(Corrupt, "damaged").Because(err)
	}
	h := src.Header()
	h.Complete, h.Filter = false, req.Filter.asHeader()
	lo, hi, err := v.span(req.Filter, h.First, h.Last)
	if err != nil {
		return 0, chain.Hash{}, err
	}
	var out lineWriter
	if req.Form == ExportCSV {
		out, err = newTable(to)
	} else {
		out, err = v.newProvenLines(to, h)
	}
	if err != nil {
		return 0, chain.Hash{}, fmt.Errorf("write export: %w", err)
	}
	previous := h.Genesis
	if lo > 1 {
		before, err := treeNodes{v.tx}.ChainHashes(lo-1, 1)
		if err != nil {
			return 0, chain.Hash{}, Fail(Corrupt, "damaged").Because(err)
		}
		previous = before[0]
	}
	if err := v.eachLine(ctx, req, lo, hi, previous, out); err != nil {
		return 0, chain.Hash{}, err
	}
	return out.close()
}

func (v *View) eachLine(ctx context.Context, req ExportRequest, lo, hi uint64, previous chain.Hash, out lineWriter) error {
	const tell = 4096
	only := req.Filter
	if only.byTime() {
		only = JournalFilter{} // neighbours belong to it
	}
	c := v.tx.Bucket([]byte("entries")).Cursor()
	seq := lo
	for k, b := c.Seek(u64(lo)); k != nil && seq <= hi; k, b = c.Next() {
		if len(b) <= 32 || !bytes.Equal(k, u64(seq)) {
			return Fail(Corrupt, "damaged").Because(errDamaged)
		}
		if seq%tell == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if req.Progress != nil {
				req.Progress(seq-lo, hi-lo+1)
			}
		}
		p, err := chain.ParsePayload(b[32:])
		if err != nil {
			return Fail(Corrupt, "damaged").Because(err)
		}
		hash := chain.Hash(b[:32])
		if only.matches(p) {
			var plain, salt []byte
			if req.Private {
				if plain, salt, err = v.privateRecord(seq); err != nil && !IsNotFound(err) {
					return err
				}
			}
			if err := out.entry(seq, previous, hash, b[32:], plain, salt); err != nil {
				return fmt.Errorf("write export: %w", err)
			}
		}
		previous = hash
		seq++
	}
	return nil
}

// provenLines are lines of coffre-audit/v1 with inclusion proofs.
type provenLines struct {
	w    *chain.Writer
	tree chain.Nodes
	size uint64
}

func (v *View) newProvenLines(to io.Writer, h chain.Header) (*provenLines, error) {
	w, err := chain.NewWriter(to, h)
	return &provenLines{w, chain.NewProver(treeNodes{v.tx}, h.Last), h.Last}, err
}

func (l *provenLines) entry(seq uint64, previous, hash chain.Hash, payload, private, salt []byte) error {
	proof, err := chain.ProveInclusion(l.tree, l.size, seq-1)
	if err != nil {
		return err
	}
	return l.w.ProvenEntry(previous, hash, payload, proof, private, salt)
}

func (l *provenLines) close() (uint64, chain.Hash, error) {
	if err := l.w.Close(); err != nil {
		return 0, chain.Hash{}, err
	}
	n, sum := l.w.End()
	return n, sum, nil
}
