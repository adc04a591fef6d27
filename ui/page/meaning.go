package page

import "coffre/ui/look"

// Meaning is the card on search by meaning: which embedder answers, in which
// languages, and how far it is.
type Meaning struct {
	Choices  []look.Choice // of the setting embed.model
	Embedder string        // a model's name as people know it; empty: words alone
	Next     string        // the one that takes over once it is whole
	// Languages are codes, "fr" or "en"; none with an embedder means all.
	Languages   []string
	Done, Total int // passages with a vector of Next, or else of Embedder
	Failed      int // passages that can't be embedded
	Stalled     bool
	Why         *look.Fault // of Stalled, where it is known
	At          EmbedAt
}

// Running tells whether passages are still to be embedded.
func (m Meaning) Running() bool { return m.Done < m.Total }
