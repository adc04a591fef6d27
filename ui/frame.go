package ui

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/words"
)

// frame is what the shell around a page shows of the request.
func (q *request) frame(area look.Area) look.Frame {
	f := look.Frame{L: q.lang, Area: area, Path: q.r.URL.RequestURI(), Demo: q.s.Demo, Public: q.s.Public != nil, Guests: q.guests()}
	if c, err := q.r.Cookie(look.ThemeCookie); err == nil {
		f.Theme = look.ParseTheme(c.Value)
	}
	if q.r.Method != http.MethodGet {
		f.Path = "/"
	}
	if q.t == nil {
		return f
	}
	q.view(func(v *store.View) error {
		if facts, err := v.Facts(); err == nil {
			f.Firm = facts.Firm
		}
		if gap, err := v.AirGap(); err == nil && q.p.UserID != "" {
			f.AirGap = gap.On
		}
		f.Hardened = v.Hardened().On && q.p.UserID != ""
		if u, err := v.User(q.p.UserID); err == nil && q.p.UserID != "" {
			f.Person = look.Person{
				Name: u.Name, Role: string(q.p.Role),
				Audit: auth.Allowed(q.p, auth.AuditRead), Admin: auth.Allowed(q.p, auth.SettingsAdmin),
			}
			f.Person.Ill = q.ill()
		}
		return nil
	})
	f.Notices = append(append(append(q.shortage(), q.alarms(f.Person)...), q.notices()...), append(q.waiting(), q.ownNotices()...)...)
	f.Notices = append(append(f.Notices, q.alerts()...), q.hardenedNotice()...)
	return f
}

// noticeCookie carries one sentence's key across a redirect.
const noticeCookie = "coffre-notice"

// notify shows a finished sentence on the next page; key is in the catalogue.
func (q *request) notify(key string, args ...string) { q.notifyUndo("", key, args...) }

// notifyUndo is notify with a button that restores the document of that id.
func (q *request) notifyUndo(document, key string, args ...string) {
	value := url.Values{"key": {key}, "arg": args, "undo": {document}}.Encode()
	http.SetCookie(q.w, &http.Cookie{Name: noticeCookie, Value: value, Path: "/", MaxAge: 60, HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode})
}

// done ends a form that has succeeded: back to path with a finished sentence.
func (q *request) done(err error, path, key string, args ...string) error {
	if err != nil {
		return err
	}
	q.notify(key, args...)
	return q.see(path)
}

// publicID is what the store's ids look like.
var publicID = regexp.MustCompile(`^[a-z2-7]{26}$`)

func (q *request) notices() []look.Notice {
	c, err := q.r.Cookie(noticeCookie)
	if err != nil {
		return nil
	}
	http.SetCookie(q.w, &http.Cookie{Name: noticeCookie, Path: "/", MaxAge: -1, Secure: true})
	v, err := url.ParseQuery(c.Value)
	key := v.Get("key")
	if err != nil || !strings.HasPrefix(key, "notice.") || !q.lang.Has(key) {
		return nil
	}
	args := make([]any, len(v["arg"]))
	for i, a := range v["arg"] {
		args[i] = a
	}
	n := look.Notice{Tone: look.Good, Text: q.lang.T(key, args...)}
	if id := v.Get("undo"); publicID.MatchString(id) {
		n.Action, n.Label = "/documents/"+id+"/restore", q.lang.T("notice.undo")
	}
	return []look.Notice{n}
}

// preferences sets language and theme and goes back where it came from.
func (q *request) preferences() error {
	if err := q.form(); err != nil {
		return err
	}
	set := func(name, value string) {
		http.SetCookie(q.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: 400 * 24 * 3600, Secure: true, SameSite: http.SameSiteLaxMode})
	}
	if l, ok := words.Parse(q.r.PostFormValue("lang")); ok {
		set(look.LanguageCookie, string(l))
	}
	if q.r.PostForm.Has("theme") {
		set(look.ThemeCookie, string(look.ParseTheme(q.r.PostFormValue("theme"))))
	}
	return q.see(ownPath(q.r.PostFormValue("back")))
}

// ownPath accepts only a path of this box, so that no link leads elsewhere.
func ownPath(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n") {
		return "/"
	}
	return s
}
