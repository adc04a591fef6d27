package ui

import (
	"net/http"
	"strings"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// directoryFields are the settings of the page's form.
func directoryFields() (names []string) {
	for _, s := range auth.DirectorySettings() {
		if s.Name != auth.SettingDirectoryOn {
			names = append(names, s.Name)
		}
	}
	return names
}

// directoryPage shows what is kept, or what was typed and refused.
func (q *request) directoryPage(faults look.Faults, status int) error {
	st, err := q.directoryState()
	if err != nil {
		return err
	}
	has := q.typedOr(directoryFields()...)
	v := page.Directory{Frame: q.frame(look.Settings), Faults: faults, Values: has, On: st.On, Clear: st.Clear, Kind: st.Kind, Held: st.Held, Fault: st.Sentence, Looked: local(st.Looked), Failing: local(st.Failing)}
	v.Secrets = q.secretsFor(store.PurposeDirectory, has[auth.SettingDirectorySecret], q.lang.T("directory.secret-none"))
	if st.Last != nil {
		v.Last = &page.DirectoryLook{
			People: st.Last.People, Groups: st.Last.Groups, Ended: len(st.Last.Ended), Opened: len(st.Last.Opened), Joined: st.Last.Joined,
			Left: st.Last.Left, Absent: st.Last.Absent, Missing: st.Last.Missing, Taken: st.Last.Taken, Seconds: st.Last.Seconds,
		}
	}
	return q.render(status, page.DirectoryPage(v))
}

func (q *request) directoryForm() error {
	if err := q.form(); err != nil {
		return err
	}
	in := map[string]string{}
	for _, name := range directoryFields() {
		if q.r.PostForm.Has(name) {
			in[name] = strings.TrimSpace(strings.ReplaceAll(q.r.PostFormValue(name), "\r\n", "\n"))
		}
	}
	err := q.putSettings(in)
	if e := store.AsError(err); err != nil && e.Kind == store.Invalid {
		return q.directoryPage(look.Faults{e.Params["name"]: {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	return q.done(err, "/settings/directory", "notice.directory")
}

func (q *request) directorySwitch() error {
	if err := q.form(); err != nil {
		return err
	}
	on, key := "no", "notice.directory-off"
	if q.r.PostFormValue("on") == "yes" {
		on, key = "yes", "notice.directory-on"
	}
	return q.done(q.putSettings(map[string]string{auth.SettingDirectoryOn: on}), "/settings/directory", key)
}

func (q *request) directorySyncForm() error {
	if err := q.form(); err != nil {
		return err
	}
	r, err := q.s.Auth.SyncDirectory(q.r.Context(), q.t, q.p.Actor, q.r.PostFormValue("confirm") == "yes")
	if e := store.AsError(unread(err)); err != nil && (e.Kind == store.Unavailable || e.Kind == store.Conflict) {
		return q.directoryPage(look.Faults{"": {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	if err == nil && r.Held {
		return q.done(nil, "/settings/directory", "notice.directory-held")
	}
	return q.done(err, "/settings/directory", "notice.directory-synced")
}

// directoryTestForm tries the directory that is saved: the gate opens no way to
// one that is only typed.
func (q *request) directoryTestForm() error {
	if err := q.form(); err != nil {
		return err
	}
	checks, err := q.directoryTest(q.r.PostFormValue("user"), q.r.PostFormValue("password"))
	if e := store.AsError(err); err != nil && e.Kind == store.RateLimited {
		return q.render(http.StatusOK, page.DirectoryRefused(q.lang, faultOf(err)))
	}
	if err != nil {
		return err
	}
	var out []page.DirectoryStep
	for _, k := range asDirectoryTest(q.lang, checks).Steps {
		out = append(out, page.DirectoryStep{Step: k.Step, Server: k.Server, OK: k.OK, Warn: k.Warn, Sentence: k.Sentence})
	}
	return q.render(http.StatusOK, page.DirectoryResult(q.lang, out))
}

func (q *request) directoryPreviewPage() error {
	v := page.DirectoryPreview{Frame: q.frame(look.Settings)}
	out, err := q.s.Auth.PreviewDirectory(q.r.Context(), q.t, q.p)
	if e := store.AsError(unread(err)); err != nil {
		if e.Code != "directory-unread" {
			return err
		}
		v.Fault = &look.Fault{Code: e.Code, Params: e.Params}
		return q.render(http.StatusOK, page.DirectoryPreviewPage(v))
	}
	v.People, v.Outside, v.Shut, v.More, v.Missing, v.Ends, v.Held = out.People, out.Outside, out.Shut, out.More, out.Missing, out.Ends, out.Held
	for _, g := range out.Groups {
		v.Groups = append(v.Groups, page.DirectoryGroup{Name: g.Name, Role: string(g.Role), Allowed: g.Allowed, People: g.People, Collections: g.Collections, Taken: g.Taken})
	}
	for _, r := range out.Rows {
		v.Rows = append(v.Rows, page.DirectoryPerson{Login: r.Login, Name: r.Name, State: string(r.State), Role: string(r.Role), Groups: r.Groups, Collections: r.Collections, Account: r.Account})
	}
	return q.render(http.StatusOK, page.DirectoryPreviewPage(v))
}
