package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

var searchCommand = Command{
	Name: "search", Args: "QUERY", Min: 1, Max: -1, Does: "cli.does.search",
	Flags: []Flag{
		{Name: "limit", Value: "N", Does: "cli.flag.limit"},
		{Name: "collection", Value: "NAME", Does: "cli.flag.collection-search", Many: true},
	},
	Run: runSearch,
}

// hit is a passage as the API shows it, in search results and as one of the
// nearest passages of a question without answer.
type hit struct {
	DocumentID string `json:"document_id"`
	Title      string `json:"title"`
	Page       int    `json:"page"`
	Heading    string `json:"heading"`
	Text       string `json:"text"`
}

func runSearch(ctx context.Context, c *Call) error {
	query := url.Values{"q": {c.Phrase()}}
	if s := c.Flag("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 100 {
			return usage("cli.usage.limit", "value", s)
		}
		query.Set("limit", s)
	}
	return c.with(ctx, func(b *box) error {
		ids, err := c.collections(ctx, b)
		if err != nil {
			return err
		}
		for _, id := range ids {
			query.Add("collection", id)
		}
		var raw json.RawMessage
		if err := b.get(ctx, "/search", query, &raw); err != nil {
			return err
		}
		if c.JSON {
			return c.object(raw)
		}
		var a struct {
			Hits []hit `json:"hits"`
		}
		if err := json.Unmarshal(raw, &a); err != nil {
			return lost(fmt.Errorf("decode hits: %w", err))
		}
		if len(a.Hits) == 0 {
			c.note("cli.search.none")
		}
		for i, h := range a.Hits {
			c.printHit(i+1, h)
		}
		return nil
	})
}

// excerpt is how many characters of a passage a list shows.
const excerpt = 280

func (c *Call) printHit(n int, h hit) {
	fmt.Fprintf(c.Stdout, "%d. %s\n", n, c.place(h.Title, h.Page))
	if h.Heading != "" {
		fmt.Fprintf(c.Stdout, "   %s\n", oneLine(h.Heading, excerpt))
	}
	fmt.Fprintf(c.Stdout, "   %s\n", oneLine(h.Text, excerpt))
}

// place names a document and, where there is one, a page.
func (c *Call) place(title string, page int) string {
	if page == 0 {
		return oneLine(title, excerpt)
	}
	return c.Lang.T("cli.place", "title", oneLine(title, excerpt), "page", page)
}

// oneLine is the beginning of a text, at most n characters of it.
func oneLine(s string, n int) string {
	r := []rune(strings.Join(strings.Fields(clean(s)), " "))
	if len(r) <= n {
		return string(r)
	}
	return strings.TrimRight(string(r[:n-1]), " ") + "…"
}
