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
				return []string{m.Name, c.Lang.Size(m.Size), m.Digest[:min(12, len(m.Digest))]}
			})
			if err != nil {
				return err
			}
		}
		if !a.Reachable {
			return c.noRuntime(ctx, b)
		}
		return nil
	})
}

// noRuntime says whether a runtime is configured and doesn't answer, or none
// is.
func (c *Call) noRuntime(ctx context.Context, b *box) error {
	var a settingsAnswer
	if err := b.get(ctx, "/settings", nil, &a); err != nil && errors.Is(err, context.Canceled) {
		return err
	}
	if url := a.Settings["llm.url"]; url != "" {
		return Fail(ExitUnreachable, "error.runtime-unreachable", "url", url)
	}
	return Fail(ExitUnreachable, "cli.model.no-runtime")
}
