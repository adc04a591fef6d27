package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"coffre/index"
	"coffre/llm"
)

// abstention measures what the box makes of questions that can and that can't
// be answered. Every question of a collection is put twice: as it is, where one
// of its documents is among the passages found, and with all of its documents
// taken out, which is harder than life, since what was written about the same
// things stays in. Questions of another file are about nothing there.
type abstention struct {
	Dataset string           `json:"dataset"`
	Mode    string           `json:"mode"`
	In      int              `json:"answerable"`
	Out     int              `json:"taken_out"`
	Off     int              `json:"off_topic"`
	Table   []abstentionLine `json:"table"`

	judged   [3][]float64 // probabilities of in, out, off
	evidence *evidenceFile
}

// abstentionLine is what share is answered of each group, with a threshold.
type abstentionLine struct {
	Least float64 `json:"least"`
	In    float64 `json:"answered"`
	Out   float64 `json:"taken_out_answered"`
	Off   float64 `json:"off_topic_answered"`
}

// The groups of abstention.
const (
	groupIn = iota
	groupOut
	groupOff
)

var groupNames = [3]string{"in", "out", "off"}

// abstainSources is how many passages are judged, as for a question of a person.
const abstainSources = 12

// abstainQueries is about how many questions of a collection are put, evenly
// taken from all.
const abstainQueries = 1000

// runAbstain needs the collection indexed and embedded.
func (e *evaluation) runAbstain(ctx context.Context, c *Call) error {
	a := abstention{Dataset: e.data.Name, Mode: e.how.mode}
	var err error
	if a.evidence, err = openEvidence(c.Flag("evidence")); err != nil {
		return err
	}
	queries := e.data.Queries
	for i := 0; i < len(queries); i += max(1, len(queries)/abstainQueries) {
		q := queries[i]
		if err := e.judgeQuery(ctx, &a, q.ID, q.Text); err != nil {
			return err
		}
	}
	if file := c.Flag("off-topic"); file != "" {
		others, err := questionsIn(file)
		if err != nil {
			return err
		}
		for i, q := range others {
			if err := e.judge(ctx, &a, groupOff, fmt.Sprint("off", i), q, nil); err != nil {
				return err
			}
		}
	}
	if err := a.evidence.close(); err != nil {
		return err
	}
	a.In, a.Out, a.Off = len(a.judged[groupIn]), len(a.judged[groupOut]), len(a.judged[groupOff])
	for _, least := range []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9} {
		a.Table = append(a.Table, abstentionLine{
			least, answered(a.judged[groupIn], least), answered(a.judged[groupOut], least), answered(a.judged[groupOff], least),
		})
	}
	return c.object(a)
}

func answered(judged []float64, least float64) float64 {
	n := 0
	for _, p := range judged {
		if p >= least {
			n++
		}
	}
	return round(float64(n)/float64(max(1, len(judged))), 4)
}

// judgeQuery puts a question of the collection, with and without its documents.
func (e *evaluation) judgeQuery(ctx context.Context, a *abstention, id, text string) error {
	relevant := e.data.Relevant[id]
	if err := e.judge(ctx, a, groupIn, id, text, relevant); err != nil {
		return err
	}
	return e.judge(ctx, a, groupOut, id, text, relevant)
}

func (e *evaluation) judge(ctx context.Context, a *abstention, group int, id, text string, relevant map[string]int) error {
	q := index.Query{Text: text, Classes: index.NewClasses(evalClass), Legs: e.how.legs, Limit: abstainSources}
	if group == groupOut {
		q.Limit = min(index.MaxHits, 100+20*len(relevant))
	}
	res, err := e.ix.Search(ctx, q)
	if err != nil {
		return fmt.Errorf("search collection: %w", err)
	}
	var sources []llm.Source
	among := false
	for _, h := range res.Hits {
		d := e.data.Documents[h.Doc-1]
		of := relevant[d.ID] > 0
		if of && group == groupOut || len(sources) == abstainSources {
			continue
		}
		among = among || of
		sources = append(sources, e.source(len(sources)+1, h, d.ID, d.Title))
	}
	if group == groupIn && !among {
		return nil
	}
	j := llm.Judge(text, res.Lang, sources, llm.Trace{Words: res.Words, Mass: res.Mass, Base: res.Base}, llm.DefaultLeast)
	a.judged[group] = append(a.judged[group], j.Probability)
	return a.evidence.add(evidenceLine{a.Dataset, id, groupNames[group], group == groupIn, j.Evidence})
}

func (e *evaluation) source(n int, h index.Hit, doc, title string) llm.Source {
	p := e.texts[h.Ordinal-1]
	return llm.Source{
		N: n, DocumentID: doc, Title: title, Text: p.Text, End: len(p.Text), Lang: p.Lang, Ordinal: h.Ordinal, Score: h.Score, Coverage: h.Coverage,
		WordsRank: h.BM25Rank, MeaningRank: h.VectorRank, BM25: h.BM25, Cosine: h.Cosine,
	}
}

// evidenceLine is one judged question.
type evidenceLine struct {
	set, id, kind string
	answerable    bool
	llm.Evidence
}

// evidenceFile takes evidence, one line a question, for the fit of
// llm/judge_model.go; nil takes nothing.
type evidenceFile struct {
	f *os.File
	w *bufio.Writer
}

func openEvidence(path string) (*evidenceFile, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open evidence: %w", err)
	}
	return &evidenceFile{f, bufio.NewWriter(f)}, nil
}

func (e *evidenceFile) add(l evidenceLine) error {
	if e == nil {
		return nil
	}
	if _, err := fmt.Fprintf(e.w, "%s\t%s\t%s\t%t\t%s\n", l.set, l.id, l.kind, l.answerable, l.Evidence); err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	return nil
}

func (e *evidenceFile) close() error {
	if e == nil {
		return nil
	}
	if err := e.w.Flush(); err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	return e.f.Close()
}

// questionsIn reads a list of questions, or the queries of a collection.
func questionsIn(file string) ([]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, usage("answers.no-file", "path", file)
	}
	defer f.Close()
	var out []string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		var q struct{ Question, Text string }
		if err := json.Unmarshal(sc.Bytes(), &q); err != nil || q.Question+q.Text == "" {
			return nil, Fail(ExitFailed, "abstain.broken", "path", file, "line", n)
		}
		out = append(out, q.Question+q.Text)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read questions: %w", err)
	}
	return out, nil
}
