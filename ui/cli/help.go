package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// synopsis is how a command is typed; the same in every language.
func synopsis(cmd Command) string {
	parts := []string{"coffre", cmd.Name}
	if cmd.Args != "" {
		parts = append(parts, cmd.Args)
	}
	for _, f := range cmd.Flags {
		many := ""
		if f.Many {
			many = "…"
		}
		parts = append(parts, "["+f.typed()+"]"+many)
	}
	return strings.Join(parts, " ")
}

func (f Flag) typed() string {
	if f.Value == "" {
		return "--" + f.Name
	}
	return "--" + f.Name + " " + f.Value
}

// helpAll lists the commands whose name begins with these words, or all.
func (c *Call) helpAll(w io.Writer, name string, table []Command) {
	shown := table
	if name != "" {
		shown = group(name, table)
	} else {
		fmt.Fprintln(w, c.Lang.T("cli.help.about"))
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, c.Lang.T("cli.help.commands"))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, cmd := range shown {
		fmt.Fprintf(tw, "  %s\t%s\n", strings.TrimSpace(cmd.Name+" "+cmd.Args), c.Lang.T(cmd.Does))
	}
	tw.Flush()
	c.helpFlags(w, c.Lang.T("cli.help.common"), common)
	fmt.Fprintln(w)
	fmt.Fprintln(w, c.Lang.T("cli.help.exits"))
	fmt.Fprintln(w, c.Lang.T("cli.help.more"))
}

// help explains one command.
func (c *Call) help(w io.Writer, cmd Command) {
	fmt.Fprintln(w, synopsis(cmd))
	fmt.Fprintln(w)
	fmt.Fprintln(w, c.Lang.T(cmd.Does))
	if cmd.More != "" {
		fmt.Fprintln(w, c.Lang.T(cmd.More))
	}
	if len(cmd.Flags) > 0 {
		c.helpFlags(w, c.Lang.T("cli.help.flags"), cmd.Flags)
	}
	c.helpFlags(w, c.Lang.T("cli.help.common"), common)
}

func (c *Call) helpFlags(w io.Writer, title string, flags []Flag) {
	fmt.Fprintf(w, "\n%s\n", title)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range flags {
		fmt.Fprintf(tw, "  %s\t%s\n", f.typed(), c.Lang.T(f.Does))
	}
	tw.Flush()
}
