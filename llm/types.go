package llm

// Source is one passage that may be cited, as it was sent to the model.
type Source struct {
	N                   int    // number in the answer's brackets, from 1
	DocumentID, Version string // public ids
	Title               string // title of the document
	Heading             string // path of headings over the passage, " › " joined
	Lang                string // "fr", "en" or ""
	Page                int    // from 1; 0 where the format has no pages
	Start, End          int    // bytes of the extracted text, end exclusive
	Text                string // the extracted text at [Start,End)
	Ordinal             uint32 // of the passage, in the store
	Score               float64
	Coverage            float64 // share of the question's idf mass that the passage matches, 0..1
	// Place in what words and what meaning found, from 1; 0 where that leg did
	// not find it, and in a conversation read back.
	WordsRank, MeaningRank int
	BM25, Cosine           float64 // scores of the two legs; 0 in a conversation read back
	// Parts are the passages that it is made of, where it is more than the one
	// with Ordinal, which is the best of them.
	Parts []Part
}

// Turn is one question of a conversation with the answer it got.
type Turn struct{ Question, Answer string }

// Message is one message of a chat; Role is "system", "user" or "assistant".
type Message struct{ Role, Content string }

// Citation leads from a sentence to the text that carries it.
type Citation struct {
	N                   int
	DocumentID, Version string
	Page                int
	Start, End          int    // bytes of the extracted text, end exclusive
	Quote               string // the extracted text at [Start,End), byte for byte
	Verified            bool   // the passage carries the sentence, by the package's rule
	Found               bool   // the box added this citation; the model gave none
	Ordinal             uint32 // of the passage, in the store
}

// Sentence is one sentence of an answer, without its brackets.
type Sentence struct {
	Text      string
	Cites     []int // numbers of sources, in the order in which they were cited
	Citations []int // indexes into Answer.Citations, one for each of Cites
	Supported bool
	Reason    string // one of the Reason constants; "" where the sentence is supported
}

// Why a sentence is not supported. The last two mark sentences that claim nothing about a document.
const (
	ReasonNoCitation = "no-citation"
	ReasonNumber     = "number"
	ReasonDate       = "date"
	ReasonName       = "name"
	ReasonLanguage   = "language"
	ReasonWords      = "words"
	ReasonNegation   = "negation"
	ReasonLeadIn     = "lead-in"
	ReasonNoAnswer   = "no-answer"
)

// How an answer came to be.
const (
	ModeQuotes = "quotes" // sentences of the documents themselves, no model asked
	ModeModel  = "model"  // written by a model, checked by Check
	ModeNone   = "none"   // nothing relevant was found, or nothing could be quoted
)

// Answer is what a reader gets.
type Answer struct {
	Mode      string
	Lang      string
	Text      string // sentences with their [n]; numbers that belong to no source are gone
	Sentences []Sentence
	Citations []Citation
	Dropped   int // citations of sources that do not exist
	Best      int // of quotes: index of the sentence that fits the question best
}

// Supported counts the sentences that a cited passage carries.
func (a Answer) Supported() int {
	n := 0
	for _, s := range a.Sentences {
		if s.Supported {
			n++
		}
	}
	return n
}
