package llm

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// stream receives the pieces of one chat and watches the clock. Only the goroutine that chats touches it,
// but for the timer, which only cancels.
type stream struct {
	ctx     context.Context
	stop    func()
	o       OllamaOptions
	token   func(string) error
	timer   *time.Timer
	start   time.Time
	first   time.Duration
	text    strings.Builder
	refused error // token's error, or why the chat was ended from here
}

func newStream(ctx context.Context, o OllamaOptions, token func(string) error) *stream {
	ctx, cancel := context.WithCancelCause(ctx)
	ctx, cancelTotal := context.WithTimeoutCause(ctx, o.Total, ErrTimeout)
	s := &stream{ctx: ctx, o: o, token: token, start: time.Now()}
	s.timer = time.AfterFunc(o.FirstToken, func() { cancel(ErrTimeout) })
	s.stop = func() {
		s.timer.Stop()
		cancelTotal()
		cancel(nil)
	}
	return s
}

// add takes one piece. An empty one is a sign of life, as a thinking model's thoughts are, which are dropped.
func (s *stream) add(piece string) error {
	s.timer.Reset(s.o.Idle)
	if piece == "" {
		return nil
	}
	if s.first == 0 {
		s.first = time.Since(s.start)
	}
	s.text.WriteString(piece)
	if s.token == nil {
		return nil
	}
	if err := s.token(piece); err != nil {
		s.refused = fmt.Errorf("chat: pass token on: %w", err)
		return s.refused
	}
	return nil
}

// fill puts what came so far into a result.
func (s *stream) fill(res *ChatResult) {
	res.Text, res.FirstToken, res.Took = s.text.String(), s.first, time.Since(s.start)
}
