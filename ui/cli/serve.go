package cli

import (
	"fmt"

	"coffre/ui/demo"
)

// Object writes one JSON object to stdout.
func (c *Call) Object(v any) error { return c.object(v) }

// Progress writes a sentence of the catalogue to stderr.
func (c *Call) Progress(key string, args ...any) { c.note(key, args...) }

// Serving says where the box answers; setupLink is not empty while it has no
// administrator.
func (c *Call) Serving(url, setupLink string) error {
	if c.JSON {
		return c.object(map[string]string{"url": url, "setup": setupLink})
	}
	c.say("cli.serve.ready", "url", url)
	if setupLink != "" {
		c.say("cli.serve.setup")
		fmt.Fprintln(c.Stdout, "    "+setupLink)
	}
	return nil
}

// DemoReady prints the address and the accounts of the sample firm; a public
// demonstration shows none.
func (c *Call) DemoReady(url, dir string, accounts []demo.Account) {
	if len(accounts) == 0 {
		c.say("cli.demo.public", "url", url)
	} else {
		c.say("cli.demo.ready", "url", url)
	}
	for _, a := range accounts {
		fmt.Fprintf(c.Stdout, "    %-10s %-26s %s\n", a.Name, a.Password, c.Lang.T("role."+a.Role))
	}
	c.say("cli.demo.certificate")
	c.say("cli.demo.data", "path", dir)
}
