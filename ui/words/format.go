package words

import (
	"strconv"
	"strings"
	"time"
)

const (
	narrowSpace = "\u202f" // before ; ! ? and between thousands
	hardSpace   = "\u00a0" // before : and inside « »
)

// Number writes a whole number with its thousands grouped: 12 345 in French
// (narrow no-break space), 12,345 in English.
func (l Lang) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	separator := ","
	if l == French {
		separator = narrowSpace
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// Decimal writes f with that many digits behind the decimal mark.
func (l Lang) Decimal(f float64, digits int) string {
	s := strconv.FormatFloat(f, 'f', digits, 64)
	whole, fraction, found := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return s
	}
	out := l.Number(n)
	if n == 0 && strings.HasPrefix(whole, "-") {
		out = "−" + out
	}
	if !found {
		return out
	}
	if l == French {
		return out + "," + fraction
	}
	return out + "." + fraction
}

// Percent writes a share between 0 and 1 as a whole percentage.
func (l Lang) Percent(share float64) string {
	if l == French {
		return l.Decimal(share*100, 0) + narrowSpace + "%"
	}
	return l.Decimal(share*100, 0) + "%"
}

// Size writes a number of bytes in decimal units (1 kB = 1000 bytes).
func (l Lang) Size(bytes int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	if l == French {
		units = []string{"o", "ko", "Mo", "Go", "To"}
	}
	f, u := float64(bytes), 0
	for f >= 999.5 && u < len(units)-1 {
		f, u = f/1000, u+1
	}
	digits := 0
	if u > 0 && f < 9.95 {
		digits = 1
	}
	return l.Decimal(f, digits) + hardSpace + units[u]
}

// Seconds writes a duration for a reader: 4 ms, 0.42 s, 12 s, 3 min 5 s.
func (l Lang) Seconds(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 0.01:
		return l.Number(d.Milliseconds()) + hardSpace + "ms"
	case s < 10:
		return l.Decimal(s, 2) + hardSpace + "s"
	case s < 60:
		return l.Decimal(s, 0) + hardSpace + "s"
	default:
		minutes, rest := int64(d.Minutes()), int64(s)%60
		return l.Number(minutes) + hardSpace + "min" + hardSpace + l.Number(rest) + hardSpace + "s"
	}
}

var months = map[Lang][12]string{
	French: {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
		"septembre", "octobre", "novembre", "décembre"},
	English: {"January", "February", "March", "April", "May", "June", "July", "August",
		"September", "October", "November", "December"},
}

// Date writes the day of t in the location that t carries: 1er mars 2026,
// 1 March 2026.
func (l Lang) Date(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	day := strconv.Itoa(t.Day())
	if l == French && t.Day() == 1 {
		day = "1er"
	}
	return day + hardSpace + months[l][t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// DateTime writes day and minute of t in the location that t carries.
func (l Lang) DateTime(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	if l == French {
		return l.Date(t) + " à" + hardSpace + t.Format("15:04")
	}
	return l.Date(t) + " at" + hardSpace + t.Format("15:04")
}

// Stamp writes t to the second for tables, the same in both languages.
func (l Lang) Stamp(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Format("2006-01-02 15:04:05")
}

// List joins names for a sentence: a, b et c; a, b and c.
func (l Lang) List(names []string) string {
	last := " and "
	if l == French {
		last = " et "
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + last + names[len(names)-1]
}

var frenchSpacing = strings.NewReplacer(
	" ;", narrowSpace+";", " !", narrowSpace+"!", " ?", narrowSpace+"?", " %", narrowSpace+"%",
	" :", hardSpace+":", "« ", "«"+hardSpace, " »", hardSpace+"»", "'", "’",
)

// space sets the spaces of a catalogue sentence in the language's way.
func (l Lang) space(s string) string {
	if l == French {
		return frenchSpacing.Replace(s)
	}
	return strings.ReplaceAll(s, "'", "’")
}
