package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"coffre/llm"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// typedOr are settings as they are saved, or as a form that was refused has them.
func (q *request) typedOr(names ...string) map[string]string {
	out := map[string]string{}
	q.view(func(v *store.View) error {
		for _, name := range names {
			s, _ := findSetting(name)
			if out[name] = v.Setting(name, s.def); q.r.PostForm.Has(name) {
				out[name] = withoutUser(strings.TrimSpace(q.r.PostFormValue(name)))
			}
		}
		return nil
	})
	return out
}

// withoutUser leaves a user and a password out of an address, which is refused for
// them: a password that was typed isn't sent back.
func withoutUser(typed string) string {
	if u, err := url.Parse(typed); err == nil && u.User != nil {
		u.User = nil
		return u.String()
	}
	return typed
}

var runtimeSettings = []string{llm.SettingURL, llm.SettingModel, llm.SettingKind, llm.SettingContext, llm.SettingKeySecret, llm.SettingCAFile}

func (q *request) runtimeView(faults look.Faults) *page.Runtime {
	has := q.typedOr(runtimeSettings...)
	r := &page.Runtime{URL: has[llm.SettingURL], Model: has[llm.SettingModel]}
	r.Gateway = page.Gateway{
		Gone: q.gone(llm.SettingKeyFile), CAFile: has[llm.SettingCAFile], Context: has[llm.SettingContext],
		Exposure: exposureOf(r.URL, has[llm.SettingKeySecret]), Secrets: q.secretChoices(has[llm.SettingKeySecret]),
	}
	for _, kind := range []look.Choice{
		{Value: llm.KindAuto, Label: q.lang.T("gateway.kind.auto")}, {Value: llm.KindOllama, Label: q.lang.T("gateway.kind.ollama")},
		{Value: llm.KindOpenAI, Label: q.lang.T("gateway.kind.openai")},
	} {
		kind.Selected = kind.Value == has[llm.SettingKind]
		r.Gateway.Kinds = append(r.Gateway.Kinds, kind)
	}
	r.Models = []look.Choice{{Label: q.lang.T("settings.no-model"), Selected: r.Model == ""}}
	known := r.Model == ""
	r.Status = q.runtimeStatus(func(m llm.Model) {
		known = known || m.Name == r.Model
		r.Models = append(r.Models, look.Choice{Value: m.Name, Label: m.Name, Selected: m.Name == r.Model})
	})
	if !known {
		r.Models = append(r.Models, look.Choice{Value: r.Model, Label: r.Model, Selected: true})
	}
	return r
}

// gone tells whether a setting of before still names what nothing has taken the
// place of.
func (q *request) gone(name string) (found bool) {
	q.view(func(v *store.View) error { found = slices.Contains(goneSettings(v), name); return nil })
	return found
}

func exposureOf(url, key string) page.Exposure {
	return page.Exposure(llm.ExposureOf(url, key))
}

// runtimeStatus looks at the runtime as it is now.
func (q *request) runtimeStatus(each func(llm.Model)) page.RuntimeStatus {
	begun := time.Now()
	state, err := q.s.Runtime.Look(q.r.Context(), q.t)
	switch {
	case err != nil:
		return page.RuntimeStatus{State: page.RuntimeFault, Fault: faultOf(err)}
	case !state.Configured:
		return page.RuntimeStatus{State: page.RuntimeNone}
	}
	for _, m := range state.Models {
		each(m)
	}
	return page.RuntimeStatus{State: page.RuntimeOK, Version: state.Version, Models: len(state.Models), Elapsed: time.Since(begun)}
}

func faultOf(err error) *look.Fault {
	p := asProblem(err)
	return &look.Fault{Code: p.code, Params: p.params}
}

// runtimeTest asks the runtime that is saved, since the gate opens no way to an
// address that is only typed, and lets the chosen model write a word.
func (q *request) runtimeTest() error {
	if err := q.form(); err != nil {
		return err
	}
	typed := q.typedOr(runtimeSettings...)
	saved := map[string]string{}
	q.view(func(v *store.View) error { saved = settingValues(v); return nil })
	for name, value := range typed {
		if value != saved[name] {
			return q.render(http.StatusOK, page.RuntimeResult(q.lang, page.RuntimeStatus{State: page.RuntimeUnsaved}))
		}
	}
	status := q.runtimeStatus(func(llm.Model) {})
	if status.State == page.RuntimeOK {
		tried, err := q.s.Runtime.Try(q.r.Context(), q.t)
		if status.Tried, status.Context = tried.Name, tried.Context; err != nil {
			status.State, status.Fault = page.RuntimeFault, faultOf(err)
		}
	}
	return q.render(http.StatusOK, page.RuntimeResult(q.lang, status))
}
