package store

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"hash"
	"io"
	"strconv"
	"strings"

	"coffre/chain"
)

// csvTable is a CSV (RFC 4180) with a byte order mark, which spreadsheets need to
// read UTF-8; its hash is of the whole file.
type csvTable struct {
	buf *bufio.Writer
	w   *csv.Writer
	sum hash.Hash
	n   uint64
}

var csvColumns = []string{
	"seq", "time", "actor_kind", "actor", "action", "outcome", "object_kind", "object",
	"session", "request", "detail", "private", "chain_hash",
}

func newTable(to io.Writer) (*csvTable, error) {
	t := &csvTable{sum: sha256.New()}
	t.buf = bufio.NewWriterSize(io.MultiWriter(to, t.sum), 1<<16)
	t.w = csv.NewWriter(t.buf)
	t.w.UseCRLF = true
	if _, err := t.buf.WriteString("\ufeff"); err != nil {
		return nil, err
	}
	return t, t.w.Write(csvColumns)
}

func (t *csvTable) entry(_ uint64, _, hash chain.Hash, payload, private, _ []byte) error {
	p, err := chain.ParsePayload(payload)
	if err != nil {
		return err
	}
	detail, err := chain.Canonical(p.Detail)
	if err != nil {
		return err
	}
	row := []string{
		strconv.FormatUint(p.Seq, 10), p.Time.UTC().Format("2006-01-02T15:04:05.000Z"), p.Actor.Kind, p.Actor.ID, p.Action,
		p.Outcome, p.Object.Kind, p.Object.ID, p.Session, p.Request, string(detail), string(private), hex.EncodeToString(hash[:]),
	}
	for i := range row {
		row[i] = Harmless(row[i])
	}
	t.n++
	return t.w.Write(row)
}

// Harmless keeps a spreadsheet from taking text for a formula (OWASP, "CSV
// Injection").
func Harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (t *csvTable) close() (uint64, chain.Hash, error) {
	t.w.Flush()
	if err := t.w.Error(); err != nil {
		return 0, chain.Hash{}, err
	}
	if err := t.buf.Flush(); err != nil {
		return 0, chain.Hash{}, err
	}
	return t.n, chain.Hash(t.sum.Sum(nil)), nil
}
