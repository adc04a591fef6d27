package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"time"
)

var trialCommands = []Command{
	{Name: "trial list", Does: "quality.does.list", Run: runTrialList},
	{Name: "trial run", Does: "quality.does.run", More: "quality.more.run", Run: runTrialRun},
	{Name: "trial history", Does: "quality.does.history", Run: runTrialHistory},
	{Name: "trial import", Args: "FILE", Min: 1, Max: 1, Does: "quality.does.import", More: "quality.more.import", Run: runTrialImport},
	{Name: "trial export", Does: "quality.does.export", Flags: []Flag{exportReasonFlag}, Run: runTrialExport},
}

type testQuestion struct {
	ID        string   `json:"id"`
	Question  string   `json:"question"`
	Lang      string   `json:"lang"`
	Documents []string `json:"documents"`
	Words     []string `json:"words"`
	NoAnswer  bool     `json:"no_answer"`
	Reader    string   `json:"reader,omitempty"`
	Paused    bool     `json:"paused"`
}

type testRun struct {
	ID        string    `json:"id"`
	Seq       uint64    `json:"seq"`
	Began     time.Time `json:"began"`
	Cause     string    `json:"cause"`
	Right     float64   `json:"right"`
	HitRate5  float64   `json:"hit_rate_at_5"`
	NDCG10    float64   `json:"ndcg_at_10"`
	Answered  float64   `json:"answered_right"`
	Abstained float64   `json:"abstention_recall"`
	Lost      int       `json:"lost"`
	Gained    int       `json:"gained"`
	Changed   []string  `json:"changed"`
	Worse     bool      `json:"worse"`
}

func runTrialList(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var got struct {
			Questions []testQuestion `json:"questions"`
		}
		if err := b.get(ctx, "/trials", nil, &got); err != nil {
			return err
		}
		titles := []string{"cli.column.id", "quality.question", "quality.expected"}
		return list(c, got.Questions, "quality.empty", titles, func(t testQuestion) []string {
			expected := c.Lang.T("quality.no-answer")
			if !t.NoAnswer {
				expected = c.Lang.T("collections.documents", "n", len(t.Documents))
			}
			if t.Paused {
				expected += " · " + c.Lang.T("quality.paused")
			}
			return []string{t.ID, t.Question, expected}
		})
	})
}

func runTrialHistory(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		runs, err := b.trialRuns(ctx)
		if err != nil {
			return err
		}
		titles := []string{"quality.when", "quality.right-short", "quality.hit-short", "quality.order-short", "quality.changed"}
		return list(c, runs, "quality.no-run", titles, func(r testRun) []string {
			var changed []string
			for _, code := range r.Changed {
				changed = append(changed, c.Lang.Or("quality-changed", code))
			}
			return []string{c.Lang.Stamp(r.Began.Local()), c.Lang.Percent(r.Right), c.Lang.Percent(r.HitRate5), c.Lang.Decimal(r.NDCG10, 2), c.Lang.List(changed)}
		})
	})
}

func (b *box) trialRuns(ctx context.Context) ([]testRun, error) {
	var got struct {
		Runs []testRun `json:"runs"`
	}
	err := b.get(ctx, "/trials/runs", nil, &got)
	return got.Runs, err
}

// trialPoll is how often a run under way is looked at.
const trialPoll = 200 * time.Millisecond

// runTrialRun puts the questions and waits; a run that is worse fails, so that
// a script notices.
func runTrialRun(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		before, err := b.trialRuns(ctx)
		if err != nil {
			return err
		}
		var state struct {
			Running bool `json:"running"`
			Done    int  `json:"done"`
			Total   int  `json:"total"`
		}
		if err := b.call(ctx, http.MethodPost, "/trials/run", nil, &state); err != nil {
			return err
		}
		for state.Running {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(trialPoll):
			}
			if err := b.get(ctx, "/trials/run", nil, &state); err != nil {
				return err
			}
		}
		runs, err := b.trialRuns(ctx)
		if err != nil {
			return err
		}
		if len(runs) == 0 || len(before) > 0 && runs[0].ID == before[0].ID {
			return Fail(ExitFailed, "quality.stopped")
		}
		return c.ran(runs[0])
	})
}

func (c *Call) ran(r testRun) error {
	if c.JSON {
		if err := c.object(r); err != nil {
			return err
		}
	} else {
		c.say("quality.ran", "right", c.Lang.Percent(r.Right), "hit", c.Lang.Percent(r.HitRate5), "ndcg", c.Lang.Decimal(r.NDCG10, 2), "silent", c.Lang.Percent(r.Abstained))
	}
	if r.Worse {
		return Fail(ExitFailed, "quality.worse", "lost", strconv.Itoa(r.Lost), "gained", strconv.Itoa(r.Gained))
	}
	return nil
}

func runTrialImport(ctx context.Context, c *Call) error {
	f, err := os.Open(c.Operands[0])
	if errors.Is(err, fs.ErrNotExist) {
		return usage("answers.no-file", "path", c.Operands[0])
	}
	if err != nil {
		return fmt.Errorf("open questions: %w", err)
	}
	defer f.Close()
	return c.with(ctx, func(b *box) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, apiBase+"/trials/import", io.NopCloser(f))
		if err != nil {
			return fmt.Errorf("make request: %w", err)
		}
		req.Header.Set("Content-Type", "text/plain")
		resp, err := b.send(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		var in struct {
			Added int `json:"added"`
			Left  int `json:"left"`
		}
		if err := decodeAnswer(ctx, resp.Body, &in); err != nil {
			return err
		}
		if c.JSON {
			return c.object(in)
		}
		c.say("notice.quality-imported-left", "n", in.Added, "left", in.Left)
		return nil
	})
}

func runTrialExport(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		return c.print(ctx, b, "/trials/export")
	})
}
