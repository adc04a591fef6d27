package llm

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// date is a calendar date as far as a text tells it: parts that are not told are 0. digits is set where
// the order of day and month is open; such a date equals only one with the same digits.
type date struct {
	year, month, day int
	digits           string
}

// tells tells whether a text that holds d also tells x: x says nothing that d does not.
func (d date) tells(x date) bool {
	if d.digits != "" || x.digits != "" {
		return d.digits == x.digits
	}
	return (x.year == 0 || x.year == d.year) && (x.month == 0 || x.month == d.month) && (x.day == 0 || x.day == d.day)
}

const monthNames = `janvier|janv|january|jan|février|fevrier|févr|fevr|february|feb|mars|march|mar|avril|avr|april|apr|mai|may|juin|june|jun|juillet|juil|july|jul|août|aout|august|aug|septembre|september|sept|sep|octobre|october|oct|novembre|november|nov|décembre|decembre|déc|december|dec`

var (
	dayMonth   = regexp.MustCompile(`(?i)(\d{1,2})(?:er|st|nd|rd|th)?(?:[\s\x{a0}]+(?:of|de))?[\s\x{a0}]+(` + monthNames + `)\.?(?:,?[\s\x{a0}]+(\d{4}))?`)
	monthDay   = regexp.MustCompile(`(?i)(` + monthNames + `)\.?[\s\x{a0}]+(?:the[\s\x{a0}]+)?(\d{1,2})(?:st|nd|rd|th)?(?:,?[\s\x{a0}]+(\d{4}))?`)
	monthYear  = regexp.MustCompile(`(?i)(` + monthNames + `)\.?,?[\s\x{a0}]+(?:of[\s\x{a0}]+)?(\d{4})`)
	isoDate    = regexp.MustCompile(`(\d{4})-(\d{2})-(\d{2})`)
	slashDate  = regexp.MustCompile(`(\d{1,2})([/.-])(\d{1,2})([/.-])(\d{4}|\d{2})`)
	monthAlone = regexp.MustCompile(`janvier|January|février|February|mars|March|avril|April|mai|juin|June|juillet|July|août|August|septembre|September|octobre|October|novembre|November|décembre|December`)
	rangeHead  = regexp.MustCompile(`(?i)(\d{1,2})(?:er|st|nd|rd|th)?[\s\x{a0}]*(?:au|à|et|to|and|until|-|–)[\s\x{a0}]*(?:le[\s\x{a0}]+)?$`)
)

var monthPrefix = []string{"jan", "fev", "feb", "mar", "avr", "apr", "mai", "may", "juin", "jun", "juil", "jul", "aou", "aug", "sep", "oct", "nov", "dec"}
var monthOf = []int{1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 10, 11, 12}

func monthNumber(name string) int {
	name = fold(name)
	for i, p := range monthPrefix {
		if strings.HasPrefix(name, p) {
			return monthOf[i]
		}
	}
	return 0
}

// findDates reads the dates of text and blanks them in b, so that their digits are not read as figures.
func findDates(text, lang string, b []byte) []date {
	var out []date
	scan := func(re *regexp.Regexp, read func(m []int) (date, bool)) {
		for _, m := range re.FindAllSubmatchIndex(b, -1) {
			if !standsFree(b, m[0], m[1]) {
				continue
			}
			d, ok := read(m)
			if !ok {
				continue
			}
			out = append(out, d)
			if d.day > 0 {
				out = append(out, rangeStart(b, m[0], d)...)
			}
			blank(b, m[0], m[1])
		}
	}
	get := func(m []int, i int) string { return part(b, m, 2*i) }
	alone := func(m []int) (date, bool) { return date{month: monthNumber(string(b[m[0]:m[1]]))}, true }
	if !strings.ContainsAny(text, "0123456789") {
		scan(monthAlone, alone)
		return out
	}
	scan(isoDate, func(m []int) (date, bool) {
		return checked(date{year: atoi(get(m, 1)), month: atoi(get(m, 2)), day: atoi(get(m, 3))})
	})
	scan(slashDate, func(m []int) (date, bool) {
		if get(m, 2) != get(m, 4) {
			return date{}, false
		}
		return numericDate(get(m, 1), get(m, 3), get(m, 5), lang)
	})
	scan(dayMonth, func(m []int) (date, bool) {
		return checked(date{year: atoi(get(m, 3)), month: monthNumber(get(m, 2)), day: atoi(get(m, 1))})
	})
	scan(monthDay, func(m []int) (date, bool) {
		return checked(date{year: atoi(get(m, 3)), month: monthNumber(get(m, 1)), day: atoi(get(m, 2))})
	})
	scan(monthYear, func(m []int) (date, bool) { return date{year: atoi(get(m, 2)), month: monthNumber(get(m, 1))}, true })
	scan(monthAlone, alone)
	return out
}

// rangeStart reads the first day of "du 12 au 15 mars": the head of the range has month and year of its end.
func rangeStart(b []byte, at int, d date) []date {
	head := b[max(0, at-16):at]
	m := rangeHead.FindSubmatchIndex(head)
	if m == nil || !standsFree(head, m[0], m[1]) {
		return nil
	}
	d.day = atoi(part(head, m, 2))
	if _, ok := checked(d); !ok {
		return nil
	}
	blank(b, at-len(head)+m[2], at-len(head)+m[3])
	return []date{d}
}

// numericDate reads 12/03/2024: day first in French; elsewhere only where one of the two can't be a month.
func numericDate(a, b, y, lang string) (date, bool) {
	first, second, year := atoi(a), atoi(b), atoi(y)
	if len(y) == 2 {
		year += 2000
		if year > 2069 {
			year -= 100
		}
	}
	switch {
	case first > 31 || second > 31 || first == 0 || second == 0 || first > 12 && second > 12:
		return date{}, false
	case second > 12:
		return checked(date{year: year, month: first, day: second})
	case first > 12 || lang == "fr" || first == second:
		return checked(date{year: year, month: second, day: first})
	}
	return date{year: year, digits: itoa(first) + "/" + itoa(second) + "/" + itoa(year)}, true
}

func checked(d date) (date, bool) {
	return d, d.day >= 1 && d.day <= 31 && d.month >= 1 && d.month <= 12
}

// standsFree tells whether no letter or digit touches b[from:to].
func standsFree(b []byte, from, to int) bool {
	before, _ := utf8.DecodeLastRune(b[:from])
	after, _ := utf8.DecodeRune(b[to:])
	return !unicode.IsLetter(before) && !unicode.IsDigit(before) && !unicode.IsLetter(after) && !unicode.IsDigit(after)
}
