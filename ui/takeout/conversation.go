package takeout

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"coffre/llm"
	"coffre/store"
)

// conversationJSON is a row of conversations.json.
type conversationJSON struct {
	ID       string        `json:"id"`
	Owner    string        `json:"owner"`
	Title    string        `json:"title"`
	Created  time.Time     `json:"created"`
	Updated  time.Time     `json:"updated"`
	Markdown string        `json:"markdown"` // path in this zip
	Messages []messageJSON `json:"messages"`
}

// messageJSON is a question with its answer. A text whose term has ended is empty.
type messageJSON struct {
	N         int            `json:"n"`
	Asked     time.Time      `json:"asked"`
	Question  string         `json:"question"`
	Answer    string         `json:"answer"`
	Abstained bool           `json:"abstained"`
	Withdrawn bool           `json:"withdrawn"` // it rests on what the person may not read any more
	Cut       bool           `json:"cut"`
	Failed    string         `json:"failed,omitempty"`
	Mode      string         `json:"mode,omitempty"`
	Model     string         `json:"model,omitempty"`
	AskedSeq  uint64         `json:"question_seq"` // entries of the journal
	AnswerSeq uint64         `json:"answer_seq"`
	Citations []citationJSON `json:"citations"`
}

// citationJSON points at bytes of a version's text.
type citationJSON struct {
	N        int    `json:"n"`
	Document string `json:"document"`
	Version  string `json:"version"`
	Page     int    `json:"page,omitempty"`
	Start    int    `json:"start"`
	End      int    `json:"end"`
	Text     string `json:"text,omitempty"` // path in this zip
	Quote    string `json:"quote"`
	Verified bool   `json:"verified"`
	name     string
}

func (t *writer) conversations() error {
	var ids []string
	if err := t.Tenant.View(func(v *store.View) (err error) { ids, err = v.ConversationIDs(t.P); return err }); err != nil {
		return err
	}
	wait, err := t.Tenant.TakeoutFile()
	if err != nil {
		return err
	}
	defer wait.Close()
	list := &rows{w: wait}
	for _, id := range ids {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		row, err := t.conversation(id)
		if store.IsNotFound(err) {
			continue // deleted meanwhile
		}
		if err == nil {
			err = t.file(row.Markdown, true, func(w io.Writer) error { _, err := io.WriteString(w, t.spoken(row)); return err })
		}
		if err == nil {
			err = list.add(row)
		}
		if err != nil {
			return err
		}
		t.counts.Conversations++
	}
	return t.waited("conversations.json", wait, list)
}

func (t *writer) conversation(id string) (row conversationJSON, err error) {
	err = t.Tenant.View(func(v *store.View) error {
		c, err := v.ConversationOf(t.P, id)
		if err != nil {
			return err
		}
		said, err := llm.Recall(v, t.P, c)
		if err != nil {
			return err
		}
		row = conversationJSON{ID: c.ID, Owner: c.Owner, Created: c.Created, Updated: c.Updated, Messages: []messageJSON{}}
		if p, err := v.Private(c.Named); c.Named > 0 && err == nil {
			row.Title, _ = p["title"].(string)
		}
		for _, s := range said {
			m, err := t.message(v, s)
			if err != nil {
				return err
			}
			row.Title = cmp.Or(row.Title, m.Question)
			row.Messages = append(row.Messages, m)
		}
		return nil
	})
	if err != nil {
		return row, err
	}
	dir := "conversations"
	if !t.Own {
		dir = path.Join(dir, safe(cmp.Or(t.people[row.Owner].Login, row.Owner)))
	}
	name := row.Created.UTC().Format("2006-01-02 ") + cut(safe(strings.Join(strings.Fields(row.Title), " ")), 60)
	row.Markdown = t.names.free(dir, strings.TrimRight(name, ". _")+".md")
	return row, nil
}

func (t *writer) message(v *store.View, s llm.Said) (messageJSON, error) {
	m := s.Message
	out := messageJSON{
		N: m.N, Asked: m.Asked, Question: s.Question, Answer: s.Answer.Text, Abstained: m.Abstained, Withdrawn: s.Withdrawn,
		Cut: m.Cut, Failed: m.Failed, Mode: m.Mode, Model: m.Model, AskedSeq: m.Question, AnswerSeq: m.Answer, Citations: []citationJSON{},
	}
	if s.Withdrawn {
		return out, nil
	}
	for _, c := range m.Citations {
		one := citationJSON{N: c.N, Document: c.Document, Version: c.Version, Page: c.Page, Start: c.Start, End: c.End, Verified: c.Verified, Text: t.texts[c.Version]}
		var err error
		if one.Quote, err = v.Quoted(t.P, c); err != nil {
			return out, err
		}
		if d, err := v.Document(t.P, c.Document); err == nil {
			one.name = cmp.Or(d.Title, d.Name)
		}
		out.Citations = append(out.Citations, one)
	}
	return out, nil
}

// spoken is a conversation to read.
func (t *writer) spoken(c conversationJSON) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", oneLine(cmp.Or(c.Title, c.ID)), oneLine(t.Lang.T("takeout.owner", "name", t.nameOf(c.Owner))))
	for _, m := range c.Messages {
		fmt.Fprintf(&b, "\n## %s\n\n*%s*\n\n", oneLine(cmp.Or(m.Question, t.Lang.T("takeout.expired"))), oneLine(t.Lang.DateTime(m.Asked.UTC())+" UTC"))
		text := m.Answer
		switch {
		case m.Withdrawn:
			text = t.Lang.T("takeout.withdrawn")
		case text == "":
			text = t.Lang.T("takeout.no-answer")
		}
		b.WriteString(markdown(text) + "\n")
		for i, q := range m.Citations {
			if i == 0 {
				b.WriteString("\n")
			}
			where := q.name
			if q.Page > 0 {
				where = t.Lang.T("takeout.where", "name", q.name, "page", q.Page)
			}
			fmt.Fprintf(&b, "- [%d] %s: “%s”\n", q.N, oneLine(cmp.Or(where, q.Document)), oneLine(q.Quote))
		}
	}
	return b.String()
}
