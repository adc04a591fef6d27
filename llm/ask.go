package llm

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"coffre/chain"
	"coffre/index"
	"coffre/store"
)

// Limits of a question.
const (
	MaxQuestion = 4000 // characters
	found       = 12   // passages looked at
	nearest     = 3    // passages shown with an abstention
	// answerTokens is what an answer may take of the context window.
	answerTokens = 700
)

// Request is a question as it was asked.
type Request struct {
	Question     string
	Collections  []string // ids; empty for all that may be read
	Conversation string   // id of one's own, "" for a new one
	ID           string   // of the HTTP request
	// Unkept has nothing stored of what is said (store.PutUnkeptQuestion);
	// Conversation is not looked at.
	Unkept bool
}

// Result is what a question came to.
type Result struct {
	Message   store.Message
	Answer    Answer
	Abstained bool
	Judgement Judgement // of the passages, before anything was answered
	Cut       bool      // the reader stopped it or went away
	Sources   []Source
	Model     string // name and digest of the model, "" without one
	Seq       uint64 // of answer.give
	Elapsed   time.Duration
}

// Event is a step of an answer on its way. One member is set.
type Event struct {
	Position int      // place in the queue, 1 is next
	Sources  []Source // what was found
	Token    string   // a piece of the answer
}

// Asker leads a question through the program; docs/question.md follows it.
type Asker struct {
	runtime *Runtime
	log     *slog.Logger
	meters  *Meters
}

// NewAsker joins the runtime to the path of a question.
func NewAsker(r *Runtime, log *slog.Logger) *Asker { return &Asker{r, log, &Meters{}} }

// asking is one question under way.
type asking struct {
	*Asker
	t     *store.Tenant
	p     store.Principal
	req   Request
	emit  func(Event)
	begun time.Time
	msg   store.Message
	turns []Turn
	lang  string
	// sought is the question as it was searched for, with what it follows up on.
	sought string
	// rights are the access classes that were searched.
	rights []uint32
	// digest of the model's files, whole.
	digest string
	// hits are the passages found, before what stands around them was read.
	hits []Source
	// fallback is why quotations stand in for the chosen model, "" if they don't.
	fallback string
	res      Result
}

// Ask answers a question from what p may read. The question's entry commits
// before anything is shown; the answer's entry is written also where ctx ends
// half-way, with what had come by then. emit is called from one goroutine.
func (a *Asker) Ask(ctx context.Context, t *store.Tenant, p store.Principal, req Request, emit func(Event)) (res Result, err error) {
	req.Question = strings.TrimSpace(strings.ToValidUTF8(req.Question, "\uFFFD"))
	switch {
	case req.Question == "":
		return Result{}, store.Fail(store.Invalid, "question-empty")
	case utf8.RuneCountInString(req.Question) > MaxQuestion:
		return Result{}, store.Fail(store.TooLarge, "question-too-long", "limit", strconv.Itoa(MaxQuestion))
	}
	if err := t.Sealed(); err != nil {
		return Result{}, err // what was asked could not be read again
	}
	q := &asking{Asker: a, t: t, p: p, req: req, emit: a.meters.timed(emit), begun: time.Now(), lang: index.DetectLanguage(req.Question)}
	defer func() { a.meters.ended(q.begun, res, err) }()
	if err := q.record(ctx); err != nil {
		return Result{}, err
	}
	err = q.answer(inConversation(ctx, q.msg.Conversation))
	return q.conclude(ctx, err)
}

// record commits question.ask and reads what was said before.
func (q *asking) record(ctx context.Context) error {
	ev := chain.Event{
		Action: chain.QuestionAsk, Session: q.p.Session, Request: q.req.ID,
		Private: chain.Detail{"question": q.req.Question},
	}
	_, err := q.t.Update(ctx, q.p.Actor, ev, func(tx *store.Tx) (err error) {
		if q.req.Unkept {
			q.msg, err = tx.PutUnkeptQuestion(q.p)
			return err
		}
		q.msg, err = tx.PutQuestion(q.p, q.req.Conversation)
		return err
	})
	if err != nil || q.msg.N == 1 {
		return err
	}
	return q.t.View(func(v *store.View) (err error) {
		q.turns, err = history(v, q.p, q.msg)
		return err
	})
}

func (q *asking) answer(ctx context.Context) error {
	relevant, err := q.find(ctx, q.req.Question)
	if err == nil && !relevant && q.isFollowUp() {
		relevant, err = q.find(ctx, q.inContext())
	}
	if err != nil {
		return err
	}
	if !relevant {
		q.abstain()
		return nil
	}
	provider, model, err := q.runtime.For(ctx, q.t)
	if err == nil && provider != nil {
		err = q.generate(ctx, provider, model)
	}
	if !q.withoutModel(ctx, provider, err) {
		return err
	}
	q.fallback, q.res.Model = CodeOf(err), ""
	return q.quote()
}

// withoutModel tells whether to answer with quotations: no model is chosen, or
// it did not begin to answer.
func (q *asking) withoutModel(ctx context.Context, p Provider, err error) bool {
	if p == nil && err == nil {
		return true
	}
	return err != nil && ctx.Err() == nil && CodeOf(err) != "" && q.res.Answer.Text == ""
}

// find searches for a text and tells whether what it found is worth an answer.
func (q *asking) find(ctx context.Context, text string) (bool, error) {
	s, err := Seek(ctx, q.t, q.p, text, q.lang, q.req.Collections)
	if err != nil {
		return false, err
	}
	q.lang, q.sought, q.rights = s.Lang, text, s.Rights
	q.hits, q.res.Sources, q.res.Judgement = s.Sources, s.Sources, s.Judgement
	return s.Judgement.Enough, nil
}

// followUpWords is up to how many content words a question may be a follow-up
// that borrows the words of the question before it.
const followUpWords = 4

func (q *asking) isFollowUp() bool { return len(q.turns) > 0 && q.isShort(q.req.Question) }

func (q *asking) isShort(question string) bool {
	return len(index.Words(question, q.lang)) <= followUpWords
}

// inContext is the question behind those that it follows up on, back to the
// last one that stands alone.
func (q *asking) inContext() string {
	text := q.req.Question
	for i := len(q.turns) - 1; i >= 0; i-- {
		text = q.turns[i].Question + " " + text
		if !q.isShort(q.turns[i].Question) {
			break
		}
	}
	return text
}

func (q *asking) abstain() {
	q.res.Abstained = true
	q.res.Sources = q.hits[:min(len(q.hits), nearest)]
	q.res.Answer = Answer{Mode: ModeNone, Lang: q.lang}
	q.emit(Event{Sources: q.res.Sources})
}

func (q *asking) quote() error {
	read, err := widen(q.hits, roomToQuote, besideFor(q.t, q.p))
	if err != nil {
		return err
	}
	a := Extractive(q.sought, q.lang, read)
	if len(a.Sentences) == 0 {
		q.abstain()
		return nil
	}
	q.res.Answer, q.res.Sources = a, narrowed(read, a.Citations)
	q.emit(Event{Sources: q.res.Sources})
	q.emit(Event{Token: q.res.Answer.Text})
	return nil
}

// generate asks the model and checks what it wrote, also when it was stopped.
func (q *asking) generate(ctx context.Context, p Provider, model Chosen) error {
	done, err := q.runtime.queue.EnterFor(ctx, q.t.ID, int(q.t.Quota().Share), func(position int) { q.emit(Event{Position: position}) })
	if err != nil {
		return err
	}
	defer done()
	room := Budget(model.Context, answerTokens, q.req.Question, q.lang, q.turns)
	if q.res.Sources, err = widen(q.hits, room, besideFor(q.t, q.p)); err != nil {
		return err
	}
	q.res.Sources, _ = Fit(q.res.Sources, room)
	if len(q.res.Sources) == 0 {
		return ErrPromptCut
	}
	q.emit(Event{Sources: q.res.Sources})
	q.res.Model, q.digest = model.Label(), model.Digest
	var text strings.Builder
	req := ChatRequest{
		Model: model.Name, Messages: Prompt(q.req.Question, q.lang, q.res.Sources, q.turns),
		NumCtx: model.Context, MaxTokens: answerTokens,
	}
	_, err = p.Chat(ctx, req, func(token string) error {
		text.WriteString(token)
		q.emit(Event{Token: token})
		return nil
	})
	q.res.Answer = Check(text.String(), q.res.Sources)
	q.res.Abstained = err == nil && q.res.Answer.Abstained()
	return err
}

// failureCode is what the message and the entry say of a failure.
func failureCode(err error) string {
	if code := CodeOf(err); code != "" {
		return code
	}
	return store.AsError(err).Code
}

// conclude commits answer.give, whatever became of the reader.
func (q *asking) conclude(ctx context.Context, cause error) (Result, error) {
	stopped := ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled)
	if stopped {
		q.res.Cut, cause = true, nil
	}
	m := q.msg
	m.Sure, m.Least = math.Round(100*q.res.Judgement.Probability)/100, q.res.Judgement.Least
	m.Abstained, m.Cut, m.Mode, m.Model = q.res.Abstained, q.res.Cut, q.res.Answer.Mode, q.res.Model
	ev := chain.Event{
		Action: chain.AnswerGive, Session: q.p.Session, Request: q.req.ID,
		Detail:  chain.Detail{"mode": m.Mode, "prompt": PromptVersion, "cut": m.Cut, "abstained": m.Abstained},
		Private: privateOf(q.res.Answer),
	}
	if m.Model != "" {
		ev.Detail["model"], ev.Detail["model_digest"] = m.Model, q.digest
	}
	if len(q.rights) > 0 {
		ev.Detail["rights"] = asList(q.rights)
	}
	ev.Detail["passages"] = q.passages(&m)
	if q.fallback != "" {
		m.Failed, ev.Detail["code"] = q.fallback, q.fallback
	}
	if cause != nil {
		m.Failed = failureCode(cause)
		ev.Outcome, ev.Detail["code"] = chain.Failed, m.Failed
	}
	seq, err := q.t.Update(context.WithoutCancel(ctx), q.p.Actor, ev, func(tx *store.Tx) error { return tx.PutAnswer(m) })
	if err != nil {
		return Result{}, err
	}
	m.Answer = seq
	q.res.Message, q.res.Seq, q.res.Elapsed = m, seq, time.Since(q.begun)
	return q.res, cause
}

// passages fills the message's citations and returns the entry's detail: ids
// and ranges of all that was shown, which are safe to keep for ever.
func (q *asking) passages(m *store.Message) []any {
	for _, c := range q.res.Answer.Citations {
		m.Citations = append(m.Citations, store.Citation{
			N: c.N, Document: c.DocumentID, Version: c.Version, Page: c.Page, Start: c.Start, End: c.End,
			Verified: c.Verified, Passage: c.Ordinal,
		})
	}
	out := []any{}
	for _, s := range q.res.Sources {
		before, after := s.around()
		m.Nearest = append(m.Nearest, s.Ordinal)
		m.Found = append(m.Found, store.Found{Words: s.WordsRank, Meaning: s.MeaningRank, Coverage: s.Coverage, Before: before, After: after})
		out = append(out, map[string]any{"document": s.DocumentID, "version": s.Version, "start": s.Start, "end": s.End})
	}
	return out
}

func asList(classes []uint32) []any {
	out := make([]any, len(classes))
	for i, c := range classes {
		out[i] = c
	}
	return out
}

func sourcesOf(hits []store.SearchHit) []Source {
	out := make([]Source, len(hits))
	for i, h := range hits {
		out[i] = sourceOf(i+1, h.PassageInfo)
		out[i].Score, out[i].Coverage = h.Score, h.Hit.Coverage
		out[i].WordsRank, out[i].MeaningRank = h.Hit.BM25Rank, h.Hit.VectorRank
		out[i].BM25, out[i].Cosine = h.Hit.BM25, h.Hit.Cosine
	}
	return out
}

func sourceOf(n int, p store.PassageInfo) Source {
	return Source{
		N: n, DocumentID: p.DocumentID, Version: p.Version, Title: p.Title, Heading: p.Heading, Lang: p.Lang,
		Page: p.Page, Start: p.Start, End: p.End, Text: p.Text, Ordinal: p.Ordinal,
	}
}
