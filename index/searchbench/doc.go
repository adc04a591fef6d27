// Package searchbench measures the index on this machine: filling it, opening
// it, and answering questions, with passages and vectors that it makes up. All
// of it goes through package index as the product uses it; what is left out is
// the embedding of a question, which depends on the model.
//
// Texts are drawn from two vocabularies by a Zipf-Mandelbrot law, two thirds
// French, one third English, so that posting lists have the lengths that they
// have in natural language. Vectors are clustered: a topic's direction and
// noise. The same seed makes the same passages on every machine.
package searchbench

// Options say how much is done. Zero members are replaced by defaults.
type Options struct {
	Dir       string // where a scratch directory is made
	Passages  int    // 200,000
	Questions int    // 1,000
	Opens     int    // times that the index is opened, 3
	// Tell is told what begins: one of the Stage constants, and a number that
	// goes with it.
	Tell func(stage string, n int)
}

// The stages, in their order.
const (
	StageFill    = "fill"
	StageVectors = "vectors"
	StageOpen    = "open"
	StageAsk     = "ask"
)

func (o *Options) defaults() {
	for _, d := range []struct {
		to   *int
		want int
	}{{&o.Passages, 200_000}, {&o.Questions, 1000}, {&o.Opens, 3}} {
		if *d.to <= 0 {
			*d.to = d.want
		}
	}
	if o.Tell == nil {
		o.Tell = func(string, int) {}
	}
}

// Figures is what was measured. Times are in milliseconds of the clock, memory
// and sizes in MiB. Resident memory counts the pages of mapped files that the
// system has read; it is 0 where the system doesn't tell.
type Figures struct {
	Dir        string  `json:"dir"`
	Processors int     `json:"processors"`
	Passages   int     `json:"passages"`
	Dimensions int     `json:"dimensions"`
	Classes    int     `json:"classes"`          // of access that there are
	Permitted  int     `json:"classes_of_asker"` // of them
	FillPS     float64 `json:"indexed_per_s"`    // passages, by their words
	FillPeakMB float64 `json:"indexing_peak_mb"` // resident, at most
	VectorsPS  float64 `json:"vectors_per_s"`    // made, stored and linked to their neighbours
	OpenMS     float64 `json:"open_ms"`          // median: Open, rights, vectors
	FirstMS    float64 `json:"first_query_ms"`   // median: the first question after it
	Words      Asked   `json:"words"`            // by words alone
	Both       Asked   `json:"both"`             // by words and vectors, fused
	ResidentMB float64 `json:"resident_mb"`      // after all questions
	HeapMB     float64 `json:"heap_mb"`          // of which Go's own
	WordsMB    float64 `json:"words_mb"`         // on disk
	VectorsMB  float64 `json:"vectors_mb"`       // on disk: the file of vectors
	SnapshotMB float64 `json:"snapshot_mb"`      // on disk: what finds them, as it is opened again
	Questions  int     `json:"questions"`
	Found      float64 `json:"hits_per_question"` // mean, of 10
	Meant      float64 `json:"questions_with_vector_hits_pc"`
}

// Asked are the times of one kind of question.
type Asked struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
}

// Target is what a figure is held to, at 200,000 passages on two cores.
type Target struct {
	Name  string  // of the figure in JSON
	Limit float64 // at most
	Value float64
}

// Met tells whether the figure keeps to its limit.
func (t Target) Met() bool { return t.Value <= t.Limit }

// Targets lists what the figures are held to.
func (f Figures) Targets() []Target {
	return []Target{
		{"indexing_peak_mb", 500, f.FillPeakMB},
		{"open_ms", 500, f.OpenMS},
		{"first_query_ms", 50, f.FirstMS},
		{"p50_ms", 10, f.Both.P50},
		{"p99_ms", 40, f.Both.P99},
		{"resident_mb", 1536, f.ResidentMB},
	}
}
