package cli

import (
	"slices"
	"strings"

	"coffre/ui/words"
)

// typed is a command line taken apart.
type typed struct {
	words    []string // what stands before a command is recognised
	command  *Command
	operands []string
	flags    map[string][]string
	help     bool
}

// parse takes a command line apart. Flags may stand before and after
// arguments; "--" ends them; a value follows its flag or an equals sign.
func parse(args []string, table []Command) (typed, error) {
	t := typed{flags: map[string][]string{}}
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			for _, rest := range args[i+1:] {
				if err := t.word(rest, table); err != nil {
					return t, err
				}
			}
			return t, nil
		case a == "-h", a == "--help":
			t.help = true
		case strings.HasPrefix(a, "-") && a != "-":
			used, err := t.flag(args[i:])
			if err != nil {
				return t, err
			}
			i += used
		default:
			if err := t.word(a, table); err != nil {
				return t, err
			}
		}
	}
	return t, nil
}

// flag reads the flag at args[0]; used is how many further arguments it took.
func (t *typed) flag(args []string) (used int, err error) {
	if args[0] == "--version" && t.command == nil && len(t.words) == 0 {
		t.command = &versionCommand
		return 0, nil
	}
	name, value, inline := strings.Cut(strings.TrimLeft(args[0], "-"), "=")
	f, ok := t.find(name)
	switch {
	case !ok && t.command != nil:
		return 0, usage("cli.usage.flag", "flag", args[0], "command", t.command.Name)
	case !ok:
		return 0, usage("cli.usage.flag-early", "flag", args[0])
	case f.Value == "" && inline:
		return 0, usage("cli.usage.switch", "flag", "--"+name)
	case f.Value == "":
		value = "true"
	case !inline && len(args) < 2:
		return 0, usage("cli.usage.value", "flag", "--"+name, "value", f.Value)
	case !inline:
		value, used = args[1], 1
	}
	if len(t.flags[name]) > 0 && !f.Many && t.flags[name][0] != value {
		return 0, usage("cli.usage.twice", "flag", "--"+name)
	}
	t.flags[name] = append(t.flags[name], value)
	return used, nil
}

func (t *typed) find(name string) (Flag, bool) {
	flags := common
	if t.command != nil {
		flags = slices.Concat(t.command.Flags, common)
	}
	i := slices.IndexFunc(flags, func(f Flag) bool { return f.Name == name })
	if i < 0 {
		return Flag{}, false
	}
	return flags[i], true
}

// word is the next part of the command's name, or an argument.
func (t *typed) word(w string, table []Command) error {
	if t.command != nil {
		if i := named(t.command.Name+" "+w, table); i >= 0 && len(t.operands) == 0 {
			t.command = &table[i] // "alerts" is a command, and "alerts test" another
			return nil
		}
		t.operands = append(t.operands, w)
		return nil
	}
	if w == "help" && len(t.words) == 0 {
		t.help = true
		return nil
	}
	t.words = append(t.words, w)
	name := strings.Join(t.words, " ")
	if i := named(name, table); i >= 0 {
		t.command = &table[i]
		return nil
	}
	if len(group(name, table)) > 0 {
		return nil
	}
	if len(t.words) > 1 {
		return wantsSub(t.words[0], table)
	}
	return usage("cli.usage.command", "command", w)
}

func named(name string, table []Command) int {
	return slices.IndexFunc(table, func(c Command) bool { return c.Name == name })
}

// group lists the commands whose name begins with these words.
func group(name string, table []Command) []Command {
	var in []Command
	for _, c := range table {
		if strings.HasPrefix(c.Name, name+" ") {
			in = append(in, c)
		}
	}
	return in
}

func wantsSub(name string, table []Command) error {
	var names []string
	for _, c := range group(name, table) {
		names = append(names, c.Name)
	}
	return usage("cli.usage.subcommand", "command", name, "names", listed(names))
}

// language is --lang wherever it stands, so that even an error about the
// command line speaks it, then the locale. Locales of other languages get
// English.
func (e *Env) language() (words.Lang, error) {
	for i, a := range e.Args {
		if a == "--" {
			break
		}
		value, ok := strings.CutPrefix(a, "--lang=")
		if !ok && a == "--lang" && i+1 < len(e.Args) {
			value, ok = e.Args[i+1], true
		}
		if !ok {
			continue
		}
		if l, known := words.Parse(value); known {
			return l, nil
		}
		return e.locale(), usage("cli.usage.lang", "value", value)
	}
	return e.locale(), nil
}

func (e *Env) locale() words.Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := e.Getenv(name); v != "" {
			if l, ok := words.Parse(v); ok && l == words.French {
				return l
			}
			return words.English
		}
	}
	return words.English
}
