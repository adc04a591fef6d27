package look

import (
	"regexp"
	"slices"
)

var importLine = regexp.MustCompile(`(?m)^import (?:.* from )?"\./([^"]+)";`)

// imports are the modules that the named ones import, and those that these
// import, each once: a page names them so that the browser fetches all at once
// instead of one after the other.
func imports(names ...string) []string {
	var all []string
	for next := names; len(next) > 0; {
		var found []string
		for _, name := range next {
			for _, m := range importLine.FindAllSubmatch(loaded().files[name].body, -1) {
				if in := string(m[1]); !slices.Contains(all, in) && !slices.Contains(names, in) {
					all, found = append(all, in), append(found, in)
				}
			}
		}
		next = found
	}
	return all
}
