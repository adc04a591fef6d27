package ui

import (
	"strings"

	"coffre/store"
	"coffre/ui/words"
)

// certificate sends the certificate of a person's erasure.
func (q *request) certificate() error {
	var c store.Certificate
	err := q.view(func(v *store.View) (err error) { c, err = v.Certificate(q.r.PathValue("id")); return err })
	if err != nil {
		return err
	}
	return q.certificateFile("certificat-effacement.txt", func(l words.Lang) string { return certificateText(l, c) })
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
