package main

import (
	"encoding/json"
	"path/filepath"
	"testing"
)

// TestAnswers holds quotations to what the product promises of the sample
// firm's questions.
func TestAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("seeds the sample firm and asks 120 questions")
	}
	o := command(t, "eval", "--answers", filepath.Join("testdata", "demo", "questions.jsonl"), "--json")
	if o.code != 0 {
		t.Fatalf("exit %d: %s", o.code, o.errout)
	}
	t.Log(o.out)
	var f map[string]any
	if err := json.Unmarshal([]byte(o.out), &f); err != nil {
		t.Fatal(err)
	}
	for name, least := range map[string]float64{
		"questions": 120, "hit_rate_at_5": 0.95, "answered_right": 0.92, "citation_precision": 0.98, "quote_precision": 0.65,
		"abstention_precision": 0.9, "abstention_recall": 0.9,
	} {
		if n, ok := f[name].(float64); !ok || n < least {
			t.Errorf("%s is %v, want at least %v", name, f[name], least)
		}
	}
	if f["leaks"] != 0.0 {
		t.Errorf("%v leaks", f["leaks"])
	}
}
