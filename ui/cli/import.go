package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strconv"
)

type importLine struct {
	Line  int    `json:"line"`
	Login string `json:"login"`
	Name  string `json:"name"`
	Do    string `json:"do"`
	User  string `json:"user,omitempty"`
	Code  string `json:"code,omitempty"`
	Why   string `json:"why,omitempty"`
	Path  string `json:"path,omitempty"`
}

var importCommand = Command{
	Name: "user import", Args: "FILE", Min: 1, Max: 1, Does: "cli.does.user-import", More: "cli.more.user-import",
	Flags: []Flag{{Name: "preview", Does: "cli.flag.preview"}},
	Run:   runUserImport,
}

func runUserImport(ctx context.Context, c *Call) error {
	file, err := readList(c)
	if err != nil {
		return err
	}
	preview := c.Flag("preview") != ""
	return c.with(ctx, func(b *box) error {
		var out struct {
			Lines []importLine `json:"lines"`
		}
		if err := b.call(ctx, http.MethodPost, "/users/import", map[string]any{"list": file, "preview": preview}, &out); err != nil {
			return err
		}
		titles := []string{"cli.column.line", "cli.column.login", "cli.column.name", "cli.column.state", "cli.column.link"}
		err := list(c, out.Lines, "cli.import.none", titles, func(l importLine) []string {
			state := c.Lang.Or("import-do", l.Do)
			if l.Why != "" {
				state = l.Why
			}
			return []string{strconv.Itoa(l.Line), l.Login, l.Name, state, l.Path}
		})
		if err == nil && slices.ContainsFunc(out.Lines, func(l importLine) bool { return l.Do == "refuse" }) {
			return Fail(ExitFailed, "cli.import.refused")
		}
		return err
	})
}

func readList(c *Call) ([]byte, error) {
	file, err := os.ReadFile(c.Operands[0])
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage("answers.no-file", "path", c.Operands[0])
	}
	if err != nil {
		return nil, fmt.Errorf("read list of people: %w", err)
	}
	return file, nil
}
