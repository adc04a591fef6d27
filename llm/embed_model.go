package llm

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"coffre/index/vectors"
)

// The settings of an embedder that runs in the runtime: what Probe found when it was chosen. Its name is
// part of SettingEmbedder. Languages are tags parted by commas, "*" for all. The last four are empty for a
// model of an Ollama at the runtime's own address.
const (
	SettingEmbedDigest    = "embed.digest"
	SettingEmbedDim       = "embed.dim"
	SettingEmbedLanguages = "embed.languages"
	SettingEmbedAt        = "embed.at"
	SettingEmbedWindow    = "embed.window"
	SettingEmbedSample    = "embed.sample"
)

// EmbedOllama and EmbedOpenAI begin the value of SettingEmbedder where the runtime embeds; the model's name
// follows.
const (
	EmbedOllama = "ollama:"
	EmbedOpenAI = "openai:"
)

// embedMethod names what besides the weights and prefixes decides on a vector; a change of preparation or
// windows needs another one.
const embedMethod = "bert-text-prepared windows-1024-halved mean-by-length l2 v1"

// EmbedModel is an embedding model as it was when it was chosen: enough to make an Embedder while the
// runtime is down.
type EmbedModel struct {
	Kind      string // KindOllama, as when empty, or KindOpenAI
	Name      string
	Digest    string   // hexadecimal: of the model's files, as Ollama names them, or of what Probe saw of it
	Dim       int      // components of a vector
	Languages []string // tags as index.Passage.Lang has them; nil for all
	// Address is where it answers, KeySecret its key in the vault; empty for the runtime's own.
	Address, KeySecret string
	keyFile            string // as settings of before named it
	// Window and Sample are of a KindOpenAI: estimated tokens that a text may have, and the components by
	// which the model is recognized, in base64.
	Window int
	Sample string
}

func (m EmbedModel) kind() string { return cmp.Or(m.Kind, KindOllama) }

// method is what decides on m's vectors besides its weights and prefixes.
func (m EmbedModel) method() string {
	if m.kind() == KindOllama {
		return embedMethod
	}
	return fmt.Sprintf("as-sent windows-%d-estimated mean-by-length l2 v1", m.Window)
}

// Value is m as SettingEmbedder names it.
func (m EmbedModel) Value() string { return m.kind() + ":" + m.Name }

// EmbedName parts a value of SettingEmbedder; ok is false where it names no model of a runtime.
func EmbedName(value string) (kind, name string, ok bool) {
	for _, prefix := range []string{EmbedOllama, EmbedOpenAI} {
		if name, ok := strings.CutPrefix(value, prefix); ok {
			return strings.TrimSuffix(prefix, ":"), name, true
		}
	}
	return "", "", false
}

// Settings are the settings to store for m.
func (m EmbedModel) Settings() map[string]string {
	languages := "*"
	if m.Languages != nil {
		languages = strings.Join(m.Languages, ",")
	}
	window := ""
	if m.Window > 0 {
		window = strconv.Itoa(m.Window)
	}
	return map[string]string{
		SettingEmbedder: m.Value(), SettingEmbedDigest: m.Digest,
		SettingEmbedDim: strconv.Itoa(m.Dim), SettingEmbedLanguages: languages,
		SettingEmbedAt: m.Address, settingEmbedAtFile: m.keyFile, SettingEmbedAtSecret: m.KeySecret, SettingEmbedWindow: window, SettingEmbedSample: m.Sample,
	}
}

// ChosenEmbedModel reads what Settings stored; get is store.View's Setting. ok is false where the settings
// choose no model of a runtime.
func ChosenEmbedModel(get func(name, def string) string) (m EmbedModel, ok bool, err error) {
	kind, name, ok := EmbedName(get(SettingEmbedder, ""))
	if !ok {
		return m, false, nil
	}
	m = EmbedModel{
		Kind: kind, Name: name, Digest: get(SettingEmbedDigest, ""),
		Address: get(SettingEmbedAt, ""), keyFile: get(settingEmbedAtFile, ""), KeySecret: get(SettingEmbedAtSecret, ""), Sample: get(SettingEmbedSample, ""),
	}
	if m.Dim, err = strconv.Atoi(get(SettingEmbedDim, "")); err != nil {
		return m, true, errors.New("read embedder's settings: no number of components")
	}
	if kind == KindOpenAI {
		if m.Window, err = strconv.Atoi(get(SettingEmbedWindow, "")); err != nil {
			return m, true, errors.New("read embedder's settings: no size of a window")
		}
	}
	switch languages := get(SettingEmbedLanguages, "*"); languages {
	case "*":
	case "":
		m.Languages = []string{}
	default:
		m.Languages = strings.Split(languages, ",")
	}
	return m, true, m.valid()
}

func (m EmbedModel) valid() error {
	switch _, err := hex.DecodeString(m.Digest); {
	case m.kind() != KindOllama && m.kind() != KindOpenAI:
		return errors.New("choose embedder: no such kind of runtime")
	case m.Name == "" || len(m.Name) > 256:
		return errors.New("choose embedder: no name of a model")
	case err != nil || len(m.Digest) < 32 || len(m.Digest) > 128:
		return errors.New("choose embedder: no digest of a model")
	case m.Dim < 1 || m.Dim > vectors.MaxDim:
		return fmt.Errorf("choose embedder: %d components, want 1 to %d", m.Dim, vectors.MaxDim)
	case m.kind() == KindOllama && cloudName(m.Name):
		return fmt.Errorf("choose embedder: %w", ErrModelRemote)
	case m.kind() == KindOpenAI && !slices.Contains(embedWindows, m.Window):
		return fmt.Errorf("choose embedder: a window of %d tokens", m.Window)
	}
	return nil
}
