package llm

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A call for passages is taken back for a question and sent again after it.
func TestEmbedQuestionGoesFirst(t *testing.T) {
	s := newEmbedWire(t)
	e := s.embedder(t, nil)
	begun, takenBack := make(chan struct{}), make(chan struct{})
	s.answer = func(n int, _ http.ResponseWriter, r *http.Request) bool {
		if n != 1 {
			return false
		}
		close(begun)
		<-r.Context().Done() // the runtime is at it until the client goes away
		close(takenBack)
		return true
	}
	done := make(chan error, 1)
	go func() {
		got, err := e.Embed(t.Context(), []string{"p1", "p2"}, false)
		if err == nil && len(got) != 2 {
			err = fmt.Errorf("%d vectors", len(got))
		}
		done <- err
	}()
	<-begun
	if _, err := e.Embed(t.Context(), []string{"q"}, true); err != nil {
		t.Fatal(err)
	}
	<-takenBack
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(s.sent()); got != "[p1 p2 q p1 p2]" {
		t.Errorf("sent %s", got)
	}
}

// Questions without end hold passages up, but not for ever.
func TestEmbedPassagesGetThrough(t *testing.T) {
	s := newEmbedWire(t)
	e := s.embedder(t, nil)
	e.runtime.embedTurns().patient = 20 * time.Millisecond
	s.answer = func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		time.Sleep(2 * time.Millisecond)
		return r.Context().Err() != nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var asked atomic.Int32
	for range 3 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := e.Embed(t.Context(), []string{"q"}, true); err != nil {
					t.Error(err)
				}
				asked.Add(1)
			}
		})
	}
	if _, err := e.Embed(t.Context(), []string{"p1", "p2", "p3", "p4"}, false); err != nil {
		t.Error(err)
	}
	cancel()
	wg.Wait()
	t.Logf("%d questions meanwhile", asked.Load())
}

func TestTurns(t *testing.T) {
	var turns turns
	ctx, cancel := context.WithCancel(t.Context())
	done := turns.ask()
	passed := make(chan error, 1)
	go func() {
		_, leave, err := turns.pass(ctx, true)
		if err == nil {
			leave()
		}
		passed <- err
	}()
	second := turns.ask()
	done()
	done()
	select {
	case err := <-passed:
		t.Fatalf("passed a question: %v", err)
	default:
	}
	second()
	if err := <-passed; err != nil {
		t.Fatal(err)
	}
	defer turns.ask()()
	turn, leave, err := turns.pass(ctx, false)
	if err != nil || turn.Err() != nil {
		t.Fatal(err)
	}
	leave()
	cancel()
	if _, _, err := turns.pass(ctx, true); err == nil {
		t.Error("a cancelled one passed")
	}
	if running, waiting := turns.waiting.Load(); running+waiting != 0 {
		t.Errorf("%d running, %d waiting", running, waiting)
	}
}

// Passages wait while an answer is being written.
func TestEmbedYieldsToAnswers(t *testing.T) {
	s := newEmbedWire(t)
	chats := NewQueue(1, 1)
	leave, err := chats.Enter(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	e := s.embedder(t, chats)
	if _, err := e.Embed(t.Context(), []string{"q"}, true); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := e.Embed(t.Context(), []string{"p"}, false)
		done <- err
	}()
	time.Sleep(120 * time.Millisecond)
	if got := fmt.Sprint(s.sent()); got != "[q]" {
		t.Errorf("sent %s while an answer was being written", got)
	}
	leave()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
