package ui

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) backupsRoutes() []route {
	return []route{
		{method: "GET", path: "/settings/backups", may: auth.BackupsRead, do: func(q *request) error { return q.backupsPage(page.Backups{}, http.StatusOK) }},
		{method: "GET", path: "/settings/backups/state", may: auth.BackupsRead, do: (*request).backupsState},
		{method: "GET", path: "/settings/backups/tried", may: auth.BackupsRead, do: (*request).triedState},
		{method: "POST", path: "/settings/backups/try", may: auth.BackupsAdmin, do: (*request).tryForm},
		{method: "POST", path: "/settings/backups/download", may: auth.BackupsAdmin, export: "backup", do: (*request).backupDownload},
		{method: "POST", path: "/settings/backups/openers", may: auth.BackupsAdmin, do: (*request).openersForm},
		{method: "POST", path: "/settings/backups/kit", may: auth.BackupsAdmin, do: (*request).kitForm},
		{method: "POST", path: "/settings/backups/kit/confirm", may: auth.BackupsAdmin, do: (*request).kitConfirmForm},
	}
}

func (q *request) backupsPage(v page.Backups, status int) error {
	v.Frame = q.frame(look.Settings)
	err := q.view(func(view *store.View) (err error) {
		if v.Kit, err = q.kitView(view); err != nil {
			return err
		}
		if v.Two, err = q.openerTwo(view); err != nil {
			return err
		}
		if err := q.pendingOpeners(view, &v); err != nil {
			return err
		}
		return q.backupsView(view, &v)
	})
	if err == nil {
		v.Lacks, err = q.backupLacks(0)
	}
	if err == nil {
		err = q.copiesView(&v, v.TypedCopies)
	}
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
	lacks, err := q.backupLacks(backupsAge)
	if err != nil {
		q.s.Log.Error("backups can't be read", "request", q.id, "err", err)
	}
	if len(lacks) > 0 {
		out = append(out, look.Notice{Tone: look.Warn, Text: q.lang.T("backups.alarm", "lacks", strings.Join(lacks, " "))})
	}
	err = q.view(func(v *store.View) error {
		failed, err := lastTryFailed(v)
		if failed {
			out = append(out, look.Notice{Tone: look.Bad, Text: q.lang.T("backups.alarm-failed")})
		}
		return err
	})
	if err != nil {
		q.s.Log.Error("trial restores can't be read", "request", q.id, "err", err)
	}
	return append(out, q.copiesAlarm()...)
}

// backupLacks are the reasons why a restore might fail, in words. A firm that never
// made a backup has grace for it from its first day on.
func (q *request) backupLacks(grace time.Duration) (out []string, err error) {
	err = q.view(func(v *store.View) error {
		k, err := v.BackupKit()
		switch {
		case k.Recipient == "":
			out = append(out, q.lang.T("backups.lack-kit"))
		case k.Confirmed.IsZero():
			out = append(out, q.lang.T("backups.lack-confirm"))
		}
		old, ageErr := q.backupAge(v, grace)
		if old != "" {
			out = append(out, old)
		}
		return errors.Join(err, ageErr)
	})
	return out, err
}
