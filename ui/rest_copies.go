package ui

import (
	"context"
	"net/http"
	"slices"
	"time"

	"coffre/auth"
	"coffre/store"
)

func (s *Server) restCopiesRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/backups/copies", may: auth.BackupsRead, do: (*request).restCopies},
		{method: "PATCH", path: "/api/v1/backups/copies", may: auth.BackupsAdmin, do: (*request).restCopiesSet},
		{method: "POST", path: "/api/v1/backups/copies/run", may: auth.BackupsAdmin, do: (*request).restCopy},
		{method: "POST", path: "/api/v1/backups/copies/verify", may: auth.BackupsAdmin, do: (*request).restCopiesVerify},
	}
}

// weekdays are the names of days, Sunday first.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// copiesJSON is how the copies in a folder stand.
type copiesJSON struct {
	On      bool     `json:"on"`
	Folder  string   `json:"folder"`
	Days    []string `json:"days"` // sun to sat
	Hour    int      `json:"hour"`
	Daily   int      `json:"daily"`
	Weekly  int      `json:"weekly"`
	Monthly int      `json:"monthly"`

	SameDisk   bool      `json:"same_disk"`   // as the data, when it was looked at last
	SmallFiles bool      `json:"small_files"` // no file beyond 4 GiB
	Home       string    `json:"home,omitempty"`
	Doing      string    `json:"doing,omitempty"` // copy, drill or check
	Stuck      bool      `json:"stuck,omitempty"`
	Fault      string    `json:"fault,omitempty"` // why the newest attempt made none
	Late       bool      `json:"late"`
	Next       time.Time `json:"next,omitzero"`

	Check  *store.CopyCheck   `json:"check,omitempty"`
	Copies []store.CopyRecord `json:"copies"` // newest first
}

func (q *request) copiesState() (out copiesJSON, err error) {
	s, err := q.s.Root.Copies()
	if err != nil {
		return out, err
	}
	p := s.Plan
	out = copiesJSON{
		On: p.On, Folder: p.Folder, Days: []string{}, Hour: p.Hour, Daily: p.Daily, Weekly: p.Weekly, Monthly: p.Monthly,
		SameDisk: s.Facts.SameDisk, SmallFiles: s.Facts.Small, Home: s.Home, Doing: s.Doing, Stuck: s.Stuck, Late: s.Late, Next: s.Next,
		Check: s.Check, Copies: append([]store.CopyRecord{}, s.Made...),
	}
	for _, d := range p.Days {
		out.Days = append(out.Days, weekdays[d])
	}
	if s.Failed != nil {
		out.Fault = s.Failed.Code
	}
	return out, nil
}

func (q *request) restCopies() error {
	if err := q.mayBackUp(); err != nil {
		return err
	}
	out, err := q.copiesState()
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, out)
}

// restCopiesSet changes what is named and leaves the rest.
func (q *request) restCopiesSet() error {
	if err := q.mayCopy(); err != nil {
		return err
	}
	var in struct {
		On         *bool    `json:"on"`
		Folder     *string  `json:"folder"`
		Days       []string `json:"days"`
		Hour       *int     `json:"hour"`
		Daily      *int     `json:"daily"`
		Weekly     *int     `json:"weekly"`
		Monthly    *int     `json:"monthly"`
		Recipients []string `json:"recipients"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	s, err := q.s.Root.Copies()
	if err != nil {
		return err
	}
	p := s.Plan
	for to, from := range map[*int]*int{&p.Hour: in.Hour, &p.Daily: in.Daily, &p.Weekly: in.Weekly, &p.Monthly: in.Monthly} {
		if from != nil {
			*to = *from
		}
	}
	if in.Folder != nil {
		p.Folder = *in.Folder
	}
	if in.On != nil {
		p.On = *in.On
	}
	if in.Days != nil {
		p.Days = nil
		for _, name := range in.Days {
			p.Days = append(p.Days, slices.Index(weekdays, name)) // -1 is refused
		}
	}
	if _, err := q.setCopies(p, in.Recipients); err != nil {
		return err
	}
	return q.restCopies()
}

// mayCopy: the box writes with its own rights to a folder that is named to it, so
// that no guest of a demonstration may name one.
func (q *request) mayCopy() error {
	if q.p.Guest {
		return store.Fail(store.Denied, "backup-many")
	}
	return q.mayBackUp()
}

func (q *request) setCopies(p store.CopyPlan, recipients []string) (store.FolderFacts, error) {
	return q.s.Root.SetCopies(q.r.Context(), store.CopySetting{By: q.p.Actor, Request: q.id, Plan: p, Recipients: recipients})
}

// restCopy answers once the copy is made and tried, and gives it up with whoever
// asked.
func (q *request) restCopy() error {
	if err := q.mayCopy(); err != nil {
		return err
	}
	rec, err := q.s.Root.MakeCopy(q.r.Context(), store.CopyRequest{By: q.p.Actor, Request: q.id})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, rec)
}

func (q *request) restCopiesVerify() error {
	if err := q.mayCopy(); err != nil {
		return err
	}
	k, err := q.s.Root.CheckCopies(context.WithoutCancel(q.r.Context()), q.p.Actor, q.id)
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, k)
}
