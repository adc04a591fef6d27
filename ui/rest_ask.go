package ui

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/words"
)

func (s *Server) restAskRoutes() []route {
	return []route{
		{method: "POST", path: "/api/v1/ask", may: auth.Ask, bulky: true, do: (*request).restAsk},
		{method: "GET", path: "/api/v1/conversations", may: auth.Ask, do: (*request).restConversations},
		{method: "GET", path: "/api/v1/conversations/{id}", may: auth.Ask, do: (*request).restConversation},
		{method: "DELETE", path: "/api/v1/conversations/{id}", may: auth.Ask, do: (*request).restConversationDelete},
	}
}

type citationJSON struct {
	N          int    `json:"n"`
	DocumentID string `json:"document_id"`
	Version    string `json:"version"`
	Title      string `json:"title"`
	Page       int    `json:"page"`
	Start      int    `json:"start"`
	End        int    `json:"end"`
	Quote      string `json:"quote"`
	Verified   bool   `json:"verified"`
}

type sentenceJSON struct {
	Text      string `json:"text"`
	Cites     []int  `json:"cites"`
	Supported bool   `json:"supported"`
	Reason    string `json:"reason,omitempty"`
}

type answerJSON struct {
	Conversation string         `json:"conversation"`
	Question     string         `json:"question,omitempty"`
	Answer       string         `json:"answer"`
	Mode         string         `json:"mode"`
	Abstained    bool           `json:"abstained"`
	Sentences    []sentenceJSON `json:"sentences"`
	Citations    []citationJSON `json:"citations"`
	Nearest      []hitJSON      `json:"nearest"`
	Model        string         `json:"model"`
	Tier         string         `json:"tier"`
	AuditSeq     uint64         `json:"audit_seq"`
	Kept         *bool          `json:"kept,omitempty"` // false: this answer can't be read again; left out otherwise
	Cut          bool           `json:"cut,omitempty"`
	Code         string         `json:"code,omitempty"`
}

// asAnswerJSON is the answer as integrators get it, new or read back.
func (q *request) asAnswerJSON(m store.Message, a llm.Answer, sources []llm.Source) answerJSON {
	out := answerJSON{
		Conversation: m.Conversation, Answer: a.Text, Mode: m.Mode, Abstained: m.Abstained, Model: m.Model, Tier: "local",
		Sentences: []sentenceJSON{}, Citations: []citationJSON{}, Nearest: []hitJSON{}, AuditSeq: m.Answer, Cut: m.Cut, Code: m.Failed,
	}
	titles := map[string]string{}
	for _, s := range sources {
		titles[s.DocumentID] = s.Title
		if m.Abstained {
			out.Nearest = append(out.Nearest, asSourceJSON(s))
		}
	}
	if m.Abstained {
		out.Answer = q.lang.T("answer.abstained")
	}
	if m.Unkept {
		out.Conversation, out.Kept = "", new(bool)
	}
	for _, s := range a.Sentences {
		out.Sentences = append(out.Sentences, sentenceJSON{s.Text, append([]int{}, s.Cites...), s.Supported, s.Reason})
	}
	for _, c := range a.Citations {
		out.Citations = append(out.Citations, citationJSON{c.N, c.DocumentID, c.Version, titles[c.DocumentID], c.Page, c.Start, c.End, c.Quote, c.Verified})
	}
	return out
}

func asSourceJSON(s llm.Source) hitJSON {
	return hitJSON{
		DocumentID: s.DocumentID, Version: s.Version, Title: s.Title, Page: s.Page, Start: s.Start, End: s.End,
		Text: s.Text, Score: s.Score, Heading: s.Heading,
	}
}

func (q *request) restAsk() error {
	var in struct {
		Question     string   `json:"question"`
		Collections  []string `json:"collections"`
		Conversation string   `json:"conversation"`
		Stream       bool     `json:"stream"`
		Keep         *bool    `json:"keep"` // none: yes
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	req := llm.Request{Question: in.Question, Collections: in.Collections, Conversation: in.Conversation, ID: q.id, Unkept: in.Keep != nil && !*in.Keep}
	if in.Stream {
		return q.restStream(req)
	}
	res, err := q.s.Asker.Ask(q.r.Context(), q.t, q.p, req, func(llm.Event) {})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, q.asAnswerJSON(res.Message, res.Answer, res.Sources))
}

// restStream answers with server-sent events: passages, queue, token,
// citation, done, error.
func (q *request) restStream(req llm.Request) error {
	st := q.stream()
	res, err := q.s.Asker.Ask(q.r.Context(), q.t, q.p, req, func(e llm.Event) {
		switch {
		case e.Position > 0:
			st.send("queue", map[string]int{"position": e.Position})
		case e.Sources != nil:
			hits := []hitJSON{}
			for _, s := range e.Sources {
				hits = append(hits, asSourceJSON(s))
			}
			st.send("passages", map[string]any{"passages": hits})
		case e.Token != "":
			st.send("token", map[string]string{"text": e.Token})
		}
	})
	if err != nil && !st.begun {
		return err
	}
	if err != nil {
		p := asProblem(err)
		st.send("error", map[string]string{"code": p.code, "detail": words.Error(q.lang, p.code, p.params), "request_id": q.id})
		return nil
	}
	a := q.asAnswerJSON(res.Message, res.Answer, res.Sources)
	for _, c := range a.Citations {
		st.send("citation", c)
	}
	st.send("done", a)
	return nil
}

// stream writes server-sent events (HTML Living Standard, 9.2).
type stream struct {
	w     http.ResponseWriter
	begun bool
}

func (q *request) stream() *stream { return &stream{w: q.w} }

func (s *stream) send(event string, v any) {
	if !s.begun {
		s.begun = true
		h := s.w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("X-Accel-Buffering", "no")
		s.w.WriteHeader(http.StatusOK)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return
	}
	s.w.Write([]byte("event: " + event + "\ndata: " + string(b) + "\n\n"))
	http.NewResponseController(s.w).Flush()
}

type conversationJSON struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

func (q *request) restConversations() error {
	out := []conversationJSON{}
	err := q.view(func(v *store.View) error {
		all, err := v.Conversations(q.p, 200)
		for _, c := range all {
			out = append(out, conversationJSON{c.ID, conversationTitle(v, c), c.Created, c.Updated})
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"conversations": out, "cursor": ""})
}

// conversationTitle is the name that its owner gave, or its first question.
func conversationTitle(v *store.View, c store.Conversation) string {
	if c.Named > 0 {
		if p, err := v.Private(c.Named); err == nil {
			if s, ok := p["title"].(string); ok {
				return s
			}
		}
	}
	ms, err := v.Messages(c)
	if err != nil || len(ms) == 0 {
		return ""
	}
	p, err := v.Private(ms[0].Question)
	if err != nil {
		return ""
	}
	s, _ := p["question"].(string)
	return s
}

func (q *request) recall(id string) (c store.Conversation, said []llm.Said, title string, err error) {
	err = q.view(func(v *store.View) (err error) {
		if c, err = v.Conversation(q.p, id); err != nil {
			return err
		}
		title = conversationTitle(v, c)
		said, err = llm.Recall(v, q.p, c)
		for i := range said {
			if said[i].Withdrawn {
				said[i].Message.Failed = "answer-withdrawn"
			}
			if said[i].Question == "" {
				said[i].Message.Failed = "text-erased"
			}
		}
		return err
	})
	return c, said, title, err
}

func (q *request) restConversation() error {
	c, said, title, err := q.recall(q.r.PathValue("id"))
	if err != nil {
		return err
	}
	turns := []answerJSON{}
	for _, s := range said {
		a := q.asAnswerJSON(s.Message, s.Answer, s.Sources)
		a.Question = s.Question
		turns = append(turns, a)
	}
	return q.json(http.StatusOK, map[string]any{"id": c.ID, "title": title, "created": c.Created, "updated": c.Updated, "messages": turns})
}

func (q *request) deleteConversation() error {
	_, err := q.t.Update(context.WithoutCancel(q.r.Context()), q.p.Actor, q.event(chain.ConversationDelete), func(tx *store.Tx) error {
		return tx.DeleteConversation(q.p, q.r.PathValue("id"))
	})
	return err
}

func (q *request) restConversationDelete() error { return q.noContent(q.deleteConversation()) }
