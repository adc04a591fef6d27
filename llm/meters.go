package llm

import (
	"time"

	"coffre/store/metric"
)

// Meters are what an Asker counts of questions, never what they said.
type Meters struct {
	First    metric.Histogram // from the question to the first word of the answer
	Total    metric.Histogram // to the end of the answer
	Outcomes metric.Counts    // by the words of outcomeOf
}

// The outcomes of a question.
const (
	OutcomeModel     = "model"     // written by a model
	OutcomeQuotes    = "quotes"    // sentences of the documents
	OutcomeAbstained = "abstained" // nothing relevant was found
	OutcomeStopped   = "stopped"   // the reader left
	OutcomeFailed    = "failed"
)

func outcomeOf(res Result, err error) string {
	switch {
	case err != nil:
		return OutcomeFailed
	case res.Cut:
		return OutcomeStopped
	case res.Abstained:
		return OutcomeAbstained
	case res.Answer.Mode == ModeModel:
		return OutcomeModel
	}
	return OutcomeQuotes
}

// timed counts the first word of an answer that emit is told.
func (m *Meters) timed(emit func(Event)) func(Event) {
	begun, came := time.Now(), false
	return func(e Event) {
		if !came && e.Token != "" {
			came = true
			m.First.Since(begun)
		}
		emit(e)
	}
}

// ended counts a question that was answered, or not.
func (m *Meters) ended(begun time.Time, res Result, err error) {
	m.Outcomes.Add(outcomeOf(res, err))
	m.Total.Since(begun)
}

// Meters returns what was counted since the start.
func (a *Asker) Meters() *Meters { return a.meters }

// Load is how many chats the model has now, and how many wait for it.
func (r *Runtime) Load() (running, waiting int) { return r.queue.Load() }
