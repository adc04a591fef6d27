package llm

import (
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

// Embedders returns the embedder that a tenant's settings choose, and those that
// may have answered before it.
func (r *Runtime) Embedders(v *store.View) ([]index.Embedder, error) {
	builtin := embed.Builtin().Resident()
	if v.Setting(SettingEmbedder, EmbedBuiltin) == EmbedNone {
		return nil, nil
	}
	return []index.Embedder{builtin}, nil
}
