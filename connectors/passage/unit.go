package passage

import (
	"unicode/utf8"

	"coffre/connectors/extract"
)

// unit is a block together with the white space that follows it, so that the
// units of a text partition it.
type unit struct {
	start, end int
	kind       string
	level      int
	page       int
	firstOfRun bool // the first of neighbouring rows, table lines or list items
}

func units(t extract.Text) []unit {
	us := []unit{{start: 0, kind: extract.KindParagraph}}
	for i, b := range t.Blocks {
		last := &us[len(us)-1]
		if b.Start < last.start || b.Start >= len(t.Body) || !utf8.RuneStart(t.Body[b.Start]) {
			continue
		}
		if b.Start == last.start && i > 0 {
			continue
		}
		u := unit{start: b.Start, kind: b.Kind, level: b.Level, page: b.Page}
		if b.Start == 0 || len(us) == 1 && blank(t.Body[:b.Start]) {
			u.start = 0
			us[0] = u
			continue
		}
		u.firstOfRun = runs(u.kind) && last.kind != u.kind
		us = append(us, u)
	}
	for i := range us {
		if us[i].end = len(t.Body); i+1 < len(us) {
			us[i].end = us[i+1].start
		}
	}
	return us
}

func runs(kind string) bool {
	return kind == extract.KindRow || kind == extract.KindTable || kind == extract.KindList
}

func blank(s string) bool {
	for _, r := range s {
		if r != ' ' && r != '\n' {
			return false
		}
	}
	return true
}
