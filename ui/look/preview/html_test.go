package preview

import (
	"bytes"
	"context"

	"github.com/a-h/templ"
)

// html renders a fragment for the data of an event.
func html(c templ.Component) string {
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		return err.Error()
	}
	return b.String()
}
