package ui

import (
	"net/http"
	"strconv"
	"strings"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) copiesRoutes() []route {
	return []route{
		{method: "GET", path: "/settings/backups/copies", may: auth.BackupsRead, do: (*request).copiesStanding},
		{method: "POST", path: "/settings/backups/copies", may: auth.BackupsAdmin, do: (*request).copiesForm},
		{method: "POST", path: "/settings/backups/copies/run", may: auth.BackupsAdmin, do: func(q *request) error { return q.copiesStart(q.s.Root.StartCopy) }},
		{method: "POST", path: "/settings/backups/copies/verify", may: auth.BackupsAdmin, do: func(q *request) error { return q.copiesStart(q.s.Root.StartCheck) }},
	}
}

// copiesView fills in how the copies stand, and what is set unless it was typed.
func (q *request) copiesView(v *page.Backups, typed *page.FolderCopies) error {
	if q.mayCopy() != nil {
		v.Copies.Hidden = true
		return nil
	}
	s, err := q.s.Root.Copies()
	if err != nil {
		return err
	}
	c := page.FolderCopies{
		On: s.Plan.On, Folder: s.Plan.Folder, Days: make([]bool, 7), Hour: strconv.Itoa(s.Plan.Hour), Daily: strconv.Itoa(s.Plan.Daily),
		Weekly: strconv.Itoa(s.Plan.Weekly), Monthly: strconv.Itoa(s.Plan.Monthly),
	}
	for _, d := range s.Plan.Days {
		c.Days[d] = true
	}
	if typed != nil {
		c = *typed
	}
	c.Set = s.Plan.On
	c.Doing, c.Bytes, c.Late, c.Stuck, c.SameDisk, c.Small, c.Next = s.Doing, s.Bytes, s.Late, s.Stuck, s.Facts.SameDisk, s.Facts.Small, localTime(s.Next)
	if s.Failed != nil {
		c.Fault = &look.Fault{Code: s.Failed.Code, Params: s.Failed.Params}
	}
	if s.Last != nil {
		c.Last = localTime(s.Last.At)
	}
	for _, rec := range s.Made {
		if rec.State == store.BackupDone && rec.Removed.IsZero() && rec.Folder == s.Home {
			c.Kept++
		}
	}
	if s.Check != nil {
		c.Checked, c.CheckOK, c.Damaged, c.Missing = localTime(s.Check.At), s.Check.OK, s.Check.Damaged, s.Check.Missing
	}
	v.Copies = c
	return nil
}

func (q *request) copiesStanding() error {
	if err := q.mayBackUp(); err != nil {
		return err
	}
	v := page.Backups{Frame: look.Frame{L: q.lang}}
	if err := q.copiesView(&v, nil); err != nil {
		return err
	}
	return q.render(http.StatusOK, page.CopiesStanding(v))
}

// copyFields are the fields beside which a refusal is said.
var copyFields = map[string]string{"copy-days": "days", "copy-hour": "hour", "copy-keep": "keep", "copy-running": "copies", "backup-recipients": "copies"}

func (q *request) copiesForm() error {
	if err := q.mayCopy(); err != nil {
		return err
	}
	if err := q.form(); err != nil {
		return err
	}
	f := q.r.PostForm
	typed := page.FolderCopies{
		On: f.Get("on") != "", Folder: strings.TrimSpace(f.Get("folder")), Days: make([]bool, 7),
		Hour: f.Get("hour"), Daily: f.Get("daily"), Weekly: f.Get("weekly"), Monthly: f.Get("monthly"),
	}
	number := func(s string) int {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil {
			return -1 // which no plan has
		}
		return n
	}
	p := store.CopyPlan{On: typed.On, Folder: typed.Folder, Hour: number(typed.Hour), Daily: number(typed.Daily), Weekly: number(typed.Weekly), Monthly: number(typed.Monthly)}
	for _, s := range f["day"] {
		if d := number(s); d >= 0 && d < 7 {
			p.Days, typed.Days[d] = append(p.Days, d), true
		}
	}
	if _, err := q.setCopies(p, nil); err != nil {
		e := store.AsError(err)
		if e.Kind == store.Internal || e.Kind == store.Corrupt {
			return err
		}
		field := copyFields[e.Code]
		if field == "" {
			field = "folder"
		}
		return q.copiesAgain(look.Faults{field: {Code: e.Code, Params: e.Params}}, &typed)
	}
	return q.done(nil, "/settings/backups#copies", "notice.settings")
}

func (q *request) copiesAgain(faults look.Faults, typed *page.FolderCopies) error {
	return q.backupsPage(page.Backups{Faults: faults, TypedCopies: typed}, http.StatusUnprocessableEntity)
}

// copiesStart begins a copy or a verification, for whose end nobody waits.
func (q *request) copiesStart(start func(store.CopyRequest) error) error {
	if err := q.mayCopy(); err != nil {
		return err
	}
	if err := start(store.CopyRequest{By: q.p.Actor, Request: q.id}); err != nil {
		e := store.AsError(err)
		if e.Kind != store.Conflict {
			return err
		}
		return q.copiesAgain(look.Faults{"copies": {Code: e.Code, Params: e.Params}}, nil)
	}
	return q.see("/settings/backups#copies")
}

// copiesAlarm is what administrators see on every page while copies fail.
func (q *request) copiesAlarm() (out []look.Notice) {
	var v page.Backups
	if err := q.copiesView(&v, nil); err != nil {
		q.s.Log.Error("copies can't be read", "request", q.id, "err", err)
		return nil
	}
	if v.Copies.Bad() {
		out = append(out, look.Notice{Tone: look.Bad, Text: q.lang.T("copies.alarm")})
	}
	return out
}
