package trial

import (
	"strings"

	"coffre/llm"
	"coffre/store"
)

// watched are the settings that answers depend on, beside model and embedder,
// with their defaults. A change of one makes a run.
var watched = []struct{ name, def string }{
	{SettingStrictness, "balanced"},
}

// setup reads what a tenant's answers depend on now. settled: the index holds
// all documents, and no other embedder is about to take over.
func (r *Runner) setup(t *store.Tenant) (s store.TrialSetup, settled bool, err error) {
	state, err := t.IndexState()
	if err != nil {
		return s, false, err
	}
	s = store.TrialSetup{
		Embedder: state.Stats.Embedder, Prompt: llm.PromptVersion, Version: r.opts.Version, Documents: state.Applied,
	}
	err = t.View(func(v *store.View) error {
		s.Model = v.Setting(llm.SettingModel, "")
		var named []string
		for _, w := range watched {
			named = append(named, w.name+"="+v.Setting(w.name, w.def))
		}
		s.Settings = strings.Join(named, " ")
		return nil
	})
	return s, state.Applied >= state.Changed && state.Stats.Next == "" && state.Stats.Pending == 0, err
}
