package page

import (
	"strconv"
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// Ask is the home page: the question box, the conversation so far with each
// answer beside its sources, and the list of conversations.
type Ask struct {
	look.Frame
	Conversation  string // id; empty for a new one
	Title         string // of the conversation
	Kept          string // until when its texts are kept, or empty
	Turns         []Turn
	Conversations []ConversationLink
	// Collections are those the person may read; none selected means all.
	Collections []look.Choice
	// Question and Faults (field "question") come back after a refused post.
	Question string
	Faults   look.Faults
	// Quotes: no model is configured, so answers are quotations.
	Quotes bool
	// Documents is how many the person may read: with none, the empty page
	// leads to Documents instead of a question.
	Documents int
	CanAdd    bool     // may add documents somewhere
	MayUnkept bool     // may ask without anything being kept
	Examples  []string // questions to try on an empty page
	Recent    []RecentDocument
	// Admins are the names of those who can open a collection to the person.
	Admins []string
	Steps  Steps
	// Receding is the day when this conversation's text is erased; zero hides it.
	Receding time.Time
}

// RecentDocument is one of the newest that the person may read.
type RecentDocument struct {
	ID, Title, Collection string
	Added                 time.Time
}

// Steps are what an administrator of a new box does next, and what is done.
type Steps struct {
	Shown                    bool
	Documents, People, Model bool
}

// ConversationLink is an entry of the list of conversations.
type ConversationLink struct {
	ID, Title string
	Current   bool
}

// Turn is a question and its answer. ID is unique on the page and made of
// letters, digits and hyphens: it begins the ids of the answer's sources.
type Turn struct {
	ID       string
	Question string
	Answer   Answer
}

// Answer is a finished answer. The stream's event "done" carries AnswerView of
// it; a page opened later shows the same.
type Answer struct {
	// Abstained: nothing relevant was found. Sources then hold the nearest
	// passages and Sentences nothing.
	Abstained bool
	// Quotes: the sentences are quotations and no model was asked.
	Quotes    bool
	Stopped   bool // the reader stopped it; what had come is shown
	Sentences []Sentence
	Sources   []Source // in the order of their numbers
	Model     string   // empty without a model
	Elapsed   time.Duration
	Seq       uint64      // of answer.give in the journal; 0 hides it
	Fault     *look.Fault // why there is no answer, or only a part
	Why       Why
}

// Sentence is one sentence with the numbers of the sources it cites.
type Sentence struct {
	Text  string
	Cites []int
	// Supported by the cited passages, as llm.Check decided. Where it isn't,
	// Reason is one of the codes of the catalogue's family "reason"; the codes
	// lead-in and no-answer claim nothing, and are shown plainly.
	Supported bool
	Reason    string
	Break     bool // begins a paragraph
}

// Source is a passage that was given to the model, or a nearest passage.
type Source struct {
	N          int
	DocumentID string
	Version    string
	Title      string
	Collection string
	Heading    string // path of headings, or empty
	Page       int    // 0: the document has no pages
	Start, End int    // byte range in the extracted text, of the citation where there is one
	Runs       []Run  // the passage, what is cited marked
	Cited      bool   // by a sentence of the answer
	// Matched are the question's words, as typed, that the passage or its title
	// holds. WordsRank and MeaningRank are its place, from 1, in what each way
	// of searching found; 0 where that way didn't find it or nobody knows.
	Matched                []string
	WordsRank, MeaningRank int
}

func (s Source) place(l words.Lang) string {
	switch {
	case s.Page > 0 && s.Heading != "":
		return l.T("source.page", "n", s.Page) + " · " + s.Heading
	case s.Page > 0:
		return l.T("source.page", "n", s.Page)
	}
	return s.Heading
}

// explained says that there is something to explain: an answer or an abstention.
func (a Answer) explained() bool { return a.Abstained || len(a.Sentences) > 0 }

func sourceID(turn string, n int) string { return turn + "-s" + strconv.Itoa(n) }

func (a Answer) source(n int) (Source, bool) {
	for _, s := range a.Sources {
		if s.N == n {
			return s, true
		}
	}
	return Source{}, false
}

// first is the number of the source that is open when the answer appears.
func (a Answer) first() int {
	for _, s := range a.Sources {
		if s.Cited {
			return s.N
		}
	}
	if len(a.Sources) > 0 {
		return a.Sources[0].N
	}
	return 0
}

// claims says that the sentence states something that needs a passage.
func (s Sentence) claims() bool { return s.Reason != "lead-in" && s.Reason != "no-answer" }

// supported counts the sentences that claim something, and those of them that
// a passage carries.
func (a Answer) supported() (supported, all int) {
	for _, s := range a.Sentences {
		if !s.claims() {
			continue
		}
		all++
		if s.Supported {
			supported++
		}
	}
	return supported, all
}

// The stream of POST /ask/stream: server-sent events, each with one JSON object
// as its data. A request that is refused before the stream begins answers with
// its status and FaultView as its body instead.
//
//	start     {"answer":"…"}      comes first: the id for POST /ask/stop, and the Turn.ID of what follows
//	queue     {"position":n}      1 = next; may repeat
//	passages  {"html":"…"}        SourceList of the passages found
//	token     {"text":"…"}        a piece of the answer; [n] cites a source
//	done      {"html":"…","conversation":"…","url":"/ask/…","item":"…"}   AnswerView, the
//	          conversation's id and address, its ConversationItem; ends the stream
//	error     {"html":"…"}        FaultView; ends the stream
const (
	EventQueue    = "queue"
	EventStart    = "start"
	EventPassages = "passages"
	EventToken    = "token"
	EventDone     = "done"
	EventError    = "error"
)
