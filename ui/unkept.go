package ui

import (
	"net/http"

	"coffre/llm"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// unkeptPage shows an answer of which nothing is kept: in the answer to the form
// itself, since no address leads to it afterwards.
func (q *request) unkeptPage(req llm.Request, res llm.Result) error {
	v := page.Ask{Frame: q.frame(look.Ask)}
	v.Notices = append(v.Notices, look.Notice{Tone: look.Plain, Text: q.lang.T("ask.unkept-done")})
	a := q.answerView(res.Message, res.Answer, req.Question, res.Sources, res.Elapsed)
	a.Seq = 0 // no receipt: what it would prove is gone
	v.Turns = []page.Turn{{ID: turnID(res.Message), Question: req.Question, Answer: a}}
	if err := q.view(func(view *store.View) error { return q.fillAsk(view, &v) }); err != nil {
		return err
	}
	return q.render(http.StatusOK, page.AskPage(v))
}
