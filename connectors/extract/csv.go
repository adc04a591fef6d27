package extract

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

const (
	maxColumns = 2000 // more is no table that a person wrote
	sampleRows = 100
)

func runCSV(data []byte, o Options) (Text, error) {
	d, err := decode(data, nil)
	if err != nil {
		return Text{}, err
	}
	b := newBuilder(o)
	b.warnDecoded(d)
	s, comma := delimiter(d.text)
	if err := b.csvRows(s, comma); err != nil {
		return Text{}, err
	}
	return b.text(FormatCSV, "", "", CodeEmpty)
}

func csvReader(s string, comma rune) *csv.Reader {
	r := csv.NewReader(strings.NewReader(s))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = comma, true, -1, true
	return r
}

// delimiter tells the separator: Excel's "sep=" line if there is one, else the
// one that gives most rows the same number of cells. Semicolon comes first
// because French files have commas inside their figures.
func delimiter(s string) (string, rune) {
	if rest, ok := strings.CutPrefix(s, "sep="); ok && len(rest) > 1 && (rest[1] == '\n' || rest[1] == '\r') {
		if strings.ContainsRune(";,\t|", rune(rest[0])) {
			return strings.TrimLeft(rest[1:], "\r\n"), rune(rest[0])
		}
	}
	best, bestScore := ',', 0.0
	for _, c := range ";\t,|" {
		if score := consistency(s, c); score > bestScore+0.05 {
			best, bestScore = c, score
		}
	}
	return s, best
}

// consistency is the share of sampled rows that have the usual number of cells
// under a separator, 0 where the usual row isn't cut at all.
func consistency(s string, comma rune) float64 {
	r := csvReader(clip(s, 1<<18), comma)
	counts, rows := map[int]int{}, 0
	for rows < sampleRows {
		rec, err := r.Read()
		if err != nil {
			break
		}
		if len(rec) > 1 || strings.TrimSpace(rec[0]) != "" {
			counts[len(rec)]++
			rows++
		}
	}
	mode := usual(counts)
	if mode < 2 {
		return 0
	}
	return float64(counts[mode]) / float64(rows)
}

// usual is the most frequent key, the larger one of two equals.
func usual(counts map[int]int) int {
	mode := 0
	for n, c := range counts {
		if c > counts[mode] || c == counts[mode] && n > mode {
			mode = n
		}
	}
	return mode
}

func (b *builder) csvRows(s string, comma rune) error {
	r := csvReader(s, comma)
	var head [][]string // rows seen before it is known whether there is a header
	var names []string
	decided := false
	for b.err == nil {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fail(CodeCorrupt, err)
		}
		if len(rec) > maxColumns {
			return fail(CodeTooLarge, errors.New("too many columns"))
		}
		row := cleanRow(rec)
		if row == nil {
			continue
		}
		if decided {
			b.csvRow(names, row)
			continue
		}
		if head = append(head, row); len(head) == sampleRows {
			names, decided = b.csvHead(head), true
		}
	}
	if !decided {
		b.csvHead(head)
	}
	return b.err
}

// cleanRow copies a record's cells cleaned, nil for a blank row.
func cleanRow(rec []string) []string {
	row := make([]string, len(rec))
	blank := true
	for i, cell := range rec {
		row[i] = cleanInline(cell)
		blank = blank && row[i] == ""
	}
	if blank {
		return nil
	}
	return row
}

// csvHead adds the first rows: what stands above the header (the title of an
// export, its date) as paragraphs, the rest under the header's names. It
// returns these names, nil for none.
func (b *builder) csvHead(rows [][]string) []string {
	counts := map[int]int{}
	for _, row := range rows {
		counts[len(row)]++
	}
	at := headerRow(rows, usual(counts))
	if at < 0 {
		for _, row := range rows {
			b.plainRow(row)
		}
		return nil
	}
	for _, row := range rows[:at] {
		b.paragraph(strings.Join(row, " "))
	}
	for _, row := range rows[at+1:] {
		b.namedRow(rows[at], row)
	}
	return rows[at]
}

func (b *builder) csvRow(names, row []string) {
	if names == nil {
		b.plainRow(row)
		return
	}
	b.namedRow(names, row)
}

// headerRow is the index of the header within rows of usually n cells, -1 for
// none: among the first rows, the first one with most of its cells filled, if
// these are short, distinct, and no figures.
func headerRow(rows [][]string, n int) int {
	for i, row := range rows[:min(len(rows), 10)] {
		var filled []string
		for _, c := range row {
			if c != "" {
				filled = append(filled, c)
			}
		}
		if len(filled) < 2 && n > 1 || len(filled)*10 < n*7 {
			continue
		}
		if i+1 < len(rows) && n > 1 && distinctNames(filled) && headerFits(row) {
			return i
		}
		return -1
	}
	return -1
}
