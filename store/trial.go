package store

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"coffre/index"
)

// The bucket "trials" holds a firm's question list and what became of it:
//
//	q:<id>    a Trial
//	r:<seq>   a TrialRun, by the number of its entry trial.result
//	o:<seq>   what each question of that run came to, for the newest runs
//
// The questions are the firm's own data, like the names of documents: they are
// kept until somebody deletes them, and go with nobody's erasure.

// Limits of a question list.
const (
	MaxTrials         = 500
	MaxTrialQuestion  = 1000 // characters
	MaxTrialDocuments = 20
	MaxTrialWords     = 10
	maxTrialWord      = 200 // characters
)

// TrialInput is what an administrator says of a question.
type TrialInput struct {
	Question  string
	Lang      string   // "fr", "en"; "" to detect it
	Documents []string // ids of those that hold the answer
	Words     []string // what the answer must hold
	NoAnswer  bool     // the documents hold no answer, or the reader may not know it
	Reader    string   // user id: only what they may read too is searched; "" for nobody
}

// Trial is a question of the list with what is expected of it.
type Trial struct {
	ID        string   `json:"id"`
	Question  string   `json:"question"`
	Lang      string   `json:"lang,omitempty"`
	Documents []string `json:"documents,omitempty"`
	Words     []string `json:"words,omitempty"`
	NoAnswer  bool     `json:"no_answer,omitempty"`
	Reader    string   `json:"reader,omitempty"`
	// Author is who wrote it last: it is put with their rights. "" is whoever
	// holds the data directory.
	Author  string    `json:"author,omitempty"`
	Paused  bool      `json:"paused,omitempty"`
	Created time.Time `json:"created"`
	// Changed is the entry that wrote what is asked and expected.
	Changed uint64 `json:"changed"`
}

var trials = table[Trial]("trials")

const trialPrefix = "q:"

func trialKey(id string) []byte { return []byte(trialPrefix + id) }

// Trials returns the question list in the order in which it was written.
func (v *View) Trials() (out []Trial, err error) {
	err = trials.each(v, []byte(trialPrefix), func(_ []byte, t Trial) bool { out = append(out, t); return true })
	slices.SortStableFunc(out, func(a, b Trial) int {
		if c := a.Created.Compare(b.Created); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out, err
}

// Trial returns a question by id.
func (v *View) Trial(id string) (Trial, error) { return trials.get(v, trialKey(id)) }

// TrialAsker is whose rights a question is put with: its author's as they are at
// this moment, and with a reader only what they may read too. So an
// administrator learns nothing of documents that they may not read. NotFound
// where the author is no administrator any more, or an account is closed.
func (v *View) TrialAsker(t Trial) (Principal, error) {
	p := Principal{Actor: System("trials"), Role: Admin, All: true}
	if t.Author != "" {
		var err error
		if p, err = v.Principal(t.Author, System("trials")); err != nil {
			return p, err
		}
		if p.Role != Admin {
			return p, errNotFound
		}
	}
	if t.Reader == "" {
		return p, nil
	}
	reader, err := v.Principal(t.Reader, System("trials"))
	return p.Within(reader), err
}

// MayEditTrial tells whether p may change a question: not where it expects a
// document that p may not read, since it would be put with p's rights.
func (v *View) MayEditTrial(p Principal, t Trial) bool {
	return !slices.ContainsFunc(t.Documents, func(id string) bool {
		d, err := documents.get(v, []byte(id))
		if err != nil {
			return false // gone for everybody
		}
		c, err := v.Collection(d.Collection)
		return err == nil && !p.MayRead(c)
	})
}

// checkTrial tidies what was typed. Errors: Invalid with the code of the
// sentence and the name of the field.
func (v *View) checkTrial(p Principal, in TrialInput) (TrialInput, error) {
	in.Question = strings.Join(strings.Fields(strings.ToValidUTF8(in.Question, "\uFFFD")), " ")
	switch n := utf8.RuneCountInString(in.Question); {
	case n == 0:
		return in, Fail(Invalid, "trial-empty", "name", "question")
	case n > MaxTrialQuestion:
		return in, Fail(Invalid, "trial-long", "name", "question", "limit", strconv.Itoa(MaxTrialQuestion))
	}
	if in.Lang != "fr" && in.Lang != "en" {
		in.Lang = index.DetectLanguage(in.Question)
	}
	var err error
	if in.Words, err = trialWords(in.Words); err != nil {
		return in, err
	}
	slices.Sort(in.Documents)
	in.Documents = slices.Compact(in.Documents)
	if in.NoAnswer != (len(in.Documents) == 0) || in.NoAnswer && len(in.Words) > 0 {
		return in, Fail(Invalid, "trial-expects", "name", "documents")
	}
	if len(in.Documents) > MaxTrialDocuments {
		return in, Fail(Invalid, "trial-documents", "name", "documents", "limit", strconv.Itoa(MaxTrialDocuments))
	}
	for _, id := range in.Documents {
		if _, err := v.Document(p, id); err != nil {
			return in, Fail(Invalid, "trial-document", "name", "documents")
		}
	}
	if in.Reader != "" {
		if _, err := v.Principal(in.Reader, p.Actor); err != nil {
			return in, Fail(Invalid, "trial-reader", "name", "reader")
		}
	}
	return in, nil
}

func trialWords(words []string) (out []string, err error) {
	for _, w := range words {
		w = strings.TrimSpace(strings.ToValidUTF8(w, "\uFFFD"))
		if w == "" || slices.Contains(out, w) {
			continue
		}
		if utf8.RuneCountInString(w) > maxTrialWord || len(out) == MaxTrialWords {
			return nil, Fail(Invalid, "trial-words", "name", "words", "limit", strconv.Itoa(MaxTrialWords))
		}
		out = append(out, w)
	}
	return out, nil
}

// DocumentExists tells whether there is such a document outside of the bin. It
// says nothing else of it, and is for those who were given its id.
func (v *View) DocumentExists(id string) bool {
	d, err := documents.get(v, []byte(id))
	return err == nil && d.Deleted.IsZero()
}
