package ui

import (
	"io"
	"slices"
	"strings"

	"coffre/chain"
	"coffre/llm/trial"
	"coffre/store"
)

// typedTrial is a question as a form or a request has it, its reader by login.
type typedTrial struct {
	Question  string   `json:"question"`
	Lang      string   `json:"lang"`
	Documents []string `json:"documents"` // ids
	Words     []string `json:"words"`
	NoAnswer  bool     `json:"no_answer"`
	Reader    string   `json:"reader"`
}

// input finds the reader. Error: Invalid "trial-reader".
func (in typedTrial) input(v *store.View) (store.TrialInput, error) {
	out := store.TrialInput{Question: in.Question, Lang: in.Lang, Documents: in.Documents, Words: in.Words, NoAnswer: in.NoAnswer}
	if in.Reader == "" {
		return out, nil
	}
	u, err := v.UserByLogin(in.Reader)
	if err != nil {
		return out, store.Fail(store.Invalid, "trial-reader", "name", "reader")
	}
	out.Reader = u.ID
	return out, nil
}

func (q *request) createTrial(in typedTrial) (t store.Trial, err error) {
	_, err = q.update(chain.TrialCreate, func(tx *store.Tx) error {
		typed, err := in.input(&tx.View)
		if err == nil {
			t, err = tx.CreateTrial(q.p, typed)
		}
		return err
	})
	return t, err
}

func (q *request) updateTrial(id string, in typedTrial) (t store.Trial, err error) {
	_, err = q.update(chain.TrialUpdate, func(tx *store.Tx) error {
		typed, err := in.input(&tx.View)
		if err == nil {
			t, err = tx.UpdateTrial(q.p, id, typed)
		}
		return err
	})
	return t, err
}

func (q *request) pauseTrial(id string, paused bool) (t store.Trial, err error) {
	_, err = q.update(chain.TrialUpdate, func(tx *store.Tx) (err error) { t, err = tx.PauseTrial(id, paused); return err })
	return t, err
}

func (q *request) deleteTrial(id string) error {
	_, err := q.update(chain.TrialDelete, func(tx *store.Tx) error { return tx.DeleteTrial(id) })
	return err
}

func (q *request) acceptRun(id string) error {
	_, err := q.update(chain.TrialAccept, func(tx *store.Tx) error { return tx.AcceptTrialRun(id) })
	return err
}

func (q *request) startTrials() error {
	return q.s.Trials.Start(q.r.Context(), q.t.ID, q.p.Actor, q.event(chain.TrialRun), store.TrialByPerson)
}

// importTrials adds the questions of a file, all or none of them; left counts
// those that were on the list already.
func (q *request) importTrials(r io.Reader) (added, left int, err error) {
	lines, err := trial.ReadList(r)
	if err != nil {
		return 0, 0, err
	}
	_, err = q.update(chain.TrialImport, func(tx *store.Tx) error {
		in, err := q.trialInputs(&tx.View, lines)
		if err == nil {
			added, err = tx.ImportTrials(q.p, in)
		}
		return err
	})
	return added, len(lines) - added, err
}

// trialInputs finds documents by the names of their files, among those that the
// caller may read, and readers by login.
func (q *request) trialInputs(v *store.View, lines []trial.Line) ([]store.TrialInput, error) {
	byName := map[string][]string{}
	err := q.readable(v, func(d store.Document) { byName[d.Name] = append(byName[d.Name], d.ID) })
	if err != nil {
		return nil, err
	}
	var out []store.TrialInput
	for i, l := range lines {
		typed := typedTrial{Question: l.Question, Lang: l.Lang, Words: l.Words, NoAnswer: l.NoAnswer, Reader: l.Reader}
		for _, name := range l.Documents {
			if len(byName[name]) == 0 {
				return nil, store.Fail(store.Invalid, "trial-unknown", "document", name, "line", q.lang.Number(int64(i+1)))
			}
			typed.Documents = append(typed.Documents, byName[name]...)
		}
		in, err := typed.input(v)
		if err != nil {
			return nil, store.Fail(store.Invalid, "trial-unknown-reader", "reader", l.Reader, "line", q.lang.Number(int64(i+1)))
		}
		out = append(out, in)
	}
	return out, nil
}

// readable calls fn for every document that the caller may read.
func (q *request) readable(v *store.View, fn func(store.Document)) error {
	for cursor := ""; ; {
		docs, next, err := v.Documents(q.p, store.DocumentFilter{Cursor: cursor, Limit: 1000})
		if err != nil {
			return err
		}
		for _, d := range docs {
			fn(d)
		}
		if next == "" {
			return nil
		}
		cursor = next
	}
}

// exportTrials writes the list as JSON Lines, without the questions that expect
// a document which the caller may not read, and enters it first.
func (q *request) exportTrials() error {
	var lines []trial.Line
	err := q.view(func(v *store.View) error {
		all, err := v.Trials()
		for _, t := range all {
			if !v.MayEditTrial(q.p, t) {
				continue
			}
			l := trial.Line{Question: t.Question, Lang: t.Lang, Words: t.Words, NoAnswer: t.NoAnswer}
			for _, id := range t.Documents {
				if d, err := v.Document(q.p, id); err == nil {
					l.Documents = append(l.Documents, d.Name)
				}
			}
			if u, err := v.User(t.Reader); err == nil && t.Reader != "" {
				l.Reader = u.Login
			}
			lines = append(lines, l)
		}
		return err
	})
	if err != nil {
		return err
	}
	ev := q.event(chain.TrialExport)
	ev.Detail = chain.Detail{"count": len(lines)}
	if _, err := q.t.Record(q.r.Context(), q.p.Actor, ev); err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "application/x-ndjson; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="questions.jsonl"`)
	return trial.WriteList(q.w, lines)
}

// trialDocuments are a question's expected documents as the caller may see them:
// hidden counts those that the caller may not read, gone those that are deleted.
func (q *request) trialDocuments(v *store.View, ids []string) (docs []store.Document, hidden, gone int) {
	for _, id := range ids {
		d, err := v.Document(q.p, id)
		switch {
		case err == nil && d.Deleted.IsZero():
			docs = append(docs, d)
		case err == nil || !v.DocumentExists(id):
			gone++
		default:
			hidden++
		}
	}
	return docs, hidden, gone
}

// linesOf parts what was typed one a line.
func linesOf(s string) []string {
	return slices.DeleteFunc(strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
}
