package ui

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// asvsRequired are the requirements of levels 1 and 2 of ASVS 5.0.0, chapters V6
// to V9, by section.
var asvsRequired = map[string]int{ // section → its last number
	"6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
	"7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
	"8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4,
}

var asvsRow = regexp.MustCompile(`^\| (\d+\.\d+)\.(\d+) \| ([12]) \| [^|]+ \| ([^|]+) \| ([^|]*) \| [^|]* \|$`)

// asvsTable reads the page of a language: number → verdict and tests.
func asvsTable(t *testing.T, lang string, verdicts map[string]string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("../docs/asvs." + lang + ".md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		m := asvsRow.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		verdict, known := verdicts[m[4]]
		number := m[1] + "." + m[2]
		if !known || out[number] != "" {
			t.Errorf("%s %s: verdict %q, or said twice", lang, number, m[4])
		}
		if (verdict == "yes" || verdict == "part") && strings.TrimSpace(m[5]) == "" {
			t.Errorf("%s %s: %s, and no test shows it", lang, number, verdict)
		}
		out[number] = m[3] + " " + verdict + " " + m[5]
	}
	return out
}

// TestASVSTable: the two pages say the same of every requirement, and every test
// that they name exists.
func TestASVSTable(t *testing.T) {
	en := asvsTable(t, "en", map[string]string{"yes": "yes", "in part": "part", "no": "no", "does not apply": "n/a"})
	fr := asvsTable(t, "fr", map[string]string{"oui": "yes", "en partie": "part", "non": "no", "sans objet": "n/a"})
	count := 0
	for section, last := range asvsRequired {
		for i := 1; i <= last; i++ {
			number := section + "." + string(rune('0'+i%10))
			if i > 9 {
				number = section + ".1" + string(rune('0'+i%10))
			}
			count++
			if en[number] == "" || en[number] != fr[number] {
				t.Errorf("%s: English says %q, French %q", number, en[number], fr[number])
			}
		}
	}
	if len(en) != count || len(fr) != count {
		t.Errorf("%d requirements, %d rows in English, %d in French", count, len(en), len(fr))
	}
	tally := map[string]int{}
	for number, row := range en {
		tally[strings.Fields(row)[1]]++
		for _, m := range regexp.MustCompile("`([a-z/]+):(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(row, -1) {
			if !slices.Contains(testsOf(t, m[1]), m[2]) {
				t.Errorf("%s names %s of %s, which there is not", number, m[2], m[1])
			}
		}
	}
	t.Logf("%v", tally)
}

var testName = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(`)

// testsOf lists the tests of a package by its directory.
func testsOf(t *testing.T, dir string) (out []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range testName.FindAllStringSubmatch(string(raw), -1) {
			out = append(out, m[1])
		}
	}
	return out
}
