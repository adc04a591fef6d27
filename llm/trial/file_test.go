package trial

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"coffre/store"
)

// TestReadList reads both kinds of files and says which line is wrong.
func TestReadList(t *testing.T) {
	want := []Line{
		{Question: "Quel préavis ?", Lang: "fr", Documents: []string{"bail.pdf", "avenant.pdf"}, Words: []string{"trois mois"}, Reader: "ines"},
		{Question: "Capital of Mongolia?", NoAnswer: true},
	}
	for name, file := range map[string]string{
		"json": "\ufeff" + `{"question":"Quel préavis ?","lang":"fr","asker":"ines","kind":"answerable","expect":{"documents":["documents/bail.pdf","avenant.pdf"],"answer_contains":["trois mois"]}}` + "\n\n" + `{"question":"Capital of Mongolia?","kind":"unanswerable"}`,
		"csv":  "question,documents,words,reader,lang\nQuel préavis ?,bail.pdf | avenant.pdf,trois mois,ines,fr\nCapital of Mongolia?,,\n",
		"csv;": "Question;Documents;Words;Reader;Lang\r\nQuel préavis ?;bail.pdf|avenant.pdf;trois mois;ines;fr\r\nCapital of Mongolia?\r\n",
	} {
		got, err := ReadList(strings.NewReader(file))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	for file, code := range map[string]string{
		"":                                    "trial-head",
		"name\nx":                             "trial-head",
		"question\n":                          "trials-empty",
		"question\n\"\",x":                    "trial-line",
		`{"question":"a"}` + "\n" + `{"a":1}`: "trial-line",
		`{"question":"a","kind":"odd"}`:       "trial-line",
		"{":                                   "trial-line",
		strings.Repeat("x", maxFile+1):        "request-too-large",
	} {
		if _, err := ReadList(strings.NewReader(file)); err == nil || store.AsError(err).Code != code {
			t.Errorf("%.40q: %v, want %s", file, err, code)
		}
	}
}

// TestListsGoRound: what is written is read again, and so is the sample firm's.
func TestListsGoRound(t *testing.T) {
	b, err := os.ReadFile("../../testdata/demo/questions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := ReadList(bytes.NewReader(b))
	if err != nil || len(lines) < 50 {
		t.Fatalf("%d questions, %v", len(lines), err)
	}
	var out bytes.Buffer
	if err := WriteList(&out, lines); err != nil {
		t.Fatal(err)
	}
	again, err := ReadList(&out)
	if err != nil || len(again) != len(lines) || again[0].Question != lines[0].Question || again[0].Documents[0] != lines[0].Documents[0] {
		t.Errorf("%d questions again, %v", len(again), err)
	}
}

func FuzzReadList(f *testing.F) {
	f.Add([]byte(`{"question":"a","expect":{"documents":["a/b"]}}`))
	f.Add([]byte("question;documents\na;b|c\n"))
	f.Add([]byte("\"question\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		lines, err := ReadList(bytes.NewReader(b))
		if (err == nil) != (len(lines) > 0) {
			t.Errorf("%d lines, %v", len(lines), err)
		}
		for _, l := range lines {
			if l.Question == "" {
				t.Error("a question that is none")
			}
		}
	})
}
