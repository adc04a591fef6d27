package demo

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"strings"
)

// Question is a line of testdata/demo/questions.jsonl.
type Question struct {
	ID       string `json:"id"`
	Lang     string `json:"lang"`
	Question string `json:"question"`
	Asker    string `json:"asker"`
	Kind     string `json:"kind"` // answerable, unanswerable, forbidden
	Expect   struct {
		Documents []string `json:"documents"`
		Contains  []string `json:"answer_contains"`
		Page      int      `json:"page"`
	} `json:"expect"`
}

// Questions reads the question list.
func Questions(files fs.FS) ([]Question, error) {
	f, err := files.Open("questions.jsonl")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []Question
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		var q Question
		if err := json.Unmarshal(sc.Bytes(), &q); err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, sc.Err()
}

// Examples are up to three questions that this person of the sample firm can
// have answered, in their language, and one that the documents don't answer.
func Examples(files fs.FS, lang, login string) []string {
	all, err := Questions(files)
	if err != nil {
		return nil
	}
	var out []string
	unanswered := ""
	for _, q := range all {
		if q.Lang != lang || q.Asker != login {
			continue
		}
		// a list of keywords is a question too, but shows nobody how to ask
		if q.Kind == "answerable" && len(out) < 3 && strings.HasSuffix(q.Question, "?") {
			out = append(out, q.Question)
		}
		if q.Kind == "unanswerable" && unanswered == "" {
			unanswered = q.Question
		}
	}
	if unanswered != "" {
		out = append(out, unanswered)
	}
	return out
}
