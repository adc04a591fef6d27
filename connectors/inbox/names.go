package inbox

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Mark is the file that makes a folder an inbox.
const Mark = "coffre-inbox.txt"

// shelves are the sub-folders of the box's own, by the firm's language.
var shelves = map[string]struct{ taken, refused string }{
	"fr": {"coffre-pris", "coffre-refus"},
	"en": {"coffre-taken", "coffre-refused"},
}

// ours tells whether a sub-folder is one of them, in whatever language.
func ours(name string) bool {
	for _, s := range shelves {
		if strings.EqualFold(name, s.taken) || strings.EqualFold(name, s.refused) {
			return true
		}
	}
	return false
}

// litter are files that systems leave in every folder that they look at.
var litter = map[string]bool{"thumbs.db": true, "desktop.ini": true, "icon\r": true}

// unfinished are endings under which copiers, scanners and browsers write what they
// then rename.
var unfinished = map[string]bool{".tmp": true, ".temp": true, ".part": true, ".partial": true, ".filepart": true, ".crdownload": true, ".download": true, ".lock": true, ".lck": true, ".swp": true}

// ignored tells whether a name is nobody's document: hidden, of a system, or of a
// file that isn't whole yet.
func ignored(name string) bool {
	low := strings.ToLower(name)
	return name == "" || name[0] == '.' || strings.HasPrefix(name, "~") || strings.HasSuffix(name, "~") ||
		litter[low] || low == Mark || unfinished[path.Ext(low)]
}

// titled is a file's name as a document's: NFC, as Macs don't write it, and without
// marks that turn the direction of writing or that nobody sees.
func titled(name string) string {
	name = strings.ToValidUTF8(name, string(utf8.RuneError))
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, name))
}

// sameName compares the name of a sub-folder with a collection's.
func sameName(folder, collection string) bool {
	return strings.EqualFold(strings.TrimSpace(titled(folder)), strings.TrimSpace(norm.NFC.String(collection)))
}
