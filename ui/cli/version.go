package cli

import (
	"context"
	"fmt"
	"runtime"

	"coffre/ui/sbom"
)

var versionCommand = Command{Name: "version", Does: "cli.does.version", More: "cli.more.version", Flags: []Flag{{Name: "sbom", Does: "cli.flag.sbom"}}, Run: runVersion}

func runVersion(_ context.Context, c *Call) error {
	if c.Has("sbom") {
		d, err := sbom.Own(c.Version)
		if err != nil {
			return err
		}
		return c.object(d)
	}
	if c.JSON {
		return c.object(map[string]string{
			"version": c.Version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
		})
	}
	_, err := fmt.Fprintln(c.Stdout, "coffre "+c.Version)
	return err
}
