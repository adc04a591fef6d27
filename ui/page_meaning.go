package ui

import (
	"net/http"
	"strings"

	"coffre/index"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// meaningStatus is the part of the settings that goes on while passages are
// embedded.
func (q *request) meaningStatus() error {
	m, err := q.meaningView(nil)
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, page.MeaningStatus(q.lang, *m))
}

// meaningView reads how far embedding is, and lists what could embed: models
// are the runtime's.
func (q *request) meaningView(models []string) (*page.Meaning, error) {
	s, err := q.t.IndexState()
	if err != nil {
		return nil, err
	}
	m := &page.Meaning{
		Embedder: q.embedderName(s.Stats.Embedder), Next: q.embedderName(s.Stats.Next), Languages: s.Stats.Languages,
		Done: s.Stats.Embedded, Total: s.Stats.Embedded + s.Stats.Pending, Failed: s.Stats.Failed, Stalled: s.Stats.Failure != nil,
	}
	chosen := ""
	if err := q.view(func(v *store.View) error { chosen = v.Setting(llm.SettingEmbedder, llm.EmbedBuiltin); return nil }); err != nil {
		return nil, err
	}
	if q.r.PostForm.Has(llm.SettingEmbedder) {
		chosen = q.r.PostFormValue(llm.SettingEmbedder)
	}
	m.Choices = []look.Choice{
		{Value: llm.EmbedBuiltin, Label: q.lang.T("meaning.builtin")},
		{Value: llm.EmbedNone, Label: q.lang.T("meaning.none")},
	}
	known := chosen == llm.EmbedBuiltin || chosen == llm.EmbedNone
	for _, name := range models {
		value := llm.EmbedOllama + name
		m.Choices = append(m.Choices, look.Choice{Value: value, Label: name})
		known = known || value == chosen
	}
	if !known {
		m.Choices = append(m.Choices, look.Choice{Value: chosen, Label: strings.TrimPrefix(chosen, llm.EmbedOllama)})
	}
	for i := range m.Choices {
		m.Choices[i].Selected = m.Choices[i].Value == chosen
	}
	return m, nil
}

// embedderName is what people call the embedder of an id.
func (q *request) embedderName(id string) string {
	switch name, ok := llm.EmbedderModel(id); {
	case id == "":
		return ""
	case ok:
		return name
	}
	return q.lang.T("meaning.builtin")
}

// meaningNote says why a search went by words alone, where a person may wonder:
// where it found little, or what should have taken part did not.
func (q *request) meaningNote(res store.SearchResult) string {
	const little = 3
	switch {
	case res.Meaning == index.MeaningFailed:
		return q.lang.T("meaning.searched-failed")
	case res.Meaning == index.MeaningLanguage && len(res.Hits) < little:
		return q.lang.T("meaning.searched-language")
	}
	return ""
}
