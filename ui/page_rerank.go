package ui

import (
	"net/http"

	"coffre/llm"
	"coffre/store"
	"coffre/ui/page"
)

var rerankSettings = []string{llm.SettingRerank, llm.SettingRerankURL, llm.SettingRerankSecret}

func (q *request) rerankView() *page.Rerank {
	has := q.typedOr(rerankSettings...)
	r := &page.Rerank{Model: has[llm.SettingRerank], URL: has[llm.SettingRerankURL], Gone: q.gone(llm.SettingRerankKey), Secrets: q.secretChoices(has[llm.SettingRerankSecret])}
	if r.URL != "" && r.Model != "" {
		r.Exposure = exposureOf(r.URL, has[llm.SettingRerankSecret])
	}
	return r
}

// rerankTest tries the re-ranker that is saved, since the gate opens no way to
// an address that is only typed.
func (q *request) rerankTest() error {
	if err := q.form(); err != nil {
		return err
	}
	typed := q.typedOr(rerankSettings...)
	saved := map[string]string{}
	q.view(func(v *store.View) error { saved = settingValues(v); return nil })
	for name, value := range typed {
		if value != saved[name] {
			return q.render(http.StatusOK, page.RerankResult(q.lang, page.RerankTrial{Unsaved: true}))
		}
	}
	tried, err := q.s.Runtime.TryRerank(q.r.Context(), q.t)
	out := page.RerankTrial{Model: tried.Model, Right: tried.Right, Took: tried.Took, Slow: tried.Took > llm.RerankLimit/4}
	if err != nil {
		out.Fault = faultOf(err)
	}
	return q.render(http.StatusOK, page.RerankResult(q.lang, out))
}

// rerankNote says that the chosen re-ranker took no part, and why.
func (q *request) rerankNote(res store.SearchResult) string {
	if res.Rerank.Err == nil {
		return ""
	}
	return q.lang.T("rerank.stood") + " " + faultOf(res.Rerank.Err).Sentence(q.lang)
}
