package index

import (
	"fmt"
	"strconv"
	"strings"
)

// months are the names that months have in French and English, and their usual
// abbreviations, folded.
var months = map[string]int{
	"janvier": 1, "janv": 1, "january": 1, "jan": 1,
	"fevrier": 2, "fevr": 2, "february": 2, "feb": 2,
	"mars": 3, "march": 3, "mar": 3,
	"avril": 4, "avr": 4, "april": 4, "apr": 4,
	"mai": 5, "may": 5, "juin": 6, "june": 6, "jun": 6,
	"juillet": 7, "juil": 7, "july": 7, "jul": 7,
	"aout": 8, "august": 8, "aug": 8,
	"septembre": 9, "september": 9, "sept": 9, "sep": 9,
	"octobre": 10, "october": 10, "oct": 10,
	"novembre": 11, "november": 11, "nov": 11,
	"decembre": 12, "december": 12, "dec": 12,
}

// monthNumber is the month that a folded word names, 0 for none.
func monthNumber(word string) int { return months[word] }

// date finds the dates that end or begin at token i: 12/03/2026 (the day first,
// unless it can't be), 2026-03-12, 12 mars 2026, March 12th, 2026, mars 2026,
// 03/2026. A date is found by its month too.
func (f *references) date(i int) {
	if f.oneToken(i) || f.numeric(i) {
		return
	}
	year := f.yearAt(i)
	if year == 0 {
		return
	}
	month, day, at := 0, 0, i-1
	switch {
	case at >= 0 && f.near(i) && f.monthAt(at) != 0: // mars 2026
		month = f.monthAt(at)
		day, at = f.dayBefore(at)
	case at >= 1 && f.near(i) && f.near(at) && f.monthAt(at-1) != 0: // March 12, 2026
		month, day, at = f.monthAt(at-1), f.dayAt(at), at-1
		if day == 0 {
			return
		}
	default:
		return
	}
	f.addDate(at, i, year, month, day)
}

// dayBefore looks for the day before a month; without one it returns 0 and the
// month's own place.
func (f *references) dayBefore(month int) (day, at int) {
	at = month - 1
	if at >= 1 && f.near(month) && (f.tokens[at].term == "of" || f.tokens[at].term == "de") {
		at--
	}
	if at >= 0 && f.near(at+1) && f.near(month) {
		if day := f.dayAt(at); day != 0 {
			return day, at
		}
	}
	return 0, month
}

// oneToken reads dates that the tokenizer keeps whole: 12.03.2026, 20260312.
func (f *references) oneToken(i int) bool {
	t := f.tokens[i].term
	if len(t) == 8 && allDigits(t) {
		if y, m, d := dateOf(t[:4], t[4:6], t[6:]); y != 0 {
			f.addDate(i, i, y, m, d)
			return true
		}
	}
	parts := strings.Split(t, "-")
	if len(parts) != 3 {
		return false
	}
	y, m, d := dateOf(parts[0], parts[1], parts[2])
	f.addDate(i, i, y, m, d)
	return y != 0
}

// numeric reads dates of numbers with separators, which end at token i.
func (f *references) numeric(i int) bool {
	if !f.tight(i) {
		return false
	}
	if f.tight(i-1) && f.gap(i) == f.gap(i-1) {
		y, m, d := dateOf(f.tokens[i-2].term, f.tokens[i-1].term, f.tokens[i].term)
		f.addDate(i-2, i, y, m, d)
		return y != 0
	}
	if f.tight(i-1) || f.tight(i+1) || f.gap(i) != "/" {
		return false
	}
	y, m, _ := dateOf("1", f.tokens[i-1].term, f.tokens[i].term)
	if y == 0 || len(f.tokens[i].term) != 4 {
		return false
	}
	f.addDate(i-1, i, y, m, 0)
	return true
}

// tight tells whether a separator of dates joins a token to the one before it.
func (f *references) tight(i int) bool {
	return i > 0 && i < len(f.tokens) && f.tokens[i].exact && f.tokens[i-1].exact && hyphenOf(f.gap(i))
}

// near tells whether spaces, a full stop or a comma join two words of a date.
func (f *references) near(i int) bool {
	return len(f.gap(i)) <= 4 && strings.Trim(f.gap(i), " \u00a0\u202f.,-/\n") == ""
}

func (f *references) monthAt(i int) int {
	return monthNumber(f.tokens[i].term)
}

func (f *references) dayAt(i int) int {
	n, err := strconv.Atoi(ordinalNumber(f.tokens[i].term))
	if err != nil || n < 1 || n > 31 {
		return 0
	}
	return n
}

func (f *references) yearAt(i int) int {
	n, err := strconv.Atoi(f.tokens[i].term)
	if err != nil || len(f.tokens[i].term) != 4 || n < firstYear || n > lastYear {
		return 0
	}
	return n
}

const firstYear, lastYear = 1800, 2199

// dateOf reads three numbers as a date: year, month, day, or the day first, or
// the month where it can't be the day; zeros if they are none.
func dateOf(a, b, c string) (year, month, day int) {
	if !allDigits(a) || !allDigits(b) || !allDigits(c) {
		return 0, 0, 0
	}
	if len(a) != 4 {
		a, c = c, a
	}
	if len(a) != 4 && len(a) != 2 || len(b) > 2 || len(c) > 2 {
		return 0, 0, 0
	}
	year, _ = strconv.Atoi(a)
	if len(a) == 2 {
		year += 2000
	}
	month, _ = strconv.Atoi(b)
	day, _ = strconv.Atoi(c)
	if month > 12 {
		month, day = day, month
	}
	if year < firstYear || year > lastYear || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, 0, 0
	}
	return year, month, day
}

// addDate emits a date and its month, or the month alone where day is 0.
func (f *references) addDate(i, j, year, month, day int) {
	if year == 0 {
		return
	}
	f.add(i, j, fmt.Sprintf("%04d-%02d", year, month))
	if day != 0 {
		f.add(i, j, fmt.Sprintf("%04d-%02d-%02d", year, month, day))
	}
}
