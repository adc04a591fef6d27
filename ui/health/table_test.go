package health

import (
	"strings"
	"testing"

	"coffre/ui/words"
)

// TestTableHasItsWords: each check has a name and how it is read, each code its
// reason, and each that isn't good its remedy, in both languages; and the
// catalogue has no code that no check returns.
func TestTableHasItsWords(t *testing.T) {
	wanted := map[string]bool{"health-why.other": true, "health-do.other": true, "health-name.other": true, "health-how.other": true}
	for _, c := range checks {
		wanted["health-name."+c.name], wanted["health-how."+c.name] = true, true
		for code, v := range c.says {
			wanted["health-why."+c.name+"-"+code] = true
			if v != OK {
				wanted["health-do."+c.name+"-"+code] = true
			}
		}
	}
	for key := range wanted {
		for _, l := range words.Langs {
			if !l.Has(key) {
				t.Errorf("%s has no %s", l, key)
			}
		}
	}
	for _, key := range words.Keys() {
		if family, _, _ := strings.Cut(key, "."); (family == "health-why" || family == "health-do" || family == "health-name" || family == "health-how") && !wanted[key] {
			t.Errorf("no check says %s", key)
		}
	}
}
