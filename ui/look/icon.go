package look

import (
	"context"
	"embed"
	"io"
	"strings"
	"sync"

	"github.com/a-h/templ"
)

//go:embed icons/*.svg
var iconFiles embed.FS

// shapes is the inner markup of each icon by name.
var shapes = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	entries, err := iconFiles.ReadDir("icons")
	if err != nil {
		panic(err) // compiled in
	}
	for _, e := range entries {
		raw, err := iconFiles.ReadFile("icons/" + e.Name())
		if err != nil {
			panic(err)
		}
		_, svg, _ := strings.Cut(string(raw), "<svg")
		_, inner, _ := strings.Cut(svg, ">")
		inner, _, _ = strings.Cut(inner, "</svg>")
		all[strings.TrimSuffix(e.Name(), ".svg")] = strings.Join(strings.Fields(inner), " ")
	}
	return all
})

// Icon draws a Lucide icon in the colour and size of the text around it. It is
// hidden from assistive technology: the words beside it, or the label of its
// control, say what it means. An unknown name panics.
func Icon(name string) templ.Component {
	inner, ok := shapes()[name]
	if !ok {
		panic("look: no icon " + name)
	}
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">`+inner+`</svg>`)
		return err
	})
}
