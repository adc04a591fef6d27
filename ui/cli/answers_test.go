package cli

import (
	"os"
	"path/filepath"
	"testing"

	"coffre/llm"
	"coffre/ui/demo"
)

func TestAnswersRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := `{"id":"a1","question":"Quand ?","asker":"ines","kind":"answerable"}` + "\n"
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--answers", filepath.Join(dir, "none")}, ExitUsage, "There is no file"},
		{[]string{"--answers", write("cut", good+`{"id":`)}, ExitFailed, "Line 2 of"},
		{[]string{"--answers", write("kind", `{"id":"a1","question":"Quand ?","asker":"ines","kind":"maybe"}`)}, ExitFailed, "Line 1 of"},
		{[]string{"--answers", write("good", good), "tiny"}, ExitUsage, "eval DIR | coffre eval --answers FILE"},
		{nil, ExitUsage, "eval DIR | coffre eval --answers FILE"},
	} {
		run(t, nil, append([]string{"eval"}, c.args...)...).want(t, c.code, "", c.says)
	}
}

// TestAnswersJudged holds what each figure counts, on a firm of two documents.
func TestAnswersJudged(t *testing.T) {
	m := &marking{files: map[string]string{"d1": "bail.pdf", "d2": "paie.pdf"}, byKind: map[string]*kindFigures{}}
	m.firm.Groups = append(m.firm.Groups, struct {
		Name    string   `json:"name"`
		Members []string `json:"members"`
	}{"rh", []string{"solene"}})
	for file, reader := range map[string]string{"documents/bail.pdf": "everyone", "documents/paie.pdf": "rh"} {
		m.firm.Collections = append(m.firm.Collections, struct {
			Name    string   `json:"name"`
			French  string   `json:"name_fr"`
			English string   `json:"name_en"`
			Readers []string `json:"readers"`
			Writers []string `json:"writers"`
		}{Name: reader, Readers: []string{reader}})
		m.firm.Documents = append(m.firm.Documents, struct {
			File       string `json:"file"`
			Collection string `json:"collection"`
			Title      string `json:"title"`
		}{File: file, Collection: reader})
	}
	question := func(id, asker, kind, document, contains string) demo.Question {
		q := demo.Question{ID: id, Asker: asker, Kind: kind}
		q.Expect.Documents, q.Expect.Contains = []string{"documents/" + document}, []string{contains}
		return q
	}
	quote := func(document, text string) llm.Result {
		return llm.Result{
			Sources: []llm.Source{{DocumentID: document, Text: text}},
			Answer:  llm.Answer{Citations: []llm.Citation{{DocumentID: document, Quote: text}}},
		}
	}
	none := llm.Result{Abstained: true}
	for _, c := range []struct {
		q     demo.Question
		res   llm.Result
		said  string
		shown string
	}{
		{question("right", "ines", answerable, "bail.pdf", "900 €"), quote("d1", "Le loyer est de 900 €."), "900 €", "d1"},
		{question("wrong", "ines", answerable, "bail.pdf", "900 €"), quote("d1", "Le loyer est dû."), "dû", "d1"},
		{question("elsewhere", "solene", answerable, "bail.pdf", "900 €"), quote("d2", "Prime de 900 €."), "900 €", "d2"},
		{question("shy", "ines", answerable, "bail.pdf", "900 €"), none, "", "d1"},
		{question("refused", "ines", forbidden, "paie.pdf", "2 000 €"), none, "", "d1"},
		{question("told", "ines", forbidden, "paie.pdf", "2 000 €"), quote("d1", "Il gagne 2 000 €."), "2 000 €", "d1"},
		{question("shown", "ines", unanswerable, "paie.pdf", ""), none, "", "d2"},
	} {
		if err := m.judge(c.q, c.res, []string{c.said}, map[string]bool{c.shown: true}); err != nil {
			t.Fatal(err)
		}
	}
	f := m.figures()
	if f.Questions != 7 || f.Leaks != 2 || f.HitRate5 != 0.25 || f.AnsweredRight != 0.25 ||
		f.CitationPrecision != 0.6667 || f.QuotePrecision != 0.3333 || f.AbstentionPrecision != 0.6667 || f.AbstentionRecall != 0.6667 {
		t.Errorf("%+v", f)
	}
	var got []string
	for _, miss := range m.missed {
		got = append(got, miss.question.ID+" "+miss.how)
	}
	want := []string{"wrong answers.wrong", "elsewhere answers.wrong", "shy answers.abstained", "told answers.leak", "told answers.answered", "shown answers.leak"}
	if len(got) != len(want) {
		t.Fatalf("%q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
}
