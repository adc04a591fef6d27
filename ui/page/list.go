package page

import "coffre/ui/look"

// List is what the lists of people, groups and collections share: what was looked
// for, what was found, and where in it the page stands.
type List struct {
	At             string // path of the page
	Query          string
	Filters        []Filter
	Filtered       bool // the address leaves something out
	All, Found     int  // that there are, and that match
	Page, Pages    int  // from 1
	Previous, Next string
}

// Filter is a drop-down that leaves a part of a list out.
type Filter struct {
	Name, Label string
	Choices     []look.Choice
}

// Pick is somebody or something that can be added. Under tells it from another of
// the same name.
// First is put before the label where picks are put in order.
type Pick struct{ Value, Label, Under, First string }

// Listed is what it is put in order by.
func (p Pick) Listed() (name, id string) { return p.First + p.Label, p.Value }

// Picker offers what can be added. It is looked for by name, since a firm has more
// of it than a page should hold.
type Picker struct {
	ID      string // of its part of the page
	Path    string // of the page that it is on
	Action  string // that adds
	Field   string // name of the boxes
	Find    string // what was looked for
	All     int    // that could be added
	Found   int    // of them match; Choices are the first
	Choices []Pick
}

// Link is a name that leads somewhere.
type Link struct{ Label, Path string }
