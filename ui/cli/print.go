package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"unicode"
)

// object writes v as one line of JSON on stdout.
func (c *Call) object(v any) error {
	enc := json.NewEncoder(c.Stdout)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// say writes a sentence for people on stdout, note one on stderr.
func (c *Call) say(key string, args ...any) { fmt.Fprintln(c.Stdout, c.Lang.T(key, args...)) }
func (c *Call) note(key string, args ...any) {
	fmt.Fprintln(c.Stderr, "coffre: "+c.Lang.T(key, args...))
}

// list writes one object a line with --json, otherwise a table whose first row
// is the titles, or the sentence of empty where there is nothing.
func list[T any](c *Call, items []T, empty string, titles []string, row func(T) []string) error {
	if c.JSON {
		for _, item := range items {
			if err := c.object(item); err != nil {
				return err
			}
		}
		return nil
	}
	if len(items) == 0 {
		c.note(empty)
		return nil
	}
	tw := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	head := make([]string, len(titles))
	for i, t := range titles {
		head[i] = c.Lang.T(t)
	}
	writeRow(tw, head)
	for _, item := range items {
		writeRow(tw, row(item))
	}
	if err := tw.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

func writeRow(w io.Writer, cells []string) {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(clean(cell), "\n", " ")
	}
	fmt.Fprintln(w, strings.Join(cells, "\t"))
}

// clean takes out of a text what a terminal would obey: control characters
// other than line feed, and marks that change the direction of writing.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)
}

// terminal tells whether a stream is one.
func terminal(stream any) (*os.File, bool) {
	f, ok := stream.(*os.File)
	return f, ok && isTerminal(f)
}
