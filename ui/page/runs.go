package page

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

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
