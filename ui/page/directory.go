package page

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// SettingsDirectory is a page of its own, shown among the settings.
const SettingsDirectory = "directory"

// Directory is the page of the firm's directory: where it is, who may come in, how
// following it stands.
type Directory struct {
	look.Frame
	Faults  look.Faults       // by the dotted names; "" for the page
	Values  map[string]string // by the dotted names
	Secrets []look.Choice

	On, Clear, Held bool
	Kind            string // "" until it was read
	Fault           string // the finished sentence of what ended the last look
	Looked, Failing time.Time
	Last            *DirectoryLook
}

// DirectoryLook is what the last look showed.
type DirectoryLook struct {
	People, Groups, Ended, Opened, Joined, Left, Absent int
	Missing, Taken                                      []string
	Seconds                                             float64
}

// DirectoryStep is a line of a test.
type DirectoryStep struct {
	Step, Server string
	OK, Warn     bool
	Sentence     string
}

func (s DirectoryStep) tone() look.Tone {
	switch {
	case !s.OK:
		return look.Bad
	case s.Warn:
		return look.Warn
	}
	return look.Good
}

func (s DirectoryStep) verdict(l words.Lang) string {
	switch {
	case !s.OK:
		return l.T("directory.step-bad")
	case s.Warn:
		return l.T("directory.step-warn")
	}
	return l.T("directory.step-ok")
}

// DirectoryPreview is who would come in, and what they would see.
type DirectoryPreview struct {
	look.Frame
	Fault                       *look.Fault
	People, Outside, Shut, More int
	Held                        bool
	Missing, Ends               []string
	Groups                      []DirectoryGroup
	Rows                        []DirectoryPerson
}

// DirectoryGroup is a group that the settings name.
type DirectoryGroup struct {
	Name, Role     string
	Allowed, Taken bool
	People         int
	Collections    []string
}

// DirectoryPerson is one who would be admitted.
type DirectoryPerson struct {
	Login, Name, State, Role, Account string
	Groups, Collections               []string
}

// choice is one of the values of a setting.
func (v Directory) choice(name, value, label string) look.Choice {
	return look.Choice{Value: value, Label: label, Selected: v.Values[name] == value}
}

func (v Directory) encryption() []look.Choice {
	return []look.Choice{
		v.choice("directory.start_tls", "yes", v.L.T("directory.tls-yes")),
		v.choice("directory.start_tls", "no", v.L.T("directory.tls-no")),
	}
}

func (v Directory) clear() []look.Choice {
	return []look.Choice{
		v.choice("directory.clear", "no", v.L.T("directory.clear-no")),
		v.choice("directory.clear", "yes", v.L.T("directory.clear-yes")),
	}
}

func (v Directory) kinds() []look.Choice {
	return []look.Choice{
		v.choice("directory.kind", "auto", v.L.T("directory.kind-auto")),
		v.choice("directory.kind", "ad", "Active Directory"),
		v.choice("directory.kind", "openldap", v.L.T("directory.kind-other")),
	}
}

// field is an input for a setting.
func (v Directory) field(name, label, hint string) look.Input {
	return look.Input{Name: name, Label: label, Hint: hint, Value: v.Values[name], Fault: v.Faults.For(v.L, name), MaxLength: 2000}
}

func listed(l words.Lang, names []string) string {
	if len(names) == 0 {
		return "–"
	}
	return l.List(names)
}
