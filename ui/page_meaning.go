package ui

import (
	"net/http"

	"coffre/index"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// meaningStatus is the part of the settings that goes on while passages are
// embedded.
func (q *request) meaningStatus() error {
	m, err := q.meaningView(false)
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, page.MeaningStatus(q.lang, *m))
}

// meaningView reads how far embedding is. With choices it also lists what could
// embed, for which the server is asked.
func (q *request) meaningView(choices bool) (*page.Meaning, error) {
	s, err := q.t.IndexState()
	if err != nil {
		return nil, err
	}
	m := &page.Meaning{
		Embedder: q.embedderName(s.Stats.Embedder), Next: q.embedderName(s.Stats.Next), Languages: s.Stats.Languages,
		Done: s.Stats.Embedded, Total: s.Stats.Embedded + s.Stats.Pending, Failed: s.Stats.Failed, Stalled: s.Stats.Failure != nil,
	}
	if llm.CodeOf(s.Stats.Failure) != "" {
		m.Why = faultOf(s.Stats.Failure)
	}
	if choices {
		q.meaningChoices(m)
	}
	return m, nil
}

func (q *request) meaningChoices(m *page.Meaning) {
	has := q.typedOr(llm.SettingEmbedder, llm.SettingEmbedURL, llm.SettingEmbedSecret)
	chosen := has[llm.SettingEmbedder]
	m.At = page.EmbedAt{URL: has[llm.SettingEmbedURL], Gone: q.gone(llm.SettingEmbedKey), Exposure: exposureOf(has[llm.SettingEmbedURL], has[llm.SettingEmbedSecret]), Secrets: q.secretChoices(has[llm.SettingEmbedSecret])}
	m.Choices = []look.Choice{
		{Value: llm.EmbedBuiltin, Label: q.lang.T("meaning.builtin")},
		{Value: llm.EmbedNone, Label: q.lang.T("meaning.none")},
	}
	known := chosen == llm.EmbedBuiltin || chosen == llm.EmbedNone
	state, err := q.s.Runtime.LookEmbedder(q.r.Context(), q.t)
	if err != nil && m.At.URL != "" {
		m.At.Fault = faultOf(err)
	}
	for _, model := range state.Models {
		value := state.Kind + ":" + model.Name
		m.Choices = append(m.Choices, look.Choice{Value: value, Label: model.Name})
		known = known || value == chosen
	}
	if !known {
		_, name, _ := llm.EmbedName(chosen)
		m.Choices = append(m.Choices, look.Choice{Value: chosen, Label: name})
	}
	for i := range m.Choices {
		m.Choices[i].Selected = m.Choices[i].Value == chosen
	}
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
