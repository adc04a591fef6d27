package update

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"coffre/store"
	"coffre/store/wayback"
)

// TryArg is the hidden command by which a new program is tried on the data.
const TryArg = "__update-try"

// triesMost is how often a trial that was cut is begun again.
const triesMost = 2

// holdFor is how long the box's own process, and a trial whose parent was killed,
// may need to let go of the data.
const holdFor = time.Minute

// killPoint is where tests end the process.
var killPoint = func(string) {}

// tryLimit is how long a trial may take: ten minutes, and a second for each 4 MiB
// of data that are not originals.
var tryLimit = func(bytes int64) time.Duration {
	return 10*time.Minute + time.Duration(bytes>>22)*time.Second
}

// Perform does what is left of an update that was asked for, to one of its two
// ends, which State.Last then tells. It needs the data directory for itself:
// Unavailable "in-use" where wait is over. Errors are those of the disk; the next
// call goes on where this one stopped.
func (b *Box) Perform(ctx context.Context, wait time.Duration) error {
	unlock, err := b.lock()
	if err != nil {
		return err
	}
	defer unlock()
	for {
		st, err := b.read()
		if err != nil {
			return err
		}
		switch st.Phase {
		case Asked:
			err = b.begin(st, wait)
		case Copying:
			err = b.copy(ctx, st, wait)
		case Trying:
			err = b.try(ctx, st)
		case Back:
			err = b.back(st)
		default:
			b.tidy(st)
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// begin is before anything is touched.
func (b *Box) begin(st State, wait time.Duration) error {
	release, err := store.HoldDir(b.data, wait)
	if err != nil {
		return err
	}
	release()
	st.Phase = Copying
	return b.write(st)
}

func (b *Box) copy(ctx context.Context, st State, wait time.Duration) error {
	release, err := store.HoldDir(b.data, wait)
	if err != nil {
		return err
	}
	defer release()
	killPoint("copying")
	if st.Names, err = wayback.Names(b.data); err == nil {
		err = wayback.Take(ctx, b.data, b.path("before"))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		// Nothing was changed: the program stays as it is.
		return b.settle(st, false, copyCode(err))
	}
	killPoint("copied")
	st.Phase, st.Tries = Trying, 0
	return b.write(st)
}

func copyCode(err error) string {
	if errors.Is(err, wayback.ErrLink) {
		return "link"
	}
	return "copy"
}

// try lets the new program work on the data.
func (b *Box) try(ctx context.Context, st State) error {
	if st.Waiting == nil || st.Tries >= triesMost {
		st.Phase, st.Code = Back, "cut"
		return b.write(st)
	}
	st.Tries++
	if err := b.write(st); err != nil {
		return err
	}
	// A trial that a kill has left without its parent comes to its end first.
	release, err := store.HoldDir(b.data, holdFor)
	if err != nil {
		return err
	}
	release()
	killPoint("trying")
	code := b.trial(ctx, st)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	killPoint("tried")
	if code == "" {
		return b.settle(st, true, "")
	}
	st.Phase, st.Code = Back, code
	return b.write(st)
}

// verdict is what a trial prints.
type verdict struct {
	OK      bool     `json:"ok"`
	Version string   `json:"version"`
	Code    string   `json:"code,omitempty"`
	Why     string   `json:"why,omitempty"` // for the log
	Bad     []string `json:"bad,omitempty"`
}

// trial returns why the new program is not fit, "" if it is.
func (b *Box) trial(ctx context.Context, st State) string {
	if err := b.whole(st.Waiting.Version); err != nil {
		return "program"
	}
	size, _ := wayback.Size(b.data)
	ctx, cancel := context.WithTimeout(ctx, tryLimit(size))
	defer cancel()
	out, err := runBound(exec.CommandContext(ctx, b.program(st.Waiting.Version), TryArg, b.data))
	var v verdict
	switch jerr := json.Unmarshal(out, &v); {
	case ctx.Err() != nil:
		return "slow"
	case jerr != nil:
		return "crashed"
	case !v.OK && knownCode(v.Code):
		return v.Code
	case !v.OK, err != nil:
		return "failed"
	case v.Version != st.Waiting.Version:
		return "version"
	}
	for _, name := range v.Bad {
		if !slices.Contains(st.Bad, name) {
			return "health"
		}
	}
	return ""
}

// back puts program and data back.
func (b *Box) back(st State) error {
	release, err := store.HoldDir(b.data, holdFor)
	if err != nil {
		return err
	}
	defer release()
	killPoint("back")
	if err := wayback.Return(b.data, b.path("before"), b.path("failed"), st.Names); err != nil {
		return err
	}
	killPoint("returned")
	return b.settle(st, false, st.Code)
}

// settle ends an update. From here on the state names the program to run.
func (b *Box) settle(st State, done bool, code string) error {
	last := &Outcome{ID: st.ID, From: st.From, To: st.Waiting.Version, Done: done, Code: code, At: time.Now().UTC()}
	next := State{Current: st.Current, Last: last}
	if done {
		next.Current = st.Waiting.Version
	}
	if err := b.write(next); err != nil {
		return err
	}
	killPoint("settled")
	b.tidy(next)
	return nil
}

// runBound runs a command that dies with this process, and returns what it printed.
func runBound(cmd *exec.Cmd) ([]byte, error) {
	// The kernel's signal follows the thread that began the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	bind(cmd)
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("run program: %w", err)
	}
	return out, nil
}
