// Package ingestbench measures on this machine how documents come in: received
// durably, extracted, cut into passages and searchable by their words, through
// the store, the worker and the index as a box has them. What an embedder takes
// afterwards is left out: it depends on the model, and a document is found by
// its words before.
//
// The yardstick, taken in turn with it, is what any program pays that keeps a
// file: writing the same bytes, hashing them with SHA-256, fsync and a name.
package ingestbench

import (
	"log/slog"

	"coffre/connectors/extract"
)

// Options say how much is done. Zero members are replaced by defaults.
type Options struct {
	Dir       string // where a scratch directory is made
	Files     []File // what comes in, in every round; made-up texts where there are none
	Documents int    // made up a round, 100
	Rounds    int    // 3
	Extract   extract.Options
	Log       *slog.Logger
	Tell      func(round int) // 0 warms up
}

// File is a document to be put in.
type File struct {
	Name string // with its ending, which helps to tell its kind
	Body []byte
}

// Figures is what was measured. Rates are medians of the rounds, the ratio the
// median of the rounds' ratios.
type Figures struct {
	Dir         string  `json:"dir"`
	Processors  int     `json:"processors"`
	Rounds      int     `json:"rounds"`
	Documents   int     `json:"documents"` // a round
	Failed      int     `json:"failed"`    // of a round: could not be read
	Bytes       int64   `json:"bytes"`     // a round
	Passages    int     `json:"passages"`  // a round
	ReceivedPS  float64 `json:"received_per_s"`
	DocumentsPS float64 `json:"documents_per_s"` // until all of them are found by their words
	MBPS        float64 `json:"mb_per_s"`
	PassagesPS  float64 `json:"passages_per_s"`
	CopiedPS    float64 `json:"copied_per_s"`  // the yardstick
	Ratio       float64 `json:"ratio_to_copy"` // of documents_per_s
	OneMS       float64 `json:"one_ms"`        // median: one text into an idle box, until it is found
}
