package takeout

import (
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// longest is how many bytes a part of a path may have: 255 is what file systems
// take, and unpacking adds folders before it.
const longest = 120

// reserved are names that Windows gives to devices, whatever their ending.
var reserved = map[string]bool{"con": true, "prn": true, "aux": true, "nul": true}

// safe makes one part of a path of a person's text: readable, and taken by
// Windows, macOS and Linux (Microsoft, "Naming Files, Paths, and Namespaces").
func safe(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"/\|?*`, r):
			return '_'
		case unicode.IsControl(r), r == utf8.RuneError, unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(s, "")))
	s = strings.TrimRight(strings.TrimSpace(s), ". ")
	ext := path.Ext(s)
	if len(ext) > 12 {
		ext = ""
	}
	stem := cut(strings.TrimSuffix(s, ext), longest-len(ext))
	stem = strings.TrimRight(stem, ". ")
	base, _, _ := strings.Cut(strings.ToLower(stem), ".")
	port := len(base) == 4 && (strings.HasPrefix(base, "com") || strings.HasPrefix(base, "lpt")) && base[3] >= '0' && base[3] <= '9'
	switch {
	case stem == "" && ext == "":
		return "_"
	case reserved[base] || port || strings.HasPrefix(stem, ".") || stem == "":
		stem = "_" + stem
	}
	return stem + ext
}

// cut keeps at most n bytes of s, whole characters.
func cut(s string, n int) string {
	for len(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// names gives each file a path that no other has, whatever the case: many disks
// don't tell Bail.pdf from bail.pdf.
type names struct{ taken map[string]bool }

func newNames() *names { return &names{taken: map[string]bool{}} }

// free returns dir/name, or with a number before the ending where that is taken.
func (n *names) free(dir, name string) string {
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	for i := 1; ; i++ {
		p := path.Join(dir, name)
		if i > 1 {
			p = path.Join(dir, stem+" ("+strconv.Itoa(i)+")"+ext)
		}
		key := fold(p)
		if !n.taken[key] {
			n.taken[key] = true
			return p
		}
	}
}

func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }
