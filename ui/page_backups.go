package ui

import (
	"net/http"
	"strings"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) backupsRoutes() []route {
	return []route{
		{method: "GET", path: "/settings/backups", may: auth.BackupsRead, do: func(q *request) error { return q.backupsPage(page.Backups{}, http.StatusOK) }},
		{method: "POST", path: "/settings/backups/kit", may: auth.BackupsAdmin, do: (*request).kitForm},
		{method: "POST", path: "/settings/backups/kit/confirm", may: auth.BackupsAdmin, do: (*request).kitConfirmForm},
	}
}

func (q *request) backupsPage(v page.Backups, status int) error {
	v.Frame = q.frame(look.Settings)
	err := q.view(func(view *store.View) (err error) {
		v.Kit, err = q.kitView(view)
		return err
	})
	if err != nil {
		return err
	}
	return q.render(status, page.BackupsPage(v))
}

// backupAlarm reminds administrators of what would be missing on the day when the
// box burns.
func (q *request) backupAlarm() (out []look.Notice) {
	if q.s.Demo || q.r.URL.Path == "/setup" || strings.HasPrefix(q.r.URL.Path, "/settings/backups") {
		return nil // thrown away; or the page itself says it
	}
	lacks, err := q.backupLacks()
	if err != nil {
		q.s.Log.Error("backups can't be read", "request", q.id, "err", err)
	}
	if len(lacks) > 0 {
		out = append(out, look.Notice{Tone: look.Warn, Text: q.lang.T("backups.alarm", "lacks", q.lang.List(lacks))})
	}
	return out
}

// backupLacks are the reasons why a restore might fail, in words.
func (q *request) backupLacks() (out []string, err error) {
	err = q.view(func(v *store.View) error {
		k, err := v.BackupKit()
		switch {
		case k.Recipient == "":
			out = append(out, q.lang.T("backups.lack-kit"))
		case k.Confirmed.IsZero():
			out = append(out, q.lang.T("backups.lack-confirm"))
		}
		return err
	})
	return out, err
}
