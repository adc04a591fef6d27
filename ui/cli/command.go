package cli

import (
	"context"
	"slices"
	"strings"

	"coffre/ui/words"
)

// Command is one line of the command table.
type Command struct {
	Name     string // as typed: "ingest", "audit verify"
	Args     string // synopsis of its arguments: "PATH…"
	Min, Max int    // how many arguments it takes; Max < 0: any number from Min on
	Flags    []Flag
	Does     string // catalogue key of what it does, one sentence
	More     string // catalogue key of a paragraph for its help, or ""
	Run      func(context.Context, *Call) error
}

// Flag is one flag of a command. Without Value it is a switch.
type Flag struct {
	Name  string
	Value string // what the synopsis calls its value: "FILE"
	Does  string // catalogue key
	Many  bool   // may be given more than once
}

// Call is a command as it was typed: parsed flags, arguments, and the common
// flags resolved.
type Call struct {
	*Env
	Lang     words.Lang
	Data     string // the data directory, absolute
	Tenant   string // "" is the only one
	JSON     bool
	Operands []string

	flags map[string][]string
}

// Flag is the last value of a flag, "" if it wasn't given.
func (c *Call) Flag(name string) string {
	if all := c.flags[name]; len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

// FlagAll is every value of a flag that may be repeated.
func (c *Call) FlagAll(name string) []string { return c.flags[name] }

// Has tells whether a flag was given.
func (c *Call) Has(name string) bool { return len(c.flags[name]) > 0 }

// Phrase joins the arguments to one text, so that a question needs no quotes.
func (c *Call) Phrase() string { return strings.TrimSpace(strings.Join(c.Operands, " ")) }

// common are the flags that every command takes.
var common = []Flag{
	{Name: "data", Value: "DIR", Does: "cli.flag.data"},
	{Name: "tenant", Value: "ID", Does: "cli.flag.tenant"},
	{Name: "lang", Value: "fr|en", Does: "cli.flag.lang"},
	{Name: "json", Does: "cli.flag.json"},
	{Name: "help", Does: "cli.flag.help"},
}

// Commands is the command table, in the order in which help lists it.
func Commands() []Command {
	return slices.Concat(
		[]Command{initCommand, doctorCommand, ingestCommand, searchCommand, askCommand},
		auditCommands, retentionCommands, backupCommands, exportCommands, tenantCommands, destroyCommands, userCommands, groupCommands, accessCommands, keyCommands, secretCommands, masterCommands, settingsCommands, directoryCommands, alertCommands, inboxCommands, egressCommands, hardenedCommands, tlsCommands, acmeCommands, trialCommands,
		[]Command{backupIdentityCommand}, copyCommands, partCommands, firmCommands,
		serviceCommands, []Command{updateCommand},
		[]Command{modelCommand, evalCommand, benchCommand, benchIndexCommand, benchVectorsCommand, benchIngestCommand, benchRetrievalCommand, versionCommand},
	)
}

func (e *Env) table() []Command { return slices.Concat(e.Commands, Commands()) }
