package ui

import (
	"errors"
	"io"
	"net/http"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) importRoutes() []route {
	return []route{
		{method: "GET", path: "/people/import", may: auth.UsersAdmin, do: func(q *request) error { return q.importPage(page.Import{}, http.StatusOK) }},
		{method: "POST", path: "/people/import", may: auth.UsersAdmin, do: (*request).importPreview},
		{method: "POST", path: "/people/import/apply", may: auth.UsersAdmin, do: (*request).importForm},
		{method: "POST", path: "/api/v1/users/import", may: auth.UsersAdmin, do: (*request).restImport},
	}
}

func (q *request) importPage(v page.Import, status int) error {
	v.Frame, v.Most = q.frame(look.Access), auth.MaxImportRows
	return q.render(status, page.ImportPage(v))
}

// importFault shows what is wrong with a file beside its field.
func (q *request) importFault(err error) error {
	e := store.AsError(err)
	if e.Kind != store.Invalid && e.Kind != store.TooLarge {
		return err
	}
	return q.importPage(page.Import{Faults: look.Faults{"file": {Code: e.Code, Params: e.Params}}}, http.StatusUnprocessableEntity)
}

func (q *request) importPreview() error {
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, auth.MaxImportBytes+formRoom)
	f, _, err := q.r.FormFile("file")
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return q.importFault(store.Fail(store.TooLarge, "import-large"))
	case err != nil:
		return q.importFault(store.Fail(store.Invalid, "import-empty"))
	}
	defer f.Close()
	list, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	rows, err := auth.ReadPeople(list)
	if err != nil {
		return q.importFault(err)
	}
	plan, err := q.s.Auth.PlanImport(q.t, q.p, rows)
	if err != nil {
		return err
	}
	v := importView(plan)
	v.List = auth.DecodeText(list)
	return q.importPage(v, http.StatusOK)
}

func (q *request) importForm() error {
	if err := q.form(); err != nil {
		return err
	}
	rows, err := auth.ReadPeople([]byte(q.r.PostFormValue("list")))
	if err != nil {
		return q.importFault(err)
	}
	plan, err := q.s.Auth.ImportPeople(q.r.Context(), q.t, q.p, rows, q.id)
	if err != nil {
		return err
	}
	v := importView(plan)
	v.Done = true
	for i, l := range plan.Lines {
		if l.Link != "" {
			v.Lines[i].Link, v.Links = "https://"+q.r.Host+"/reset/"+l.Link, true
		}
	}
	return q.importPage(v, http.StatusOK)
}

func importView(plan auth.ImportPlan) (v page.Import) {
	v.Groups = plan.Groups
	for _, l := range plan.Lines {
		params := map[string]string{}
		if l.Param != "" {
			params["name"], params["line"] = l.Param, l.Param
		}
		v.Lines = append(v.Lines, page.ImportLine{
			Line: l.Line, Name: l.Name, Login: l.Login, Do: l.Do, Role: string(l.Role), RoleBefore: string(l.Before), Changes: l.Changes, Joins: l.Joins,
			Fault: look.Fault{Code: l.Code, Params: params},
		})
	}
	return v
}

type importLineJSON struct {
	Line    int      `json:"line"`
	Login   string   `json:"login"`
	Name    string   `json:"name"`
	Do      string   `json:"do"` // create, change, same or refuse
	User    string   `json:"user,omitempty"`
	Role    string   `json:"role,omitempty"`
	Changes []string `json:"changes,omitempty"`
	Joins   []string `json:"joins,omitempty"`
	Code    string   `json:"code,omitempty"`
	Why     string   `json:"why,omitempty"`
	Path    string   `json:"path,omitempty"` // of the one-time link with which a new person chooses a password
}

// restImport takes a list as text; with preview it writes nothing.
func (q *request) restImport() error {
	var in struct {
		List    []byte `json:"list"` // the file, base64
		Preview bool   `json:"preview"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	rows, err := auth.ReadPeople(in.List)
	if err != nil {
		return err
	}
	var plan auth.ImportPlan
	if in.Preview {
		plan, err = q.s.Auth.PlanImport(q.t, q.p, rows)
	} else {
		plan, err = q.s.Auth.ImportPeople(q.r.Context(), q.t, q.p, rows, q.id)
	}
	if err != nil {
		return err
	}
	out := []importLineJSON{}
	for i, l := range plan.Lines {
		one := importLineJSON{Line: l.Line, Login: l.Login, Name: l.Name, Do: l.Do, User: l.UserID, Role: string(l.Role), Changes: l.Changes, Joins: l.Joins, Code: l.Code}
		if l.Code != "" {
			one.Why = importView(plan).Lines[i].Fault.Sentence(q.lang)
		}
		if l.Link != "" {
			one.Path = "/reset/" + l.Link
		}
		out = append(out, one)
	}
	return q.json(http.StatusOK, map[string]any{"lines": out, "groups": append([]string{}, plan.Groups...), "cursor": ""})
}
