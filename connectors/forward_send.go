package connectors

import (
	"context"
	"time"

	"coffre/connectors/syslog"
	"coffre/store"
)

// Limits of one batch: what is held in memory of the queue.
const (
	forwardBatch = 256
	forwardBytes = 1 << 20
	noteEvery    = time.Hour // a checkpoint goes so often even where nothing is new
	mostBreaks   = 9         // from then on batches are of one entry
)

// forward sends what is new, and returns when nothing is.
func (l *line) forward(ctx context.Context, t *store.Tenant) error {
	for ctx.Err() == nil {
		head, _ := t.Head()
		if l.breaks > 1 && len(l.trail.marks) > 0 {
			return nil
		}
		due := head > l.sent || time.Since(l.mark.NoteAt) >= noteEvery || l.note == 0 && l.conn != nil
		if !due || l.conn == nil && time.Now().Before(l.next) {
			return nil
		}
		if err := l.connect(ctx); err != nil {
			return err
		}
		if err := l.batch(t); err != nil {
			l.drop()
			l.breaks = min(l.breaks+1, mostBreaks)
			return err
		}
		l.settle(ctx, t, time.Now(), l.f.pace.settle)
		l.save(ctx, t, false)
		l.publish(t)
	}
	return nil
}

func (l *line) connect(ctx context.Context) error {
	if l.conn != nil {
		return nil
	}
	conn, end, err := l.f.open(ctx, l.owner, l.to)
	if err != nil {
		return err
	}
	l.conn, l.close = conn, end
	l.sent, l.note, l.trail = l.mark.Sent, 0, trail{}
	l.mu.Lock()
	l.state.Connected = time.Now()
	l.mu.Unlock()
	return nil
}

// batch writes the next entries and the newest checkpoint.
func (l *line) batch(t *store.Tenant) error {
	var entries []store.JournalEntry
	var c store.SignedCheckpoint
	err := t.View(func(v *store.View) (err error) {
		if entries, err = v.EntriesAfter(l.sent, forwardBatch>>max(0, l.breaks-1), forwardBytes); err == nil {
			c, err = v.Checkpoint()
		}
		return err
	})
	if err != nil {
		return err
	}
	all := make([]syslog.Message, 0, len(entries)+1)
	last, pruned := l.sent, uint64(0)
	for _, e := range entries {
		if from := max(last, l.high) + 1; e.Seq > from {
			pruned += e.Seq - from
		}
		last = e.Seq
		all = append(all, l.f.entryMessage(l.to, l.id, e))
	}
	if c.Size != l.note || time.Since(l.mark.NoteAt) >= noteEvery {
		m, err := l.f.noteMessage(l.to, l.id, c)
		if err != nil {
			return err
		}
		all = append(all, m)
	}
	n, err := l.conn.Send(all...)
	if err != nil {
		return err
	}
	l.sent, l.high, l.mark.Pruned = last, max(last, l.high), l.mark.Pruned+pruned
	if len(entries) > 0 {
		l.trail.add(last, n, time.Now())
	}
	l.note, l.mark.Note, l.mark.NoteAt = c.Size, c.Size, time.Now().UTC()
	return nil
}

// drop ends the connection. What isn't settled is sent again.
func (l *line) drop() {
	if l.conn == nil {
		return
	}
	l.close()
	l.conn, l.sent, l.trail, l.note = nil, l.mark.Sent, trail{}, 0
	l.mu.Lock()
	l.state.Connected = time.Time{}
	l.mu.Unlock()
}
