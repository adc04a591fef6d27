package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

var askCommand = Command{
	Name: "ask", Args: "QUESTION", Min: 1, Max: -1, Does: "cli.does.ask",
	Flags: []Flag{
		{Name: "collection", Value: "NAME", Does: "cli.flag.collection-search", Many: true},
		{Name: "conversation", Value: "ID", Does: "cli.flag.conversation"},
	},
	Run: runAsk,
}

type question struct {
	Question     string   `json:"question"`
	Collections  []string `json:"collections,omitempty"`
	Conversation string   `json:"conversation,omitempty"`
	Stream       bool     `json:"stream"`
}

type answer struct {
	Answer    string     `json:"answer"`
	Mode      string     `json:"mode"`
	Abstained bool       `json:"abstained"`
	Citations []citation `json:"citations"`
	Nearest   []hit      `json:"nearest"`
	Model     string     `json:"model"`
	Cut       bool       `json:"cut"`
	Code      string     `json:"code"`
}

type citation struct {
	N        int    `json:"n"`
	Title    string `json:"title"`
	Page     int    `json:"page"`
	Quote    string `json:"quote"`
	Verified bool   `json:"verified"`
}

func runAsk(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		ids, err := c.collections(ctx, b)
		if err != nil {
			return err
		}
		q := question{Question: c.Phrase(), Collections: ids, Conversation: c.Flag("conversation")}
		if _, tty := terminal(c.Stdout); tty && !c.JSON {
			q.Stream = true
			return c.askStreaming(ctx, b, q)
		}
		var raw json.RawMessage
		if err := b.call(ctx, http.MethodPost, "/ask", q, &raw); err != nil {
			return err
		}
		var a answer
		if err := json.Unmarshal(raw, &a); err != nil {
			return lost(fmt.Errorf("decode answer: %w", err))
		}
		if c.JSON {
			if err := c.object(raw); err != nil {
				return err
			}
			return c.judge(a)
		}
		fmt.Fprintln(c.Stdout, clean(a.Answer))
		c.printSources(a)
		return c.judge(a)
	})
}

// unreachable are the codes of a failed question that mean the runtime.
var unreachable = map[string]bool{
	"runtime-unreachable": true, "busy": true, "queue-full": true, "runtime-timeout": true,
}

// judge turns an answer that failed, or was cut, into an exit code.
func (c *Call) judge(a answer) error {
	if a.Code == "" {
		return nil
	}
	exit := ExitFailed
	if unreachable[a.Code] {
		exit = ExitUnreachable
	}
	if c.Lang.Has("error." + a.Code) {
		return Fail(exit, "error."+a.Code)
	}
	return Fail(exit, "error.internal")
}

// printSources lists citations, or the nearest passages where nothing answers.
func (c *Call) printSources(a answer) {
	if a.Cut {
		c.note("cli.ask.cut")
	}
	if a.Mode == "quotes" {
		c.note("cli.ask.quotes")
	}
	if len(a.Citations) > 0 {
		fmt.Fprintln(c.Stdout)
	}
	above := ""
	for _, cite := range a.Citations {
		if head := fmt.Sprintf("[%d] %s", cite.N, c.place(cite.Title, cite.Page)); head != above {
			fmt.Fprintln(c.Stdout, head)
			above = head
		}
		quote := c.Lang.T("cli.quote", "text", oneLine(cite.Quote, 600))
		if !cite.Verified {
			quote += " " + c.Lang.T("cli.ask.unverified")
		}
		fmt.Fprintln(c.Stdout, "    "+quote)
	}
	if a.Abstained && len(a.Nearest) > 0 {
		fmt.Fprintln(c.Stdout)
		c.say("cli.ask.nearest")
		for i, h := range a.Nearest {
			c.printHit(i+1, h)
		}
	}
}
