package llm

import (
	"context"
	"strings"

	"coffre/index"
	"coffre/index/embed"
	"coffre/store"
)

// SettingEmbedder chooses what search by meaning uses: EmbedBuiltin, EmbedNone,
// or EmbedOllama or EmbedOpenAI and a model of that runtime's.
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
	p, err := r.at(embedAddress(v, m))
	if p == nil || err != nil {
		return nil, err
	}
	return NewEmbedder(p, r.queue, m)
}

// EmbedderSettings returns the settings that choose an embedder by a value of
// SettingEmbedder, with those that keep the one chosen before; for a model of a
// runtime's, that at SettingEmbedURL or else SettingURL, it is asked about it.
// Errors: those of Probe; ErrUnreachable without a runtime.
func (r *Runtime) EmbedderSettings(ctx context.Context, t *store.Tenant, value string) (map[string]string, error) {
	out := EmbedModel{}.Settings()
	for k := range out {
		out[k] = ""
	}
	out[SettingEmbedder] = value
	var before EmbedModel
	var had bool
	m := EmbedModel{}
	var named bool
	m.Kind, m.Name, named = EmbedName(value)
	var at location
	err := t.View(func(v *store.View) (err error) {
		if before, had, err = ChosenEmbedModel(v.Setting); err != nil {
			had = false // nothing to keep
		}
		m.Address = v.Setting(SettingEmbedURL, "")
		if m.Address != "" {
			m.keyFile, m.KeySecret = v.Setting(SettingEmbedKey, ""), v.Setting(SettingEmbedSecret, "")
		}
		at = embedAddress(v, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if named {
		if m, err = r.lookAt(ctx, at, m, before); err != nil {
			return nil, err
		}
		out = m.Settings()
	}
	// A model replaced under its own name can't be asked any more.
	if had && out[SettingEmbedder] != before.Value() {
		for k, value := range before.Settings() {
			out[previousEmbedder+k] = value
		}
	}
	return out, nil
}

// lookAt probes m where it answers. A model that is the one chosen before keeps its digest, so that nothing is
// embedded again because its server has moved.
func (r *Runtime) lookAt(ctx context.Context, at location, m, before EmbedModel) (EmbedModel, error) {
	p, err := r.at(at)
	if err != nil {
		return m, err
	}
	if p == nil {
		return m, ErrUnreachable
	}
	found, err := Probe(ctx, p, m.Name)
	if err != nil {
		return m, err
	}
	found.Address, found.KeySecret = m.Address, m.KeySecret
	f := found.EmbedModel
	if f.kind() == KindOpenAI && f.Value() == before.Value() && f.Dim == before.Dim && f.Window == before.Window && alike(f.Sample, before.Sample) {
		f.Digest, f.Sample = before.Digest, before.Sample
	}
	return f, nil
}

// EmbedderAddresses are the addresses that a tenant's embedders answer at
// beside the runtime's own: of the one in use, of the one before it,
// and of the next that may be chosen.
func EmbedderAddresses(v *store.View) []string {
	var out []string
	for _, name := range []string{SettingEmbedURL, SettingEmbedAt, previousEmbedder + SettingEmbedAt} {
		if at := v.Setting(name, ""); at != "" {
			out = append(out, at)
		}
	}
	return out
}

// EmbedderModel is the name of the runtime's model in an embedder's id.
func EmbedderModel(id string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(id, KindOllama+"/")
	if !ok {
		rest, ok = strings.CutPrefix(id, KindOpenAI+"/")
	}
	if at := strings.LastIndex(rest, "@"); ok && at >= 0 {
		return rest[:at], true
	}
	return "", false
}
