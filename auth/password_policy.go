package auth

import (
	_ "embed"
	"strconv"
	"strings"
	"unicode/utf8"

	"coffre/auth/breached"
	"coffre/store"
)

// Bounds of a password: characters at least, bytes at most.
const (
	MinPasswordRunes = 12
	MaxPasswordBytes = 1024
)

//go:embed common.txt
var commonList string

var common = parseCommon(commonList)

func parseCommon(list string) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(list) {
		if w := strings.TrimSpace(line); w != "" && w[0] != '#' {
			out[w] = true
		}
	}
	return out
}

// CheckPassword applies the policy: long enough, not the person's own login or
// name, not one that everybody tries first, and none that was stolen from others
// and published (auth/breached). It asks for no digits or signs.
// Errors are Invalid with codes password-short (min), password-long (max),
// password-own-name, password-common, password-breached.
func CheckPassword(password, login, name string) error {
	p := string(passwordBytes(password))
	switch {
	case len(p) > MaxPasswordBytes:
		return store.Fail(store.Invalid, "password-long", "max", strconv.Itoa(MaxPasswordBytes))
	case utf8.RuneCountInString(p) < MinPasswordRunes:
		return store.Fail(store.Invalid, "password-short", "min", strconv.Itoa(MinPasswordRunes))
	}
	w := breached.Fold(p)
	for _, own := range []string{login, name} {
		if own != "" && (strings.EqualFold(strings.TrimSpace(p), strings.TrimSpace(own)) || w == breached.Fold(own) || w == breached.Fold(own+own)) {
			return store.Fail(store.Invalid, "password-own-name")
		}
	}
	if isCommon(w) {
		return store.Fail(store.Invalid, "password-common")
	}
	if breached.Known(p) {
		return store.Fail(store.Invalid, "password-breached")
	}
	return nil
}

// isCommon looks at a folded password. One that is all signs folds to
// nothing and isn't common for that.
func isCommon(w string) bool {
	if w == "" {
		return false
	}
	return common[w] || common[breached.Stem(w)] || isRepeated(w) || isWalk(w)
}

// isRepeated tells whether w is a unit of up to five characters, over and over,
// the last time perhaps cut.
func isRepeated(w string) bool {
	r := []rune(w)
	for unit := 1; unit <= 5 && unit*2 <= len(r); unit++ {
		same := true
		for i := unit; i < len(r); i++ {
			same = same && r[i] == r[i-unit]
		}
		if same {
			return true
		}
	}
	return false
}

// rows are the orders in which fingers walk: digits, the alphabet, and the
// rows of QWERTY, AZERTY and QWERTZ keyboards.
var rows = []string{
	"0123456789", "1234567890", "abcdefghijklmnopqrstuvwxyz",
	"qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
	"qwertzuiop", "yxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1aqw2zsx3edc4rfv5tgb6yhn7uj",
}

// isWalk tells whether all of w is made of runs of at least three neighbours
// on those rows, forwards or backwards, a row's end joined to its start.
func isWalk(w string) bool {
	r := []rune(w)
	for i := 0; i < len(r); {
		n := 0
		for _, row := range rows {
			n = max(n, runOn(row, r[i:], 1), runOn(row, r[i:], -1))
		}
		if n < 3 {
			return false
		}
		i += n
	}
	return true
}

// runOn returns how many characters at the start of w follow row in steps.
func runOn(row string, w []rune, step int) int {
	at := strings.IndexRune(row, w[0])
	if at < 0 {
		return 0
	}
	n := 1
	for n < len(w) {
		at = (at + step + len(row)) % len(row)
		if w[n] != rune(row[at]) {
			break
		}
		n++
	}
	return n
}
