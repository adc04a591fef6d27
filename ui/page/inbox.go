package page

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// SettingsInbox is the folder in which a copier puts what it scans.
const SettingsInbox = "inbox"

// Inbox is the page of the watched folder.
type Inbox struct {
	look.Frame
	Faults look.Faults // folder, collection, owner, keep
	InboxTyped
	Collections []look.Choice
	// Operator: several firms share the box, and only who runs it chooses the folder.
	Operator bool

	Set string // the folder that is set
	// TakenDir and RefusedDir are what its sub-folders are called.
	TakenDir, RefusedDir string
	State                string // off, paused, fault, waiting, aside or ok
	Why                  *look.Fault
	Paused               bool

	Waiting, Left, Unseen int
	Unmatched             []string
	Looked, Last          time.Time
	LastDocument          string // id, "" where the reader may not see it
	Repeated              int
	AsideCount            int
	Aside                 []InboxAside
}

// InboxTyped is what the form holds.
type InboxTyped struct {
	Folder, Collection string
	Subfolders         bool
	Owner              string // login
	Keep               string // store's words
}

// InboxAside is a file that was set aside; Name is "" where the reader may not see it.
type InboxAside struct{ Name, Code string }

func (a InboxAside) why(l words.Lang) string {
	if a.Code == "" {
		return l.T("inbox.aside-unknown")
	}
	return words.Error(l, a.Code, nil)
}

func (a InboxAside) name(l words.Lang) string {
	if a.Name == "" {
		return l.T("inbox.aside-hidden")
	}
	return a.Name
}

func (v Inbox) standing() (look.Tone, string) {
	switch v.State {
	case "off":
		return look.Plain, v.L.T("inbox.is-off")
	case "paused":
		return look.Plain, v.L.T("inbox.is-paused")
	case "fault":
		return look.Bad, v.L.T("inbox.is-fault")
	case "waiting":
		return look.Warn, v.L.T("inbox.is-waiting")
	case "aside":
		return look.Warn, v.L.T("inbox.is-aside")
	}
	return look.Good, v.L.T("inbox.is-on")
}

func (v Inbox) whyTone() look.Tone {
	if v.State == "fault" {
		return look.Bad
	}
	return look.Warn
}

func (v Inbox) keeps() []look.Choice {
	return []look.Choice{
		{Value: "move", Label: v.L.T("inbox.keep-move", "shelf", v.TakenDir), Selected: v.Keep != "remove"},
		{Value: "remove", Label: v.L.T("inbox.keep-remove"), Selected: v.Keep == "remove"},
	}
}
