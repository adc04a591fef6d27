package index

// Query is one search.
type Query struct {
	Text    string   // as typed; MaxQueryBytes and MaxQueryWords say what is read of it
	Classes Classes  // what the asker may read; the empty set finds nothing
	Limit   int      // at most MaxHits; 0 means 10
	Lang    string   // "fr", "en", or "" to detect it
	Docs    []uint32 // if not empty, only passages of these documents
	Legs    Legs     // what to search with
	depth   int      // hits to look for where Limit is less
	fixes   []fix    // of words that no permitted passage holds
	without []exclusion
}

// Legs choose what a search looks at.
type Legs int

const (
	BothLegs   Legs = iota // words, and meaning where an embedder knows the language
	WordsLeg               // words alone
	MeaningLeg             // vectors alone, whatever the language: for measuring
)

// Result is what a search found, best first.
type Result struct {
	Lang    string // the language that the query was read in, "" if unknown
	Hits    []Hit
	Meaning Meaning      // whether vectors took part, and why not
	Err     error        // why not, with MeaningFailed
	Words   []WordWeight // of the query
	Mass    float64      // their weights in all
	// Base is the cosine at which a passage is no nearer than any other that may
	// be read: the mean over them. 0 where vectors took no part.
	Base float64
	// Corrected are words that no permitted passage holds, with what was taken
	// for them.
	Corrected []Correction
	Excluded  []string // words and phrases whose passages were left out, as typed
	Loose     bool     // no permitted passage holds the phrases in quotation marks: found without
}

// WordWeight is a word of a query as typed and its idf among the permitted
// passages.
type WordWeight struct {
	Typed  string
	Weight float64
}

// Meaning says what the vector leg did in a search.
type Meaning string

const (
	MeaningUsed     Meaning = "used"
	MeaningNone     Meaning = "none"     // not asked for, no embedder, or no vector yet
	MeaningLanguage Meaning = "language" // the embedder doesn't know the query's language
	MeaningFailed   Meaning = "failed"   // the query could not be embedded: found by words
)

// Hit is a passage found.
type Hit struct {
	Ordinal, Doc uint32
	Score        float64  // what hits are sorted by; comparable within one result only
	BM25         float64  // score of the word leg
	BM25Rank     int      // place in the word leg from 1, 0 if not in it
	VectorRank   int      // place in the vector leg from 1, 0 if not in it
	Cosine       float64  // similarity to the query, -1 to 1; 0 if the vector leg took no part
	Matched      []string // query words as typed that the passage or its title holds
	Coverage     float64  // share of the query's idf mass that is matched, 0 to 1
}

// Limits of a search.
const (
	MaxQueryBytes = 8192 // of a longer text only the beginning is read
	MaxQueryWords = 256  // distinct words, further ones are ignored
	MaxHits       = 1000
)

// Stats describes an index for people and for tests.
type Stats struct {
	Documents int    // told to the index and not of class 0
	Passages  int    // of those documents
	Words     uint64 // in their texts, stop words not counted
	Segments  int
	Bytes     int64 // on disk
	Applied   uint64

	Embedder  string   // id of the one that answers, "" for none
	Languages []string // searched by meaning; nil for all (or none, without an embedder)
	Next      string   // id of the one that takes over when nothing is pending, "" for none
	Embedded  int      // passages with a vector of Next, or else of Embedder
	Pending   int      // passages still to be embedded by it
	Failed    int      // passages that it can't embed
	Failure   error    // why the backlog does not shrink at present
}
