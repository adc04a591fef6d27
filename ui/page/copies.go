package page

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// FolderCopies are the copies that make themselves in a folder.
type FolderCopies struct {
	Hidden bool // several firms share the box: its operator's alone
	On     bool // also as it was typed
	Set    bool // as it is set
	Folder string
	Days   []bool // Sunday first
	// Hour, Daily, Weekly and Monthly are as they were typed.
	Hour, Daily, Weekly, Monthly string

	Doing    string // store's words, "" for nothing
	Bytes    int64  // written or read for it so far
	Fault    *look.Fault
	Late     bool
	Stuck    bool
	SameDisk bool
	Small    bool
	Last     time.Time
	Next     time.Time
	Kept     int // copies that lie in the folder, as far as the box knows
	Checked  time.Time
	CheckOK  bool
	Damaged  int
	Missing  int
}

func (c FolderCopies) tone() look.Tone {
	switch {
	case c.Doing != "" && !c.Stuck:
		return look.Busy
	case c.Bad():
		return look.Bad
	case !c.Set:
		return look.Plain
	}
	return look.Good
}

// Bad tells whether somebody should do something.
func (c FolderCopies) Bad() bool {
	return c.Set && (c.Fault != nil || c.Late || c.Stuck || !c.Checked.IsZero() && !c.CheckOK)
}

func (c FolderCopies) standing(l words.Lang) string {
	switch {
	case c.Doing == "copy":
		return l.T("copies.doing-copy", "size", l.Size(c.Bytes))
	case c.Doing == "drill":
		return l.T("copies.doing-drill")
	case c.Doing == "check":
		return l.T("copies.doing-check", "size", l.Size(c.Bytes))
	case !c.Set:
		return l.T("copies.off")
	case c.Bad():
		return l.T("copies.bad")
	}
	return l.T("copies.on")
}

func dayName(l words.Lang, i int) string {
	switch i {
	case 1:
		return l.T("copies.day-1")
	case 2:
		return l.T("copies.day-2")
	case 3:
		return l.T("copies.day-3")
	case 4:
		return l.T("copies.day-4")
	case 5:
		return l.T("copies.day-5")
	case 6:
		return l.T("copies.day-6")
	}
	return l.T("copies.day-0")
}

// week is the order in which days are shown, from Monday.
var week = []int{1, 2, 3, 4, 5, 6, 0}

func (v Backups) copiesEvery() string {
	if v.Copies.Doing != "" {
		return "every 2s"
	}
	return "every 30s"
}
