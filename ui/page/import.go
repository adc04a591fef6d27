package page

import (
	"strings"

	"coffre/ui/look"
	"coffre/ui/words"
)

// Import is the page where a list of people comes in: the form, the preview, or
// what was done.
type Import struct {
	look.Frame
	Faults look.Faults // of the file
	Lines  []ImportLine
	Groups []string // that are made
	// List is what the preview was of, to be sent again with a yes; "" once done.
	List  string
	Done  bool
	Links bool // some lines have one
	Most  int  // people in a list
}

// ImportLine is one person of the list.
type ImportLine struct {
	Line             int
	Name, Login      string
	Do               string // create, change, same or refuse
	Role, RoleBefore string
	Changes          []string // name, mail, role, groups
	Joins            []string
	Fault            look.Fault
	Link             string // where a new person chooses a password, once
}

// count is the number of lines of a kind.
func (v Import) count(do string) (n int) {
	for _, l := range v.Lines {
		if l.Do == do {
			n++
		}
	}
	return n
}

func (v Import) summary() string {
	made, changed, refused := v.count("create"), v.count("change"), v.count("refuse")
	if v.Done {
		return v.L.T("import.done", "made", made, "changed", changed, "refused", refused)
	}
	return v.L.T("import.summary", "made", made, "changed", changed, "refused", refused)
}

// effect is what becomes of a line, in words.
func (l ImportLine) effect(t words.Lang) string {
	var out []string
	switch l.Do {
	case "refuse":
		return l.Fault.Sentence(t)
	case "same":
		return t.T("import.same-line")
	case "create":
		out = append(out, t.T("import.create-line", "role", t.Or("role", l.Role)))
	default:
		for _, c := range l.Changes {
			switch c {
			case "name":
				out = append(out, t.T("import.change-name", "name", l.Name))
			case "mail":
				out = append(out, t.T("import.change-mail"))
			case "role":
				out = append(out, t.T("import.change-role", "before", t.Or("role", l.RoleBefore), "role", t.Or("role", l.Role)))
			}
		}
	}
	if len(l.Joins) > 0 {
		out = append(out, t.T("import.joins", "groups", strings.Join(l.Joins, ", ")))
	}
	return strings.Join(out, " ")
}

func importTone(do string) look.Tone {
	switch do {
	case "create":
		return look.Good
	case "change":
		return look.Warn
	case "refuse":
		return look.Bad
	}
	return look.Plain
}

// frame keeps a reader of links that are shown once from leaving by accident.
func (v Import) frame() look.Frame {
	f := v.Frame
	f.Once = v.Links
	return f
}

func (v Import) groupsLine() string {
	return v.L.T("import.groups", "n", len(v.Groups), "groups", strings.Join(v.Groups, ", "))
}
