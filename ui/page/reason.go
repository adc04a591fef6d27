package page

import "coffre/ui/look"

// Reason asks for the reason of an export before it begins.
type Reason struct {
	look.Frame
	Action string        // address to post to
	Field  string        // name of the reason's field
	Hidden []HiddenField // what the form held that led here
	Back   string        // where the person came from
	Text   string        // as typed
	Fault  *look.Fault
}

// HiddenField is a field that is sent on as it came.
type HiddenField struct{ Name, Value string }

func (v Reason) fault() string {
	if v.Fault == nil {
		return ""
	}
	return v.Fault.Sentence(v.L)
}
