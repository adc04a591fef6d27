package searchbench

import (
	"fmt"
	"html"
	"math/rand/v2"
	"strings"
	"sync"
)

var shared = sync.OnceValue(newLibrary)

// Document makes the nth file up: Markdown, HTML and plain text in turn, of
// about 1,500 words under eight headings, two in three of them French. The
// same number makes the same file.
func Document(n uint32) (name string, body []byte) {
	lib := shared()
	lang := lib.languageOf(n)
	rnd := rand.New(rand.NewPCG(uint64(n), 23))
	line := func(words int) string { return lang.text(rnd, words) }
	var b strings.Builder
	title := line(6)
	switch n % 3 {
	case 0:
		fmt.Fprintf(&b, "# %s\n\n", title)
	case 1:
		fmt.Fprintf(&b, "<!doctype html><html lang=%q><head><meta charset=\"utf-8\"><title>%s</title></head><body><h1>%s</h1>\n", lang.tag, html.EscapeString(title), html.EscapeString(title))
	default:
		fmt.Fprintf(&b, "%s\n\n", title)
	}
	for range 8 {
		heading, paragraphs := line(4), []string{line(60 + rnd.IntN(60)), line(60 + rnd.IntN(60))}
		switch n % 3 {
		case 0:
			fmt.Fprintf(&b, "## %s\n\n%s\n\n", heading, strings.Join(paragraphs, "\n\n"))
		case 1:
			fmt.Fprintf(&b, "<h2>%s</h2>\n<p>%s</p>\n", html.EscapeString(heading), strings.Join(paragraphs, "</p>\n<p>"))
		default:
			fmt.Fprintf(&b, "%s\n\n%s\n\n", heading, strings.Join(paragraphs, "\n\n"))
		}
	}
	if n%3 == 1 {
		b.WriteString("</body></html>\n")
	}
	return fmt.Sprintf("document-%d.%s", n, []string{"md", "html", "txt"}[n%3]), []byte(b.String())
}
