package cli

import (
	"context"
	"errors"
)

var modelCommand = Command{Name: "model list", Does: "cli.does.model-list", Run: runModelList}

type model struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

func runModelList(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var a struct {
			Models    []model `json:"models"`
			Reachable bool    `json:"reachable"`
			Code      string  `json:"code"`
		}
		if err := b.get(ctx, "/models", nil, &a); err != nil {
			return err
		}
		titles := []string{"cli.column.name", "cli.column.size", "cli.column.digest"}
		if a.Reachable || len(a.Models) > 0 {
			err := list(c, a.Models, "cli.model.none", titles, func(m model) []string {
				size := ""
				if m.Size > 0 { // only Ollama tells it
					size = c.Lang.Size(m.Size)
				}
				return []string{m.Name, size, m.Digest[:min(12, len(m.Digest))]}
			})
			if err != nil {
				return err
			}
		}
		if !a.Reachable {
			return c.noRuntime(ctx, b, a.Code)
		}
		return nil
	})
}

// noRuntime says whether a runtime is configured and doesn't answer as it
// should, code says how, or none is.
func (c *Call) noRuntime(ctx context.Context, b *box, code string) error {
	var a settingsAnswer
	if err := b.get(ctx, "/settings", nil, &a); err != nil && errors.Is(err, context.Canceled) {
		return err
	}
	url := a.Settings["llm.url"]
	if url != "" && code != "" && c.Lang.Has("error."+code) {
		return Fail(ExitUnreachable, "error."+code, "url", url)
	}
	if url != "" {
		return Fail(ExitUnreachable, "error.runtime-unreachable", "url", url)
	}
	return Fail(ExitUnreachable, "cli.model.no-runtime")
}
