package page

import (
	"time"

	"coffre/ui/look"
)

// SettingsAdministration is the part of the settings about roles for a time.
const SettingsAdministration = "administration"

// Administration is who takes which role for how long, what the firm asks for
// that, and the emergency code on paper.
type Administration struct {
	look.Frame
	Mode    string // off, reason or approval
	May     string // role that the reader may take; "": none
	Own     *Elevation
	Alone   bool // nobody else could approve: the paper key and 72 hours
	Decides bool // sees everybody's, and decides
	Admin   bool // sets what the firm asks for

	Running, Waiting, Past []Elevation

	Minutes []look.Choice
	Reason  string
	Faults  look.Faults // reason, minutes, paper, and settings by name

	Values map[string]string // settings by name
	Modes  []look.Choice

	Seal                Seal
	NewCode             string // just made: shown once
	CodeQR              Part
	Permanent, Possible []string // names of who is administrator for good, and who may become one
}

// Elevation is a role taken for a time, or a request for it.
type Elevation struct {
	ID, Person, Role string
	Reason           string
	Minutes          int
	State            string
	Asked, Until     time.Time
	Ended            time.Time
	Decider, Ender   string
	Why              string
	Alone, Break     bool
	Ready            bool          // may begin
	Left             time.Duration // of the wait, where nobody else could approve
	Self             bool
}

// Seal is what became of the code on paper.
type Seal struct {
	Made, Used time.Time
	Sealed     bool
}

func (v Administration) when(e Elevation) string {
	switch e.State {
	case "running":
		return v.L.T("elevation.until", "at", v.L.DateTime(e.Until))
	case "waiting":
		if e.Alone && e.Left > 0 {
			return v.L.T("elevation.left", "hours", int(e.Left/time.Hour)+1)
		}
		if e.Alone {
			return v.L.T("elevation.ready")
		}
		return v.L.T("elevation.waits")
	case "approved":
		return v.L.T("elevation.ready")
	case "ended":
		return v.L.T("elevation.ended", "at", v.L.DateTime(e.Ended)) + " " + v.L.Or("elevation-why", e.Why)
	}
	return v.L.Or("elevation-state", e.State)
}

func (v Administration) took(e Elevation) string {
	return v.L.T("elevation.took", "role", v.L.Or("role", e.Role), "minutes", e.Minutes, "asked", v.L.DateTime(e.Asked))
}

// BreakGlass is the page on which the code on paper is typed.
type BreakGlass struct {
	look.Frame
	Faults look.Faults
}

func breakTone(e Elevation) look.Tone {
	if e.Break {
		return look.Bad
	}
	return look.Warn
}

// decided is the decision in one word, whatever came after it.
func (e Elevation) decided() string {
	if e.State == "refused" {
		return "refused"
	}
	return "approved"
}

func (v Administration) askLabel() string {
	if v.Mode == "reason" {
		return v.L.T("elevation.take")
	}
	return v.L.T("elevation.ask")
}

// frame keeps a reader of a code that is shown once from leaving by accident.
func (v Administration) frame() look.Frame {
	f := v.Frame
	f.Once = v.NewCode != ""
	return f
}
