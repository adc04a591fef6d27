package llm

import (
	"context"
	"strings"

	"coffre/index"
	"coffre/index/embed"
	"coffre/store"
)

// SettingEmbedder chooses what search by meaning uses: EmbedBuiltin, EmbedNone,
// or "ollama:" and a model of the runtime's.
const (
	SettingEmbedder = "embed.model"
	EmbedBuiltin    = "builtin"
	EmbedNone       = "none"
)

// previousEmbedder begins the settings that keep the runtime's model chosen
// before: until the next one is whole it answers, after a restart too.
const previousEmbedder = "previous."

// Embedders returns the embedder that a tenant's settings choose, and those that
// may have answered before it. A choice that can't be read is the built-in one's,
// and logged.
func (r *Runtime) Embedders(v *store.View) ([]index.Embedder, error) {
	if v.Setting(SettingEmbedder, EmbedBuiltin) == EmbedNone {
		return nil, nil
	}
	var all []index.Embedder
	for _, before := range []string{"", previousEmbedder} {
		e, err := r.runtimeEmbedder(v, before)
		if err != nil {
			r.log.Error("embedder can't be made", "err", err)
		}
		if e != nil {
			all = append(all, e)
		}
	}
	builtin := embed.Builtin().Resident()
	if v.Setting(SettingEmbedder, EmbedBuiltin) == EmbedBuiltin {
		return append([]index.Embedder{builtin}, all...), nil
	}
	return append(all, builtin), nil
}

// runtimeEmbedder makes the embedder of settings that begin with prefix, nil
// where they name no model of the runtime's.
func (r *Runtime) runtimeEmbedder(v *store.View, prefix string) (index.Embedder, error) {
	m, ok, err := ChosenEmbedModel(func(name, def string) string { return v.Setting(prefix+name, def) })
	if !ok || err != nil {
		return nil, err
	}
	p, err := r.at(v.Setting(SettingURL, ""))
	if p == nil || err != nil {
		return nil, err
	}
	return NewEmbedder(p, r.queue, m)
}

// EmbedderSettings returns the settings that choose an embedder by a value of
// SettingEmbedder, with those that keep the one chosen before; for a model of the
// runtime's it is asked about it. Errors: those of Probe; ErrUnreachable without
// a runtime.
func (r *Runtime) EmbedderSettings(ctx context.Context, t *store.Tenant, value string) (map[string]string, error) {
	out := map[string]string{SettingEmbedder: value}
	if name, ok := strings.CutPrefix(value, EmbedOllama); ok {
		p, _, err := r.configured(t)
		if err != nil {
			return nil, err
		}
		if p == nil {
			return nil, ErrUnreachable
		}
		m, err := Probe(ctx, p, name)
		if err != nil {
			return nil, err
		}
		out = m.Settings()
	}
	return out, t.View(func(v *store.View) error {
		before, ok, err := ChosenEmbedModel(v.Setting)
		// A model replaced under its own name can't be asked any more.
		if !ok || err != nil || out[SettingEmbedder] == EmbedOllama+before.Name {
			return nil
		}
		for k, value := range before.Settings() {
			out[previousEmbedder+k] = value
		}
		return nil
	})
}

// EmbedderModel is the name of the runtime's model in an embedder's id.
func EmbedderModel(id string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(id, "ollama/")
	if at := strings.LastIndex(rest, "@"); ok && at >= 0 {
		return rest[:at], true
	}
	return "", false
}
