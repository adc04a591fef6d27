package ui

import (
	"net/http"
	"strconv"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
)

func (s *Server) restWitnessRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/audit/witnesses", may: auth.AuditRead, do: (*request).restWitnesses},
		{method: "POST", path: "/api/v1/audit/witnesses", may: auth.AuditExport, do: (*request).restAddWitness},
		{method: "DELETE", path: "/api/v1/audit/witnesses", may: auth.AuditExport, do: (*request).restDropWitness},
		{method: "GET", path: "/api/v1/audit/witness-update", may: auth.AuditRead, do: (*request).restWitnessUpdate},
		{method: "POST", path: "/api/v1/audit/cosignatures", may: auth.AuditExport, do: (*request).restCosignature},
		{method: "GET", path: "/api/v1/audit/kit", may: auth.AuditExport, export: "kit", do: (*request).auditKit},
	}
}

type witnessJSON struct {
	Name  string     `json:"name"`
	Key   string     `json:"key"`
	Added time.Time  `json:"added"`
	Size  uint64     `json:"size"`
	Seen  *time.Time `json:"seen,omitempty"`
	// Of a witness that is a box:
	Address string              `json:"address,omitempty"`
	Refusal *witnessRefusedJSON `json:"refusal,omitempty"`
}

// witnessRefusedJSON: the witness has seen another journal than this.
type witnessRefusedJSON struct {
	Code string    `json:"code"` // witness-ahead or witness-fork
	At   time.Time `json:"at"`
	Size uint64    `json:"size"` // that it has seen
}

func asWitnessJSON(w store.Witness) witnessJSON {
	out := witnessJSON{Name: w.Name, Key: w.Key, Added: w.Added, Size: w.Size, Address: w.Address}
	if r := w.Refusal; r != nil {
		out.Refusal = &witnessRefusedJSON{r.Code, r.At, r.Size}
	}
	if !w.Seen.IsZero() {
		out.Seen = &w.Seen
	}
	return out
}

func (q *request) restWitnesses() error {
	out := []witnessJSON{}
	err := q.view(func(v *store.View) error {
		all, err := v.Witnesses()
		for _, w := range all {
			out = append(out, asWitnessJSON(w))
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"witnesses": out})
}

func (q *request) restAddWitness() error {
	var in struct {
		Key string `json:"key"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	w, err := q.addWitness(in.Key)
	if err != nil {
		return err
	}
	return q.json(http.StatusCreated, asWitnessJSON(w))
}

func (q *request) restDropWitness() error {
	if err := q.dropWitness(q.r.FormValue("name")); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

// witnessUpdate is what a witness asks for: from= the size that it saw last,
// restores= what its state says.
func (q *request) witnessUpdate() (u chain.WitnessUpdate, err error) {
	var from uint64
	if s := q.r.FormValue("from"); s != "" {
		if from, err = strconv.ParseUint(s, 10, 64); err != nil {
			return u, store.Fail(store.Invalid, "bad-parameter", "name", "from")
		}
	}
	restores, err := q.number("restores", 0)
	if err != nil {
		return u, err
	}
	err = q.view(func(v *store.View) error {
		u, err = v.WitnessUpdate(from, restores)
		return err
	})
	return u, err
}

func (q *request) restWitnessUpdate() error {
	u, err := q.witnessUpdate()
	if err != nil {
		return err
	}
	b, err := u.Encode()
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", "attachment; filename=\"witness-update.json\"")
	_, err = q.w.Write(b)
	return err
}

func (q *request) restCosignature() error {
	var in struct {
		Note string `json:"note"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	w, err := q.t.TakeCosignature(q.r.Context(), q.p.Actor, in.Note, q.id)
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, asWitnessJSON(w))
}
