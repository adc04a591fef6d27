package ui

import (
	"io"
	"net/http"
	"strings"
	"time"

	"coffre/store"
	"coffre/ui/words"
)

// leavingJSON is the request for a firm's destruction, as its operator sees it.
type leavingJSON struct {
	ID    string     `json:"id"`
	State string     `json:"state"` // waiting, or done
	Asked time.Time  `json:"asked"`
	Ends  *time.Time `json:"ends,omitempty"` // when it can't be taken back any more, where the box runs on
}

func (s *Server) leaving(a store.Approval) (out leavingJSON, err error) {
	out = leavingJSON{ID: a.ID, State: a.State, Asked: a.Asked}
	if !a.Open() {
		return out, nil
	}
	err = s.Root.Box.View(func(v *store.View) error {
		left, err := v.AloneLeft(a)
		ends := s.Auth.Now().Add(left).UTC()
		out.Ends = &ends
		return err
	})
	return out, err
}

func (q *request) boxTenantDestroy() error {
	var in struct {
		Confirm       string `json:"confirm"`
		Reason        string `json:"reason"`
		WithoutExport bool   `json:"without_export"`
		Now           bool   `json:"now"`
		PaperKey      string `json:"paper_key"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	a, err := q.s.Root.AskDestruction(q.r.Context(), q.p, store.DestroyRequest{
		Tenant: q.r.PathValue("id"), Confirm: in.Confirm, Reason: in.Reason, Unexported: in.WithoutExport,
		Now: in.Now, PaperKey: strings.TrimSpace(in.PaperKey), Request: q.id,
	})
	if err != nil {
		return err
	}
	if a.State == store.ApprovalFailed {
		return store.Fail(store.Conflict, a.Code)
	}
	if err := q.s.OpenWays(); err != nil {
		return err
	}
	return q.leavingAnswer(a)
}

func (q *request) leavingAnswer(a store.Approval) error {
	out, err := q.s.leaving(a)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if a.Open() {
		status = http.StatusAccepted
	}
	return q.json(status, out)
}

func (q *request) boxTenantKeep() error {
	a, err := q.s.Root.KeepTenant(q.r.Context(), q.p, q.r.PathValue("id"), q.id)
	if err != nil {
		return err
	}
	return q.leavingAnswer(a)
}

// boxTenantCertificate sends the certificate of a firm's destruction: as text in
// both languages, or with ?as=json its facts.
func (q *request) boxTenantCertificate() error {
	c, err := q.s.Root.TenantCertificate(q.r.PathValue("id"))
	if err != nil {
		return err
	}
	if q.r.FormValue("as") == "json" {
		return q.json(http.StatusOK, c)
	}
	return q.certificateFile("certificat-destruction-"+c.Tenant+".txt", func(l words.Lang) string { return tenantCertificateText(l, c) })
}

// certificateFile sends a certificate as text, in both languages: it goes to
// somebody who may read either.
func (q *request) certificateFile(name string, text func(words.Lang) string) error {
	h := q.w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, err := io.WriteString(q.w, text(words.French)+"\n\n"+strings.Repeat("─", 60)+"\n\n"+text(words.English))
	return err
}

func tenantCertificateText(l words.Lang, c store.TenantCertificate) string {
	done := l.T("tenant-end.ending")
	if !c.Ended.IsZero() {
		done = l.T("tenant-end.ended", "when", l.Stamp(c.Ended.Local()), "n", c.EndedSeq)
	}
	backups := l.T("tenant-end.backups-unknown")
	if !c.BackupsEnd.IsZero() {
		backups = l.T("tenant-end.backups", "day", l.Date(c.BackupsEnd.Local()))
	}
	exported := l.T("tenant-end.unexported")
	if !c.Exported.IsZero() {
		exported = l.T("tenant-end.exported", "when", l.Stamp(c.Exported.Local()))
	}
	waited := l.T("tenant-end.waited")
	switch c.Paper {
	case store.PaperBox:
		waited = l.T("tenant-end.paper-box")
	case store.PaperFirm:
		waited = l.T("tenant-end.paper-firm")
	}
	what := l.T("tenant-end.what", "documents", c.Documents, "size", l.Size(c.Bytes), "people", c.People)
	if c.Closed != "" {
		what, exported = l.T("tenant-end.what-closed"), l.T("tenant-end.unseen")
	}
	if c.Replayed {
		what += " " + l.T("tenant-end.replayed")
	}
	lines := []string{
		strings.ToUpper(l.T("tenant-end.title")), "",
		l.T("tenant-end.firm", "firm", c.Firm, "id", c.Tenant),
		l.T("tenant-end.times", "created", l.Stamp(c.Created.Local()), "suspended", l.Stamp(c.Suspended.Local())),
		l.T("tenant-end.asked", "by", c.By.Kind+"/"+c.By.ID, "when", l.Stamp(c.Asked.Local()), "id", c.Approval), waited,
		l.T("tenant-end.when", "when", l.Stamp(c.Time.Local())), "",
		what, done, l.T("tenant-end.beyond"), backups, exported, "",
	}
	lines = append(append(lines, tenantChain(l, c)...),
		l.T("tenant-end.entry", "n", c.Seq, "hash", c.ChainHash),
		l.T("certificate.check"), "", c.Checkpoint,
	)
	return strings.Join(lines, "\n")
}

// tenantChain says where the firm's chain ended, or why nobody knows.
func tenantChain(l words.Lang, c store.TenantCertificate) []string {
	if c.Closed == "" {
		return []string{l.T("tenant-end.chain", "n", c.Size, "root", c.Root), "", c.Note}
	}
	out := []string{l.T("tenant-end.chain-closed", "why", l.Or("unopened", c.Closed))}
	if c.Note == "" {
		return append(out, l.T("tenant-end.chain-unread"), "")
	}
	return append(out, l.T("tenant-end.chain-last", "n", c.Size, "root", c.Root), "", c.Note)
}
