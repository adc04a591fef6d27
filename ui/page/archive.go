package page

import (
	"time"

	"coffre/ui/look"
)

// Archive is how the copy on write-once storage stands.
type Archive struct {
	Dir, Typed string
	May        bool // change the folder
	Fresh      bool // the folder was changed, and not looked at since
	Checkpoint uint64
	Segment    uint64
	Waiting    int
	Differs    []string // files that are there with another content
	At         time.Time
	Fault      *look.Fault
	Two        Two
}

func (a Archive) tone() look.Tone {
	switch {
	case len(a.Differs) > 0:
		return look.Bad
	case a.Fault != nil:
		return look.Warn
	case a.Fresh || a.At.IsZero():
		return look.Busy
	}
	return look.Good
}

func (v Settings) archiveTitle() string {
	a := v.Archive
	switch {
	case len(a.Differs) > 0:
		return v.L.T("archive.differs", "n", len(a.Differs))
	case a.Fault != nil:
		return v.L.T("archive.fault")
	case a.Fresh || a.At.IsZero():
		return v.L.T("archive.fresh")
	}
	return v.L.T("archive.good")
}
