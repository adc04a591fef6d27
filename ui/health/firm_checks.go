package health

import (
	"context"
	"slices"
	"time"

	"coffre/auth"
	"coffre/llm"
	"coffre/store"
)

const (
	nightOld   = 50 * time.Hour // two nights without a verification
	jobStuck   = time.Hour
	runtimeWhy = llm.SettingURL
)

func readIndex(_ context.Context, s *subject) (string, Figures) {
	st, err := s.t.IndexState()
	if err != nil || st.Err != nil {
		return "failed", Figures{"behind": behind(st)}
	}
	f := Figures{"behind": behind(st), "passages": st.Stats.Passages, "pending": st.Stats.Pending, "failed": st.Stats.Failed}
	switch {
	case st.Stats.Failure != nil:
		return "stalled", f
	case st.Changed > st.Applied:
		return "behind", f
	case st.Stats.Pending > 0:
		return "embedding", f
	}
	return "ok", f
}

// behind is how many changes the index has not taken in.
func behind(st store.IndexState) int64 {
	if st.Changed <= st.Applied {
		return 0
	}
	return int64(st.Changed - st.Applied)
}

func readJobs(_ context.Context, s *subject) (string, Figures) {
	var all []store.Job
	if err := s.view(func(v *store.View) (err error) { all, err = v.Jobs(); return err }); err != nil {
		return "unread", nil
	}
	failed, oldest := 0, time.Duration(0)
	for _, j := range all {
		if j.Failed {
			failed++
		} else {
			oldest = max(oldest, s.now.Sub(j.Since))
		}
	}
	f := Figures{"failed": failed, "waiting": len(all) - failed, "oldest": Span(oldest)}
	switch {
	case oldest > jobStuck:
		return "stuck", f
	case failed > 0:
		return "failed", f
	case len(all) > 0:
		return "waiting", f
	}
	return "ok", f
}

// wayOpen tells whether the gate lets the way of a setting through: a look over
// one that is shut would only be entered as refused.
func wayOpen(v *store.View, why string) (bool, error) {
	all, err := v.Ways()
	for _, w := range all {
		if slices.Contains(w.Whys, why) {
			return w.Open(), err
		}
	}
	return true, err
}

// look asks the runtime, once a run.
func (s *subject) look(ctx context.Context) (st llm.State, code string) {
	url, open := "", true
	err := s.view(func(v *store.View) (err error) {
		url = v.Setting(llm.SettingURL, "")
		open, err = wayOpen(v, runtimeWhy)
		return err
	})
	switch {
	case err != nil:
		return st, "unreached"
	case url == "" || s.Runtime == nil:
		return st, "none"
	case !open:
		return st, "shut"
	}
	if st, ok := s.looked[runtimeWhy]; ok {
		return st, "ok"
	}
	if st, err = s.Runtime.Look(ctx, s.t); err != nil {
		return st, "unreached"
	}
	s.looked[runtimeWhy] = st
	return st, "ok"
}

func readRuntime(ctx context.Context, s *subject) (string, Figures) {
	begun := time.Now()
	st, code := s.look(ctx)
	f := Figures{"kind": st.Kind, "version": Name(st.Version), "models": len(st.Models)}
	if code == "unreached" {
		f["took"] = Span(time.Since(begun))
	}
	return code, f
}

func readModels(ctx context.Context, s *subject) (string, Figures) {
	model, embedder := "", ""
	err := s.view(func(v *store.View) error {
		model = v.Setting(llm.SettingModel, "")
		if prefix, name, ok := llm.EmbedName(v.Setting(llm.SettingEmbedder, llm.EmbedBuiltin)); ok && prefix != "" && v.Setting(llm.SettingEmbedURL, "") == "" {
			embedder = name
		}
		return nil
	})
	st, code := s.look(ctx)
	var wanted, missing []Name
	for _, name := range []string{model, embedder} {
		if name != "" {
			wanted = append(wanted, Name(name))
			if !slices.ContainsFunc(st.Models, func(m llm.Model) bool { return sameModel(m.Name, name) }) {
				missing = append(missing, Name(name))
			}
		}
	}
	f := Figures{"wanted": wanted, "missing": missing, "n": len(wanted)}
	switch {
	case err != nil || len(wanted) > 0 && code != "ok":
		return "unseen", f
	case len(wanted) == 0:
		return "none", f
	case len(missing) > 0:
		return "missing", f
	}
	return "ok", f
}

// sameModel compares as Ollama does: a name without a tag is the latest.
func sameModel(has, wanted string) bool { return has == wanted || has == wanted+":latest" }

func readDirectory(_ context.Context, s *subject) (string, Figures) {
	on := false
	s.view(func(v *store.View) error { on = v.Setting(auth.SettingDirectoryOn, "") == "yes"; return nil })
	if !on || s.Auth == nil {
		return "off", nil
	}
	st := s.Auth.DirectoryStatus(s.t)
	f := Figures{"looked": st.Looked, "failing": st.Failing}
	switch {
	case !st.Failing.IsZero():
		return "unreached", f
	case st.Looked.IsZero():
		return "starting", f
	case st.Held != nil:
		return "held", f
	}
	return "ok", f
}

func readSecrets(_ context.Context, s *subject) (string, Figures) {
	due, soon, ended, kept := 0, 0, 0, 0
	err := s.view(func(v *store.View) error {
		all, err := v.Credentials()
		for _, c := range all {
			state, _ := v.CredentialState(c)
			users, uerr := v.CredentialUsers(c.ID)
			if uerr != nil {
				return uerr
			}
			switch {
			case state == store.SecretDue:
				due++
			case state == store.SecretSoon:
				soon++
			case state != store.SecretGood && len(users) > 0:
				ended++
			}
			if state != store.SecretExpired && state != store.SecretRevoked {
				kept++
			}
		}
		return err
	})
	f := Figures{"n": kept, "due": due, "soon": soon, "ended": ended}
	switch {
	case err != nil:
		return "unread", f
	case ended > 0:
		return "ended", f
	case due > 0:
		return "due", f
	case soon > 0:
		return "soon", f
	case kept == 0:
		return "none", f
	}
	return "ok", f
}

func readEgress(_ context.Context, s *subject) (string, Figures) {
	var open, inClear []Name
	gap := false
	err := s.view(func(v *store.View) error {
		g, err := v.AirGap()
		if err != nil {
			return err
		}
		gap = g.On
		all, err := v.Ways()
		for _, w := range all {
			if !w.Open() {
				continue
			}
			open = append(open, Name(w.Host))
			if w.Clear {
				inClear = append(inClear, Name(w.Host))
			}
		}
		return err
	})
	f := Figures{"n": len(open), "hosts": open, "clear": len(inClear), "in_clear": inClear}
	switch {
	case err != nil:
		return "unread", f
	case len(inClear) > 0:
		return "clear", f
	case gap:
		return "gap", f
	case len(open) > 0:
		return "open", f
	}
	return "none", f
}
