package page

import (
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"coffre/ui/look"
	"coffre/ui/words"
)

// Quality is the page of the firm's own test questions: what they came to, over
// time, and the questions themselves.
type Quality struct {
	look.Frame
	Questions []TestQuestion
	Runs      []TestRun // kept ones, oldest first
	// Worse is the warning that stands; nil where there is none.
	Worse   *TestWarning
	Running TestProgress
	// Levels are what other thresholds would have made of the last run.
	Levels []TestLevel
	Faults look.Faults // of the import
}

// TestQuestion is a line of the list.
type TestQuestion struct {
	ID, Question string
	Lang         string   // of the question, "" unknown
	Expected     []string // titles of documents that the reader of the page may read
	Hidden, Gone int      // others: not theirs to read; deleted
	NoAnswer     bool
	Paused       bool
	Reader       string // name, "" for nobody
	Outcome      string // of the last run, "" where it was not put
}

// TestRun is a run's figures; shares are from 0 to 1, one of nothing is 1.
type TestRun struct {
	ID                        string
	Began                     time.Time
	Cause                     string
	Right, Hit, NDCG, Refused float64
	N                         TestCounts
	Changed                   []string // codes
	Worse                     bool
}

// TestCounts are the figures behind the shares.
type TestCounts struct{ Questions, Right, Answerable, Hits, Unanswerable, Refused, Left int }

// marked tells whether something else than documents and questions changed.
func (r TestRun) marked() bool {
	for _, c := range r.Changed {
		if c != "documents" && c != "questions" {
			return true
		}
	}
	return false
}

// TestWarning is a run that is worse than the one before a change.
type TestWarning struct {
	Run           string // id
	Lost, Gained  int
	Began, Before time.Time
	Changed       []string // codes
}

// TestProgress is how far a run is.
type TestProgress struct {
	On          bool
	Done, Total int
}

// TestLevel is what a threshold would have made of the last run's questions.
type TestLevel struct {
	Value, Label                               string
	Answered, Wrong, Missed, Refused, Invented int
	Current, Best                              bool
}

// changedList names what changed in the page's language.
func changedList(l words.Lang, codes []string) string {
	var names []string
	for _, c := range codes {
		names = append(names, l.Or("quality-changed", c))
	}
	return l.List(names)
}

func (v Quality) latest() *TestRun {
	if len(v.Runs) == 0 {
		return nil
	}
	return &v.Runs[len(v.Runs)-1]
}

// expectation is what a line says of its question.
func (t TestQuestion) expectation(l words.Lang) string {
	if t.NoAnswer {
		return l.T("quality.no-answer")
	}
	names := append([]string{}, t.Expected...)
	if t.Hidden > 0 {
		names = append(names, l.T("quality.hidden", "n", t.Hidden))
	}
	if t.Gone > 0 {
		names = append(names, l.T("quality.gone", "n", t.Gone))
	}
	return strings.Join(names, " · ")
}

func trialTone(code string) look.Tone {
	switch code {
	case "right":
		return look.Good
	case "stale", "unowned", "unsettled":
		return look.Plain
	}
	return look.Warn
}

// TestEdit is the form of one question.
type TestEdit struct {
	look.Frame
	ID       string // "" for a new one
	Question string
	Words    string // one a line
	NoAnswer bool
	Paused   bool
	Langs    []look.Choice
	Readers  []look.Choice
	// Documents to choose from, those chosen first; More: not all are listed.
	Documents []look.Choice
	More      bool
	Filter    string
	Faults    look.Faults
}

func (e TestEdit) action() string {
	if e.ID == "" {
		return "/quality/questions"
	}
	return join("/quality/questions", e.ID)
}

// TestDetail is one run, question by question.
type TestDetail struct {
	look.Frame
	Run   TestRun
	Items []TestItem
	// Kept: what each question came to is still kept.
	Kept bool
}

// TestItem is what a question came to.
type TestItem struct {
	ID, Question string // "" where it is on the list no more
	Lang         string
	Outcome      string
	Rank         int
	Score        float64
	NoAnswer     bool
	Found        []string // titles that the reader may read
	Hidden       int
}

// foundList names what was found first.
func foundList(l words.Lang, t TestItem) string {
	names := append([]string{}, t.Found...)
	if t.Hidden > 0 {
		names = append(names, l.T("quality.hidden", "n", t.Hidden))
	}
	return strings.Join(names, " · ")
}

// searchURL leads to the search for a question, where every hit says why it is there.
func searchURL(question string) templ.SafeURL {
	return templ.SafeURL("/search?" + url.Values{"q": {question}}.Encode())
}
