package look

import (
	"path"
	"regexp"
	"slices"
	"sync"
)

var importLine = regexp.MustCompile(`(?m)^import (?:.* from )?"\./([^"]+)";`)

// importing are the modules that each script names itself, read once: every page asks.
var importing = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for name, f := range loaded().files {
		if path.Ext(name) != ".js" {
			continue
		}
		for _, m := range importLine.FindAllSubmatch(f.body, -1) {
			out[name] = append(out[name], string(m[1]))
		}
	}
	return out
})

// imports are the modules that the named ones import, and those that these
// import, each once: a page names them so that the browser fetches all at once
// instead of one after the other.
func imports(names ...string) []string {
	var all []string
	for next := names; len(next) > 0; {
		var found []string
		for _, name := range next {
			for _, in := range importing()[name] {
				if !slices.Contains(all, in) && !slices.Contains(names, in) {
					all, found = append(all, in), append(found, in)
				}
			}
		}
		next = found
	}
	return all
}
