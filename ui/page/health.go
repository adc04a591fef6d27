package page

import (
	"time"

	"coffre/ui/look"
)

// Health is the page of the box's health.
type Health struct {
	look.Frame
	At        time.Time
	Bad, Warn int
	Checks    []HealthCheck
	Changes   []HealthChange // the newest first
}

// HealthCheck is one check, in words.
type HealthCheck struct {
	Name, Title, How string
	Tone             look.Tone
	Verdict          string
	Reason, Remedy   string
	Since            time.Time
}

// HealthChange is a check that changed its verdict.
type HealthChange struct {
	At              time.Time
	Title, From, To string
	Tone            look.Tone
}

// sorted are the checks with what needs somebody first, else in their order.
func (v Health) sorted() (out []HealthCheck) {
	for _, tone := range []look.Tone{look.Bad, look.Warn, look.Good} {
		for _, c := range v.Checks {
			if c.Tone == tone {
				out = append(out, c)
			}
		}
	}
	return out
}
