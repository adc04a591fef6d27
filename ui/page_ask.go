package ui

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"coffre/auth"
	"coffre/chain"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) askRoutes() []route {
	return []route{
		{method: "GET", path: "/ask", may: auth.Ask, do: func(q *request) error { return q.askPage("", http.StatusOK, nil) }},
		{method: "POST", path: "/ask", may: auth.Ask, bulky: true, do: (*request).askForm},
		{method: "POST", path: "/ask/stream", may: auth.Ask, bulky: true, do: (*request).askStream},
		{method: "POST", path: "/ask/stop", may: auth.Ask, do: (*request).askStop},
		{method: "GET", path: "/ask/{id}", may: auth.Ask, do: func(q *request) error { return q.askPage(q.r.PathValue("id"), http.StatusOK, nil) }},
		{method: "POST", path: "/ask/{id}/rename", may: auth.Ask, do: (*request).renameForm},
		{method: "POST", path: "/ask/{id}/delete", may: auth.Ask, do: func(q *request) error { return q.done(q.deleteConversation(), "/ask", "notice.conversation-deleted") }},
	}
}

// askPage draws a conversation, or an empty one.
func (q *request) askPage(id string, status int, faults look.Faults) error {
	v := page.Ask{Frame: q.frame(look.Ask), Conversation: id, Faults: faults, Question: q.r.PostFormValue("question")}
	if id != "" {
		_, said, title, err := q.recall(id)
		if err != nil {
			return err
		}
		v.Title = title
		if v.Kept, err = q.keptLines(said); err != nil {
			return err
		}
		for _, s := range said {
			v.Turns = append(v.Turns, page.Turn{
				ID: turnID(s.Message), Question: s.Question, Answer: q.answerView(s.Message, s.Answer, s.Question, s.Sources, 0),
			})
		}
	}
	if err := q.view(func(view *store.View) error { return q.fillAsk(view, &v) }); err != nil {
		return err
	}
	return q.render(status, page.AskPage(v))
}

func turnID(m store.Message) string { return "t" + strconv.FormatUint(m.Question, 10) }

func (q *request) fillAsk(view *store.View, v *page.Ask) error {
	cs, err := view.ReadableCollections(q.p)
	if err != nil {
		return err
	}
	for _, c := range cs {
		chosen := false
		for _, s := range q.r.PostForm["collection"] {
			chosen = chosen || s == c.ID
		}
		v.Collections = append(v.Collections, look.Choice{Value: c.ID, Label: c.Name, Selected: chosen})
		v.CanAdd = v.CanAdd || q.p.MayWrite(c) && q.mayChange(auth.DocumentsWrite)
	}
	all, err := view.Conversations(q.p, 50)
	if err != nil {
		return err
	}
	for _, c := range all {
		v.Conversations = append(v.Conversations, page.ConversationLink{ID: c.ID, Title: conversationTitle(view, c), Current: c.ID == v.Conversation})
	}
	v.MayUnkept = view.MayAskUnkept() && !q.p.Guest
	v.Quotes = view.Setting(llm.SettingURL, "") == "" || view.Setting(llm.SettingModel, "") == ""
	ds, _, err := view.Documents(q.p, store.DocumentFilter{Limit: 1000})
	v.Documents = len(ds)
	if u, uerr := view.User(q.p.UserID); uerr == nil && q.s.Examples != nil {
		v.Examples = q.s.Examples(string(q.lang), u.Login)
	}
	if err != nil || len(v.Turns) > 0 {
		return err
	}
	return q.fillHome(view, v)
}

// answerView is an answer as the page shows it, new or read back.
func (q *request) answerView(m store.Message, a llm.Answer, question string, sources []llm.Source, elapsed time.Duration) page.Answer {
	out := page.Answer{Abstained: m.Abstained, Quotes: m.Mode == llm.ModeQuotes, Stopped: m.Cut, Model: m.Model, Elapsed: elapsed, Seq: m.Answer}
	if m.Failed != "" {
		out.Fault = &look.Fault{Code: m.Failed}
	}
	for _, s := range a.Sentences {
		out.Sentences = append(out.Sentences, page.Sentence{Text: s.Text, Cites: s.Cites, Supported: s.Supported, Reason: s.Reason})
	}
	spans := map[int][]page.Span{}
	for _, c := range a.Citations {
		spans[c.N] = append(spans[c.N], page.Span{Start: c.Start, End: c.End})
	}
	collections := q.collectionNames(sources)
	for _, s := range sources {
		ps := page.Source{
			Collection: collections[s.DocumentID],
			N:          s.N, DocumentID: s.DocumentID, Version: s.Version, Title: s.Title, Heading: s.Heading, Page: s.Page,
			Start: s.Start, End: s.End, Cited: len(spans[s.N]) > 0, WordsRank: s.WordsRank, MeaningRank: s.MeaningRank,
		}
		ps.Start, ps.End = extent(spans[s.N], s.Start, s.End)
		ps.Runs = page.Mark(s.Text, within(spans[s.N], s.Start)...)
		out.Sources = append(out.Sources, ps)
	}
	explain(&out, m, question, sources)
	return out
}

// collectionNames maps the sources' documents to the names of their
// collections.
func (q *request) collectionNames(sources []llm.Source) map[string]string {
	out := map[string]string{}
	q.view(func(v *store.View) error {
		for _, s := range sources {
			if d, err := v.Document(q.p, s.DocumentID); err == nil {
				if c, err := v.Collection(d.Collection); err == nil {
					out[s.DocumentID] = c.Name
				}
			}
		}
		return nil
	})
	return out
}

// extent is from the first to the last cited word of a passage, or the given
// range where nothing of it is cited: a link to a passage that two sentences
// cite must mark what each of them rests on.
func extent(spans []page.Span, start, end int) (int, int) {
	for i, s := range spans {
		if i == 0 {
			start, end = s.Start, s.End
		}
		start, end = min(start, s.Start), max(end, s.End)
	}
	return start, end
}

// within moves spans of the document's text into a passage's, in order.
func within(spans []page.Span, start int) []page.Span {
	out := make([]page.Span, len(spans))
	for i, s := range spans {
		out[i] = page.Span{Start: s.Start - start, End: s.End - start}
	}
	for i := 1; i < len(out); i++ {
		for j := i; j > 0 && out[j].Start < out[j-1].Start; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

func (q *request) askRequest() (llm.Request, error) {
	if err := q.form(); err != nil {
		return llm.Request{}, err
	}
	return llm.Request{
		Question: q.r.PostFormValue("question"), Collections: q.r.PostForm["collection"],
		Conversation: q.r.PostFormValue("conversation"), ID: q.id,
		Unkept: q.r.PostForm.Has("unkept"),
	}, nil
}

// askForm is the way without scripts: the whole answer, then its page.
func (q *request) askForm() error {
	req, err := q.askRequest()
	if err != nil {
		return err
	}
	res, err := q.s.Asker.Ask(q.r.Context(), q.t, q.p, req, func(llm.Event) {})
	if p := asProblem(err); err != nil && (p.code == "question-empty" || p.code == "question-too-long") {
		return q.askPage(req.Conversation, p.status, look.Faults{"question": {Code: p.code, Params: p.params}})
	}
	if err != nil && res.Message.Conversation == "" {
		return err
	}
	if req.Unkept {
		return q.unkeptPage(req, res)
	}
	return q.see("/ask/" + res.Message.Conversation)
}

// askStream answers a script with the events that ui/page/ask.go lists.
func (q *request) askStream() error {
	req, err := q.askRequest()
	if err != nil {
		return err
	}
	if req.Unkept {
		return store.Fail(store.Invalid, "bad-parameter", "name", "unkept")
	}
	ctx, cancel := context.WithCancel(q.r.Context())
	defer cancel()
	id := "a" + store.NewID()
	st := q.stream()
	start := func() {
		if !st.begun {
			q.s.answers.add(id, q.p.Actor.ID, cancel)
			st.send(page.EventStart, map[string]string{"answer": id})
		}
	}
	defer q.s.answers.remove(id)
	res, err := q.s.Asker.Ask(ctx, q.t, q.p, req, func(e llm.Event) {
		start()
		switch {
		case e.Position > 0:
			st.send(page.EventQueue, map[string]int{"position": e.Position})
		case e.Sources != nil:
			a := q.answerView(store.Message{}, llm.Answer{}, req.Question, e.Sources, 0)
			st.send(page.EventPassages, map[string]string{"html": q.html(page.SourceList(q.lang, id, a))})
		case e.Token != "":
			st.send(page.EventToken, map[string]string{"text": e.Token})
		}
	})
	if err != nil && res.Message.Conversation == "" {
		if !st.begun {
			return err
		}
		p := asProblem(err)
		st.send(page.EventError, map[string]string{"html": q.html(page.FaultView(q.lang, look.Fault{Code: p.code, Params: p.params}))})
		return nil
	}
	start()
	item := page.ConversationLink{ID: res.Message.Conversation, Title: strings.TrimSpace(req.Question), Current: true}
	st.send(page.EventDone, map[string]string{
		"item":         q.html(page.ConversationItem(item)),
		"html":         q.html(page.AnswerView(q.lang, id, q.answerView(res.Message, res.Answer, req.Question, res.Sources, res.Elapsed))),
		"conversation": res.Message.Conversation, "title": strings.TrimSpace(req.Question), "url": "/ask/" + res.Message.Conversation,
	})
	return nil
}

func (q *request) html(c templ.Component) string {
	var b bytes.Buffer
	if err := c.Render(q.r.Context(), &b); err != nil {
		q.s.Log.Error("part can't be drawn", "request", q.id, "err", err)
	}
	return b.String()
}

func (q *request) askStop() error {
	if err := q.form(); err != nil {
		return err
	}
	if !q.s.answers.stop(q.r.PostFormValue("answer"), q.p.Actor.ID) {
		return notFound(q)
	}
	return q.noContent(nil)
}

func (q *request) renameForm() error {
	if err := q.form(); err != nil {
		return err
	}
	title := strings.TrimSpace(q.r.PostFormValue("title"))
	if title == "" || len(title) > 400 {
		err := q.askPage(q.r.PathValue("id"), http.StatusUnprocessableEntity, look.Faults{"title": {Code: "invalid-name"}})
		if store.IsNotFound(err) {
			return store.Fail(store.Invalid, "invalid-name", "field", "title")
		}
		return err
	}
	ev := q.event(chain.ConversationUpdate)
	ev.Private = chain.Detail{"title": strings.ToValidUTF8(title, "\uFFFD")}
	id := q.r.PathValue("id")
	_, err := q.t.Update(q.r.Context(), q.p.Actor, ev, func(tx *store.Tx) error { return tx.RenameConversation(q.p, id) })
	return q.done(err, "/ask/"+id, "notice.conversation-renamed", "name", title)
}
