package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// askStreaming prints the answer while it comes. What counts is the checked
// answer at the end: where it differs from what came, it is printed again.
func (c *Call) askStreaming(ctx context.Context, b *box, q question) error {
	raw, err := json.Marshal(q)
	if err != nil {
		return fmt.Errorf("encode question: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, apiBase+"/ask", bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	resp, err := b.send(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	r := reply{c: c}
	err = readEvents(resp.Body, r.event)
	if r.shown.Len() > 0 {
		fmt.Fprintln(c.Stdout)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return lost(err)
	case r.final == nil:
		return Fail(ExitUnreachable, "error.stream-interrupted")
	}
	if got := strings.TrimSpace(r.shown.String()); got != strings.TrimSpace(r.final.Answer) {
		if got != "" {
			fmt.Fprintln(c.Stdout)
			c.say("cli.ask.checked")
		}
		fmt.Fprintln(c.Stdout, clean(r.final.Answer))
	}
	c.printSources(*r.final)
	return c.judge(*r.final)
}

// reply is an answer that is coming in.
type reply struct {
	c     *Call
	shown strings.Builder
	final *answer // nil until "done"
}

func (r *reply) event(e event) error {
	switch e.name {
	case "queue":
		var v struct {
			Position int `json:"position"`
		}
		if err := e.into(&v); err != nil {
			return err
		}
		r.c.note("cli.ask.queue", "n", v.Position)
	case "token":
		var v struct {
			Text string `json:"text"`
		}
		if err := e.into(&v); err != nil {
			return err
		}
		r.shown.WriteString(v.Text)
		fmt.Fprint(r.c.Stdout, clean(v.Text))
	case "error":
		p := &problem{}
		if err := e.into(p); err != nil {
			return err
		}
		return streamProblem(p)
	case "done":
		r.final = &answer{}
		return e.into(r.final)
	}
	return nil
}

// streamProblem ends a question that failed after its answer had begun.
func streamProblem(p *problem) error {
	exit := ExitFailed
	if unreachable[p.Code] {
		exit = ExitUnreachable
	}
	if p.Detail == "" {
		return Fail(exit, "error.internal")
	}
	return Fail(exit, "cli.said", "sentence", clean(p.Detail))
}
