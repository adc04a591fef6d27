package page

import (
	"github.com/a-h/templ"

	"coffre/ui/words"
)

func (v Documents) title() string {
	if v.Bin {
		return v.L.T("documents.bin-title")
	}
	return v.L.T("documents.heading")
}

func (v Documents) line() string {
	if v.Bin {
		return v.L.T("documents.bin-line")
	}
	s := v.L.T("documents.count", "n", v.Counts.Ready)
	if v.Counts.Working > 0 {
		s += " · " + v.L.T("documents.working", "n", v.Counts.Working)
	}
	if v.Counts.Failed > 0 {
		s += " · " + v.L.T("documents.failed", "n", v.Counts.Failed)
	}
	return s
}

// under is the line below a title. It names the file where the title is
// another, so that people know what they have put in.
func (r DocumentRow) under(l words.Lang) string {
	s := r.Collection + " · "
	if r.Name != "" && r.Name != r.Title {
		s += r.Name + " · "
	}
	return s + l.Size(r.Bytes)
}

func (v Documents) limit() string {
	if v.LimitBytes <= 0 {
		return ""
	}
	return v.L.Size(v.LimitBytes)
}

func (v Documents) interrupted() string { return words.Error(v.L, "upload-interrupted", nil) }

// polling makes htmx ask for the list again while a row is being worked on;
// the list that comes back without busy rows no longer asks.
func (v Documents) polling() templ.OrderedAttributes {
	if !v.busy() || v.Path == "" {
		return nil
	}
	return templ.OrderedAttributes{
		{Key: "hx-get", Value: v.Path},
		{Key: "hx-trigger", Value: "every 1500ms"},
		{Key: "hx-select", Value: "#document-list"},
		{Key: "hx-target", Value: "this"},
		{Key: "hx-swap", Value: "outerMorph"},
	}
}
