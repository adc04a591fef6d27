package ui

import (
	"io"
	"strings"

	"coffre/store"
	"coffre/ui/words"
)

// certificate sends the certificate of erasure as text, in both languages: it
// goes to a person who may read either.
func (q *request) certificate() error {
	text := ""
	err := q.view(func(v *store.View) error {
		c, err := v.Certificate(q.r.PathValue("id"))
		if err != nil {
			return err
		}
		text = certificateText(words.French, c) + "\n\n" + strings.Repeat("─", 60) + "\n\n" + certificateText(words.English, c)
		return nil
	})
	if err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="certificat-effacement.txt"`)
	_, err = io.WriteString(q.w, text)
	return err
}

func certificateText(l words.Lang, c store.Certificate) string {
	file := l.T("certificate.file-waits")
	if !c.Compacted.IsZero() {
		file = l.T("certificate.file-written", "when", l.Stamp(c.Compacted.Local()), "n", c.CompactedBy)
	}
	backups := l.T("certificate.backups-unknown")
	if !c.BackupsEnd.IsZero() {
		backups = l.T("certificate.backups", "day", l.Date(c.BackupsEnd.Local()))
	}
	what := l.T("certificate.what", "parts", c.Parts, "conversations", c.Conversations, "sessions", c.Sessions, "keys", c.Keys)
	if c.Replayed {
		what += " " + l.T("certificate.replayed")
	}
	lines := []string{
		strings.ToUpper(l.T("certificate.title")), "",
		l.T("certificate.firm", "firm", c.Firm),
		l.T("certificate.person", "id", c.Person),
		l.T("certificate.when", "when", l.Stamp(c.Time.Local())), "",
		what, l.T("certificate.stays"), file, backups, "",
		l.T("certificate.chain", "n", c.Seq, "hash", c.ChainHash),
		l.T("certificate.check"), "", c.Checkpoint,
	}
	return strings.Join(lines, "\n")
}
