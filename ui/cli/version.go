package cli

import (
	"context"
	"fmt"
	"runtime"
)

var versionCommand = Command{Name: "version", Does: "cli.does.version", Run: runVersion}

func runVersion(_ context.Context, c *Call) error {
	if c.JSON {
		return c.object(map[string]string{
			"version": c.Version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
		})
	}
	_, err := fmt.Fprintln(c.Stdout, "coffre "+c.Version)
	return err
}
