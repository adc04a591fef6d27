package page

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/a-h/templ"
)

// trim leaves out the empty lines around a passage: they part it from its
// neighbours in the document, and say nothing in a card of its own.
func trim(all []Run) []Run {
	out := slices.Clone(all)
	for len(out) > 0 && strings.TrimSpace(out[0].Text) == "" {
		out = out[1:]
	}
	for len(out) > 0 && strings.TrimSpace(out[len(out)-1].Text) == "" {
		out = out[:len(out)-1]
	}
	if len(out) > 0 {
		out[0].Text = strings.TrimLeft(out[0].Text, "\n ")
		out[len(out)-1].Text = strings.TrimRight(out[len(out)-1].Text, "\n ")
	}
	return out
}

// runs writes text with its marks. It isn't a template because a template may
// add a space between two nodes, and a quotation is shown byte for byte. The
// first mark gets the id that addresses of passages end in, where anchor asks
// for it.
func runs(all []Run, anchor bool) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		for _, r := range all {
			switch {
			case r.Mark && anchor:
				b.WriteString(`<mark id="passage" tabindex="-1">` + templ.EscapeString(r.Text) + `</mark>`)
				anchor = false
			case r.Mark:
				b.WriteString("<mark>" + templ.EscapeString(r.Text) + "</mark>")
			default:
				b.WriteString(templ.EscapeString(r.Text))
			}
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}
