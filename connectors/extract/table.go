package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxHeaderBytes = 400 // longer column names, repeated in each row, would drown the values

// table adds rows of clean cells. Where the columns have names, each row says
// them, so that it can be read, quoted and found without the rest of its
// table. header: the source marks the first row as a header.
func (b *builder) table(rows [][]string, header bool) {
	rows = dropBlank(rows)
	if len(rows) == 0 {
		return
	}
	if len(rows) > 1 && (header || looksLikeHeader(rows)) && headerFits(rows[0]) {
		for _, row := range rows[1:] {
			b.namedRow(rows[0], row)
		}
		return
	}
	for _, row := range rows {
		b.plainRow(row)
	}
}

func (b *builder) plainRow(row []string) {
	for len(row) > 0 && row[len(row)-1] == "" {
		row = row[:len(row)-1]
	}
	b.add(KindTable, 0, strings.Join(row, " | "))
}

func (b *builder) namedRow(names, row []string) {
	var s strings.Builder
	for i, v := range row {
		if v == "" {
			continue
		}
		if s.Len() > 0 {
			s.WriteString(" | ")
		}
		if i < len(names) && names[i] != "" && names[i] != v {
			s.WriteString(strings.TrimRight(names[i], " :"))
			s.WriteString(": ")
		}
		s.WriteString(v)
	}
	b.add(KindRow, 0, s.String())
}

func dropBlank(rows [][]string) [][]string {
	kept := rows[:0:0]
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" {
				kept = append(kept, row)
				break
			}
		}
	}
	return kept
}

func headerFits(names []string) bool {
	n, filled := 0, 0
	for _, s := range names {
		n += len(s)
		if s != "" {
			filled++
		}
	}
	return filled > 0 && n <= maxHeaderBytes
}

// looksLikeHeader is for tables that don't mark their header: three columns or
// more (a table of two is as often name and value), a first row of distinct
// short names without figures, and a figure in every later row of some column.
func looksLikeHeader(rows [][]string) bool {
	names := rows[0]
	if len(names) < 3 || !distinctNames(names) {
		return false
	}
	for col := range names {
		figures := 0
		for _, row := range rows[1:] {
			if col < len(row) && isFigure(row[col]) {
				figures++
			}
		}
		if figures > 0 && figures*5 >= (len(rows)-1)*4 {
			return true
		}
	}
	return false
}

// distinctNames reports that every cell could name a column.
func distinctNames(cells []string) bool {
	seen := map[string]bool{}
	for _, s := range cells {
		if s == "" || seen[s] || utf8.RuneCountInString(s) > 60 || isFigure(s) {
			return false
		}
		seen[s] = true
	}
	return true
}

// isFigure: an amount, a date, a number: begins with no letter, has digits, and
// at most three letters (EUR, kg, Nov) among its marks.
func isFigure(s string) bool {
	digits, letters := 0, 0
	for i, r := range s {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsLetter(r) && i == 0:
			return false
		case unicode.IsLetter(r):
			letters++
		}
	}
	return digits > 0 && letters <= 3
}
