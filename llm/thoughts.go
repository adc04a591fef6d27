package llm

import "strings"

// What stands around the thoughts of models whose server leaves them in the text.
const (
	thinkOpens  = "<think>"
	thinkCloses = "</think>"
)

// thoughts takes the thoughts off the head of a streamed answer: they can't be cited, and nobody asked for them.
// The zero value is ready.
type thoughts struct {
	state thoughtState
	held  string
}

type thoughtState int

const (
	atHead    thoughtState = iota // nothing but space so far, or a part of the opening mark
	inThought                     // behind the opening mark
	after                         // space behind the closing mark
	speaking
)

// without returns what of the text so far may be shown, of which piece is the newest part.
func (t *thoughts) without(piece string) string {
	if t.state == speaking {
		return piece
	}
	t.held += piece
	if t.state == atHead {
		head := strings.TrimLeft(t.held, " \t\r\n")
		switch {
		case strings.HasPrefix(head, thinkOpens):
			t.state, t.held = inThought, head[len(thinkOpens):]
		case strings.HasPrefix(thinkOpens, head):
			return ""
		default:
			return t.speak(t.held)
		}
	}
	if t.state == inThought {
		_, behind, closed := strings.Cut(t.held, thinkCloses)
		if !closed {
			t.held = t.held[max(0, len(t.held)-len(thinkCloses)):]
			return ""
		}
		t.state, t.held = after, behind
	}
	if head := strings.TrimLeft(t.held, " \t\r\n"); head != "" {
		return t.speak(head)
	}
	return ""
}

func (t *thoughts) speak(text string) string {
	t.state, t.held = speaking, ""
	return text
}

// rest is what was held back at the end and was no thought.
func (t *thoughts) rest() string {
	if t.state != atHead {
		return ""
	}
	return t.speak(t.held)
}
