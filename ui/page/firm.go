package page

import (
	"time"

	"coffre/ui/look"
)

// SettingsFirm is a page of its own.
const SettingsFirm = "firm"

// Firm is what the operator allows a firm, and what it takes away from coffre.
type Firm struct {
	look.Frame
	Quotas []Quota
	// Sealable: there is somebody whom an export can be sealed to.
	Sealable bool
	// Granted: an export in the open was approved, and is for who looks to make;
	// Asked: one waits. Alone: nobody else could approve.
	Granted, Asked, Alone bool
	Reason                string
	Plain                 bool // the form in the open was sent
	Made                  []FirmExport
	Faults                look.Faults
}

// Quota is one limit with what is used of it; Most is 0 where there is none.
type Quota struct {
	Name       string // bytes, documents, people, questions
	Used, Most int64
}

// FirmExport is an export that was made.
type FirmExport struct {
	At                               time.Time
	Who, State, Code, SHA256         string
	Own, Sealed                      bool
	Bytes                            int64
	Documents, Originals, Statements int
}

func (e FirmExport) tone() look.Tone {
	switch e.State {
	case "done":
		return look.Good
	case "running":
		return look.Busy
	}
	return look.Bad
}

func (v Firm) amount(q Quota, n int64) string {
	if q.Name == "bytes" {
		return v.L.Size(n)
	}
	return v.L.Number(n)
}

// line says how much is used, of how much.
func (v Firm) line(q Quota) string {
	if q.Most == 0 {
		return v.L.T("firm.used", "used", v.amount(q, q.Used))
	}
	return v.L.T("firm.used-of", "used", v.amount(q, q.Used), "most", v.amount(q, q.Most))
}

// tone warns from nine tenths on.
func (q Quota) tone() look.Tone {
	switch {
	case q.Most == 0 || q.Used*10 < q.Most*9:
		return look.Good
	case q.Used < q.Most:
		return look.Warn
	}
	return look.Bad
}

func (v Firm) state(q Quota) string {
	switch q.tone() {
	case look.Warn:
		return v.L.T("firm.nearly")
	case look.Bad:
		return v.L.T("firm.full")
	}
	return v.L.T("firm.room")
}
