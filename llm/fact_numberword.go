package llm

import "strings"

// numberWords are the words from two to ninety-nine and their multipliers. "un", "une" and "one" are
// articles and pronouns too: they count only before a unit of time.
var numberWords = numberTable(map[int]string{
	2: "deux two", 3: "trois three", 4: "quatre four", 5: "cinq five", 6: "six", 7: "sept seven", 8: "huit eight", 9: "neuf nine",
	10: "dix ten", 11: "onze eleven", 12: "douze twelve", 13: "treize thirteen", 14: "quatorze fourteen", 15: "quinze fifteen",
	16: "seize sixteen", 17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "vingt vingts twenty", 30: "trente thirty",
	40: "quarante forty", 50: "cinquante fifty", 60: "soixante sixty", 70: "septante seventy", 80: "huitante octante eighty", 90: "nonante ninety",
	100: "cent cents hundred", 1000: "mille thousand", 1_000_000: "million millions", 1_000_000_000: "milliard milliards billion billions",
})

var ordinalWords = numberTable(map[int]string{
	2: "deuxieme deuxiemes", 3: "troisieme third", 4: "quatrieme fourth", 5: "cinquieme fifth", 6: "sixieme sixth", 7: "septieme seventh",
	8: "huitieme eighth", 9: "neuvieme ninth", 10: "dixieme tenth",
})

func numberTable(m map[int]string) map[string]int {
	out := map[string]int{}
	for n, words := range m {
		for _, w := range strings.Fields(words) {
			out[w] = n
		}
	}
	return out
}

// readNumberWords reads a number written in words at s[i:], with its unit.
func readNumberWords(s string, i int) (figure, int, bool) {
	first := fold(letters(s[i:]))
	if n, ok := ordinalWords[first]; ok {
		return figure{values: []string{decimal(itoa(n), "", 0)}}, i + len(letters(s[i:])), true
	}
	if first == "un" || first == "une" || first == "one" {
		_, unit, n := readUnit(s[i+len(first):])
		if n == 0 || unit == "" || strings.HasPrefix(s[i+len(first):], " d") && unit != "day" {
			return figure{}, 0, false
		}
		return figure{values: []string{"1e0"}, unit: unit}, i + len(first) + n, true
	}
	if _, ok := numberWords[first]; !ok || (first == "cent" || first == "cents") && strings.HasSuffix(strings.ToLower(s[:i]), "pour ") {
		return figure{}, 0, false
	}
	value, end, count := sumWords(s, i)
	exp, unit, n := readUnit(s[end:])
	if first == "neuf" && count == 1 && unit == "" { // new
		return figure{}, 0, false
	}
	return figure{values: []string{decimal(itoa(value), "", exp)}, unit: unit}, end + n, true
}

// sumWords adds up number words from i on: value, where they end, how many there were.
func sumWords(s string, i int) (value, end, count int) {
	total, cur := 0, 0
	end = i
	for at := i; ; {
		w := letters(s[at:])
		n, ok := numberWords[fold(w)]
		if !ok || !fits(cur, n, count) {
			break
		}
		switch {
		case n == 20 && cur%100 == 4:
			cur += 76
		case n == 100:
			cur = max(cur, 1) * 100
		case n >= 1000:
			total += max(cur, 1) * n
			cur = 0
		default:
			cur += n
		}
		count++
		end = at + len(w)
		at = end + joint(s[end:])
		if at == end {
			break
		}
	}
	return total + cur, end, count
}

// fits tells whether n can go on the number that stands at cur: "vingt" "trois" yes, "deux" "trois" no.
func fits(cur, n, count int) bool {
	low := cur % 100
	switch {
	case count == 0 || n >= 1000:
		return true
	case n == 100:
		return cur > 0 && cur < 10
	case n == 20 && low == 4:
		return true
	case n >= 20:
		return low == 0
	case n >= 10:
		return low == 0 || low == 60 || low == 80
	}
	return low%10 == 0 && low != 10 || low == 10 && (n >= 7)
}

// joint returns the length of what may stand between two number words: a space, a hyphen, " et ", " and ".
func joint(s string) int {
	for _, j := range []string{"-et-", " et ", " and ", "-", " ", "\u00a0"} {
		if strings.HasPrefix(s, j) {
			if _, ok := numberWords[fold(letters(s[len(j):]))]; ok {
				return len(j)
			}
			if u := fold(letters(s[len(j):])); strings.Contains(j, "et") && (u == "un" || u == "une") {
				return 0
			}
		}
	}
	return 0
}
