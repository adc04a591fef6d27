package page

import (
	"strconv"

	"coffre/ui/words"
)

// Palette is what the command palette offers to one person: only what they may
// open or do. The handler of GET /palette fills it.
type Palette struct {
	L      words.Lang
	Groups []PaletteGroup
	// Partial: there are more documents than these, and q narrows them down.
	Partial bool
}

// PaletteGroup is a headed list of entries. ID is made of letters.
type PaletteGroup struct {
	ID, Label string
	// First is how many entries show while nothing is typed; 0 means all.
	First int
	Items []PaletteItem
}

// PaletteItem is a link, or an act that palette.js knows by its name. With
// Typed it works on what is typed.
type PaletteItem struct {
	Icon, Label, Under string
	URL                string
	Act                string
	Keys               []string
	Typed              bool
}

func (g PaletteGroup) item(i int) string { return "palette-" + g.ID + "-" + strconv.Itoa(i) }
