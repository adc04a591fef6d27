package words

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/connectors/extract"
)

// TestEveryCodeOfTheRoomsHasItsSentence reads the codes where they are made.
func TestEveryCodeOfTheRoomsHasItsSentence(t *testing.T) {
	for _, code := range extract.Codes {
		if !English.Has("error."+code) && !English.Has("warning."+code) {
			t.Errorf("extract: no sentence for %s", code)
		}
	}
	for _, class := range chain.Classes() {
		if !English.Has("class." + class) {
			t.Errorf("chain: no word for the class %s", class)
		}
	}
	constants := func(file, pattern, family string) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all := regexp.MustCompile(pattern).FindAllStringSubmatch(string(raw), -1)
		if len(all) == 0 {
			t.Fatalf("%s: no constant matches %s", file, pattern)
		}
		for _, m := range all {
			if !English.Has(family + "." + m[1]) {
				t.Errorf("%s: no sentence for %s.%s", file, family, m[1])
			}
		}
	}
	constants("../../chain/action.go", `(?m)^\t[A-Z]\w+ += "([a-z.]+)"`, "action")
	constants("../../chain/report.go", `(?m)^\tFault\w+ += "([a-z-]+)"`, "fault")
	constants("../../llm/types.go", `(?m)^\tReason\w+ += "([a-z-]+)"`, "reason")

	fail := regexp.MustCompile(`\bFail\([A-Za-z.]+, "([a-z-]+)"`)
	sources(t, func(path, text string) {
		for _, m := range fail.FindAllStringSubmatch(text, -1) {
			if !English.Has("error." + m[1]) {
				t.Errorf("%s: no sentence for the error %s", strings.TrimPrefix(path, "../../"), m[1])
			}
		}
	})
}
