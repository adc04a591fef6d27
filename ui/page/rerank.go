package page

import (
	"time"

	"coffre/ui/look"
)

// Rerank is the card on the model that puts results in order once more.
type Rerank struct {
	Model, URL string
	Secrets    []look.Choice // as Gateway has them
	Gone       bool
	Exposure   Exposure
}

// RerankTrial is the outcome of a trial.
type RerankTrial struct {
	Unsaved bool // what was typed is not what is saved, and was not tried
	Model   string
	Right   bool // it put the text that answers first
	Took    time.Duration
	Slow    bool // longer than a search waits
	Fault   *look.Fault
}
