package page

import (
	"coffre/ui/look"
	"coffre/ui/words"
)

// Two is what a form says of a change that takes a second person.
type Two struct {
	Held   bool   // there is something that nobody ends alone
	Alone  bool   // the firm has one administrator: the paper key is asked for
	Asked  bool   // a request waits
	Reason string // as typed
}

// open tells whether a fault lies inside what is folded.
func (t Two) open(l words.Lang, faults look.Faults, prefix string) bool {
	return t.Reason != "" || faults.For(l, prefix+"reason") != "" || faults.For(l, prefix+"paper") != ""
}
