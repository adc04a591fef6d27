package ui

import (
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
)

func (s *Server) restAuditRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/audit/entries", may: auth.AuditRead, do: (*request).restEntries},
		{method: "GET", path: "/api/v1/audit/checkpoint", may: auth.AuditRead, do: (*request).checkpointNote},
		{method: "GET", path: "/api/v1/audit/export", may: auth.AuditExport, export: "journal", do: (*request).restExport},
		{method: "GET", path: "/api/v1/audit/proof", may: auth.AuditRead, do: (*request).restProof},
		{method: "GET", path: "/api/v1/receipts/{id}", may: auth.Ask, do: (*request).receipt},
		{method: "POST", path: "/api/v1/audit/verify", may: auth.AuditVerify, do: (*request).restVerify},
	}
}

type entryJSON struct {
	ChainHash chain.Hash `json:"chain_hash"`
	Payload   rawJSON    `json:"payload"`
}

// rawJSON is JSON that is sent as it is.
type rawJSON []byte

func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

// journalFilter reads the filter's parameters; dates are RFC 3339 or days.
func (q *request) journalFilter() (f store.JournalFilter, err error) {
	f.Actor, f.Class, f.Outcome = q.r.FormValue("actor"), q.r.FormValue("class"), q.r.FormValue("outcome")
	if f.From, err = q.instant("from", 0); err != nil {
		return f, err
	}
	if f.To, err = q.instant("to", 24*time.Hour); err != nil {
		return f, err
	}
	if s := q.r.FormValue("cursor"); s != "" {
		if f.Before, err = strconv.ParseUint(s, 10, 64); err != nil {
			return f, store.Fail(store.Invalid, "bad-parameter", "name", "cursor")
		}
	}
	f.Limit, err = q.number("limit", 100)
	return f, err
}

// instant reads a point in time; a bare day stands for its beginning plus add.
func (q *request) instant(name string, add time.Duration) (time.Time, error) {
	s := q.r.FormValue(name)
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, s, time.Local)
	if err != nil {
		return t, store.Fail(store.Invalid, "bad-parameter", "name", name)
	}
	return t.Add(add), nil
}

// traceJournal commits that the journal is read, before any of it is shown.
// Every page is an entry, since a reader chooses where a page begins.
func (q *request) traceJournal(f store.JournalFilter) error {
	ev := q.event(chain.AuditRead)
	ev.Detail = chain.Detail{}
	if f.Before > 0 {
		ev.Detail["before"] = min(f.Before, 1<<52)
	}
	for name, v := range map[string]string{"actor": f.Actor, "class": f.Class, "outcome": f.Outcome} {
		if v != "" {
			ev.Detail[name] = v
		}
	}
	_, err := q.t.Record(q.r.Context(), q.p.Actor, ev)
	return err
}

func (q *request) restEntries() error {
	f, err := q.journalFilter()
	if err != nil {
		return err
	}
	if err := q.traceJournal(f); err != nil {
		return err
	}
	entries, cursor := []entryJSON{}, ""
	err = q.view(func(v *store.View) error {
		all, next, err := v.Journal(f)
		for _, e := range all {
			entries = append(entries, entryJSON{e.Hash, rawJSON(e.Raw)})
		}
		if next > 0 {
			cursor = strconv.FormatUint(next, 10)
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"entries": entries, "cursor": cursor})
}

func (q *request) checkpointNote() error {
	_, note := q.t.Head()
	q.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := io.WriteString(q.w, note)
	return err
}

func (q *request) restExport() error {
	req, err := q.exportRequest()
	if err != nil {
		return err
	}
	x, err := q.t.ExportFiltered(q.r.Context(), q.p.Actor, req)
	if err != nil {
		return err
	}
	defer x.Remove()
	name, kind := exportName(q.t.ID, req)
	return q.sendFile(x, name, kind)
}

// receipt is the receipt of an answer: with the texts for whoever asked, without
// them for those who may export the journal.
func (q *request) receipt() error {
	seq, err := strconv.ParseUint(q.r.PathValue("id"), 10, 64)
	if err != nil {
		return store.Fail(store.NotFound, "not-found")
	}
	b, err := q.t.Receipt(q.r.Context(), q.p, seq, true, q.id)
	if store.IsNotFound(err) && auth.Allowed(q.p, auth.AuditExport) {
		b, err = q.t.Receipt(q.r.Context(), q.p, seq, false, q.id)
	}
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "application/json")
	name := "receipt-" + q.t.ID + "-" + strconv.FormatUint(seq, 10) + ".json"
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, err = q.w.Write(b)
	return err
}

// proofJSON is a proof of inclusion (seq, chain_hash) or of consistency
// (from_size) against the checkpoint, its hashes in base64.
type proofJSON struct {
	Seq        uint64   `json:"seq,omitempty"`
	ChainHash  string   `json:"chain_hash,omitempty"`
	FromSize   uint64   `json:"from_size,omitempty"`
	Size       uint64   `json:"size"`
	Checkpoint string   `json:"checkpoint"`
	Proof      []string `json:"proof"`
}

// restProof proves an entry (?seq=) or that the chain has only grown since a
// size (?from_size=).
func (q *request) restProof() error {
	var out proofJSON
	err := q.view(func(v *store.View) error {
		if s := q.r.FormValue("from_size"); s != "" {
			n, err := strconv.ParseUint(s, 10, 64)
			if err != nil {
				return store.Fail(store.Invalid, "bad-parameter", "name", "from_size")
			}
			p, err := v.ProveGrowth(n)
			out = proofJSON{FromSize: n, Size: p.Size, Checkpoint: p.Checkpoint, Proof: base64s(p.Proof)}
			return err
		}
		n, err := strconv.ParseUint(q.r.FormValue("seq"), 10, 64)
		if err != nil {
			return store.Fail(store.Invalid, "bad-parameter", "name", "seq")
		}
		p, err := v.ProveEntry(n)
		out = proofJSON{Seq: n, ChainHash: p.ChainHash.String(), Size: p.Size, Checkpoint: p.Checkpoint, Proof: base64s(p.Proof)}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, out)
}

func base64s(hs []chain.Hash) []string {
	out := make([]string, len(hs))
	for i, h := range hs {
		out[i] = h.Base64()
	}
	return out
}

func (q *request) restVerify() error {
	var in struct {
		FirstKey    string   `json:"first_key"`
		Checkpoints []string `json:"checkpoints"`
		Witnesses   []string `json:"witnesses"`
	}
	if q.r.ContentLength != 0 {
		if err := q.decode(&in); err != nil {
			return err
		}
	}
	release, err := q.s.turns.take(q.r.Context())
	if err != nil {
		return err
	}
	defer release()
	begun := time.Now()
	rep, err := q.t.Verify(q.r.Context(), q.p.Actor, store.VerifyRequest{FirstKey: in.FirstKey, Checkpoints: in.Checkpoints, Witnesses: in.Witnesses}, q.id)
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, struct {
		chain.Report
		Seconds float64 `json:"seconds"`
	}{rep, time.Since(begun).Seconds()})
}
