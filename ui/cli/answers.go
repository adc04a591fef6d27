package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"coffre/llm"
	"coffre/store"
	"coffre/ui/demo"
)

// Sample is the sample firm in a throw-away box of this process, its documents
// read and indexed.
type Sample struct {
	Tenant *store.Tenant
	Asker  *llm.Asker
	Files  fs.FS // testdata/demo
	Close  func() error
}

// runAnswers puts a list of questions to the sample firm, each as its asker and
// on the way that POST /ask takes, and measures what comes back. answerFigures
// says what each figure is.
func runAnswers(ctx context.Context, c *Call, file string) error {
	questions, err := readQuestions(file)
	if err != nil {
		return err
	}
	s, err := c.Sample(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	m, err := newMarking(s)
	if err != nil {
		return err
	}
	if m.evidence, err = openEvidence(c.Flag("evidence")); err != nil {
		return err
	}
	for _, q := range questions {
		if err := m.ask(ctx, q); err != nil {
			return err
		}
	}
	if err := m.evidence.close(); err != nil {
		return err
	}
	f := m.figures()
	if c.JSON {
		return c.object(f)
	}
	for _, miss := range m.missed {
		c.say(miss.how, "id", miss.question.ID, "question", miss.question.Question)
	}
	c.say("answers.figures", "questions", f.Questions, "hit", percent(f.HitRate5), "right", percent(f.AnsweredRight),
		"citations", percent(f.CitationPrecision), "quotes", percent(f.QuotePrecision),
		"precision", percent(f.AbstentionPrecision), "recall", percent(f.AbstentionRecall), "leaks", f.Leaks)
	return nil
}

func percent(share float64) string { return fmt.Sprintf("%.1f", 100*share) }

// readQuestions reads a list in the shape of testdata/demo/questions.jsonl.
func readQuestions(file string) ([]demo.Question, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage("answers.no-file", "path", file)
	}
	if err != nil {
		return nil, fmt.Errorf("open questions: %w", err)
	}
	defer f.Close()
	var out []demo.Question
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		var q demo.Question
		if err := json.Unmarshal(sc.Bytes(), &q); err != nil || q.Question == "" || q.Asker == "" || !kinds[q.Kind] {
			return nil, Fail(ExitFailed, "answers.broken", "path", file, "line", n)
		}
		out = append(out, q)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read questions: %w", err)
	}
	return out, nil
}

const answerable, unanswerable, forbidden = "answerable", "unanswerable", "forbidden"

var kinds = map[string]bool{answerable: true, unanswerable: true, forbidden: true}

// marking is a list of questions being put and judged.
type marking struct {
	Sample
	firm    demo.Firm
	files   map[string]string // document id to the name of its file
	byKind  map[string]*kindFigures
	hits    int
	quotes  int
	leaks   int
	missed  []miss
	persons map[string]store.Principal // by login

	evidence *evidenceFile
}

// miss is a question that did not come to what is expected of it.
type miss struct {
	question demo.Question
	how      string // the key of its sentence
}

func newMarking(s Sample) (*marking, error) {
	m := &marking{Sample: s, files: map[string]string{}, byKind: map[string]*kindFigures{}, persons: map[string]store.Principal{}}
	var err error
	if m.firm, err = demo.Read(s.Files); err != nil {
		return nil, err
	}
	err = s.Tenant.View(func(v *store.View) error {
		for _, p := range m.firm.People {
			u, err := v.UserByLogin(p.Login)
			if err != nil {
				return err
			}
			if m.persons[p.Login], err = v.Principal(u.ID, store.Person(u.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read sample firm: %w", err)
	}
	return m, nil
}

// fileOf is the name of a document's file, whoever may read it.
func (m *marking) fileOf(id string) (string, error) {
	if name, ok := m.files[id]; ok {
		return name, nil
	}
	err := m.Tenant.View(func(v *store.View) error {
		d, err := v.Document(store.Operator("eval"), id)
		m.files[id] = d.Name
		return err
	})
	return m.files[id], err
}

// mayRead tells by the firm's description alone whether a person may read a
// file: what the box thinks of rights is what is being measured.
func (m *marking) mayRead(login, file string) bool {
	groups := map[string]bool{store.Everyone: true}
	for _, g := range m.firm.Groups {
		for _, member := range g.Members {
			groups[g.Name] = groups[g.Name] || member == login
		}
	}
	readable := map[string]bool{}
	for _, col := range m.firm.Collections {
		for _, r := range col.Readers {
			readable[col.Name] = readable[col.Name] || groups[r]
		}
	}
	for _, d := range m.firm.Documents {
		if path.Base(d.File) == file {
			return readable[d.Collection]
		}
	}
	return false
}
