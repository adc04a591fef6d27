package health

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"coffre/store"
)

// Change is a check that changed its verdict.
type Change struct {
	At   time.Time `json:"at"`
	Name string    `json:"name"`
	From Verdict   `json:"from"`
	To   Verdict   `json:"to"`
	Code string    `json:"code"`
}

// standing is how a check stands, as scratch.db keeps it.
type standing struct {
	Verdict Verdict   `json:"verdict"`
	Code    string    `json:"code"`
	Since   time.Time `json:"since"`
}

const (
	changesKept = 200
	spaceKept   = 24 * 30 // hours
	spaceEvery  = time.Hour
)

// memory is what is remembered of a firm. It is in memory first, so that a disk
// without room loses only what may be lost.
type memory struct {
	now     map[string]standing
	changes []Change // oldest first
	space   []sample // oldest first
	dirty   bool
	failing bool
}

// recall returns a firm's memory, read from its scratch.db the first time. The
// caller runs alone.
func (m *Monitor) recall(t *store.Tenant) *memory {
	if mem := m.memory[t.ID]; mem != nil {
		return mem
	}
	mem := &memory{now: map[string]standing{}}
	read := func(kind string, take func(key string, text []byte)) {
		if err := t.EachScratch(kind, take); err != nil {
			m.d.Log.Warn("history of health can't be read", "tenant", t.ID, "err", err)
		}
	}
	read("health", func(key string, text []byte) {
		if s := (standing{}); json.Unmarshal(text, &s) == nil {
			mem.now[key] = s
		}
	})
	read("health-changes", func(_ string, text []byte) {
		if c := (Change{}); json.Unmarshal(text, &c) == nil {
			mem.changes = append(mem.changes, c)
		}
	})
	read("health-space", func(_ string, text []byte) {
		if s := (sample{}); json.Unmarshal(text, &s) == nil {
			mem.space = append(mem.space, s)
		}
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.memory[t.ID] = mem
	return mem
}

// Changes are the last changes of verdict of a firm, newest first.
func (m *Monitor) Changes(t *store.Tenant) []Change {
	m.running.Lock()
	defer m.running.Unlock()
	mem := m.recall(t)
	out := make([]Change, 0, len(mem.changes))
	for i := len(mem.changes) - 1; i >= 0; i-- {
		out = append(out, mem.changes[i])
	}
	return out
}

// note compares a result with how the check stood, and gives it its Since. A
// first look is no change.
func (mem *memory) note(r *Result, now time.Time) {
	was, known := mem.now[r.Name]
	if known && was.Verdict == r.Verdict && was.Code == r.Code {
		r.Since = was.Since
		return
	}
	mem.dirty = true
	st := standing{r.Verdict, r.Code, now.UTC()}
	if known && was.Verdict == r.Verdict {
		st.Since = was.Since
	}
	if mem.now[r.Name] = st; known && was.Verdict != r.Verdict {
		mem.changes = append(mem.changes, Change{now.UTC(), r.Name, was.Verdict, r.Verdict, r.Code})
		mem.changes = mem.changes[max(0, len(mem.changes)-changesKept):]
	}
	r.Since = st.Since
}

// sample keeps the free room, once an hour.
func (mem *memory) sample(now time.Time, free uint64) {
	if n := len(mem.space); n > 0 && now.Sub(mem.space[n-1].At).Abs() < spaceEvery {
		return
	}
	mem.dirty = true
	mem.space = append(mem.space, sample{now.UTC(), free})
	mem.space = mem.space[max(0, len(mem.space)-spaceKept):]
}

// save writes what has changed. Where that fails it stays in memory and is tried
// again with the next look; one line says so, not one a look.
func (mem *memory) save(t *store.Tenant, log *slog.Logger) {
	if !mem.dirty {
		return
	}
	states, changes, space := map[string]any{}, map[string]any{}, map[string]any{}
	for name, s := range mem.now {
		states[name] = s
	}
	for i, c := range mem.changes {
		changes[fmt.Sprintf("%06d", i)] = c
	}
	for i, s := range mem.space {
		space[fmt.Sprintf("%06d", i)] = s
	}
	for kind, values := range map[string]map[string]any{"health": states, "health-changes": changes, "health-space": space} {
		if err := t.PutScratch(kind, values); err != nil {
			if !mem.failing {
				log.Warn("history of health can't be written", "tenant", t.ID, "err", err)
			}
			mem.failing = true
			return
		}
	}
	mem.dirty, mem.failing = false, false
}
