package ui

import (
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"sync"
	"time"

	"coffre/chain"
	"coffre/connectors"
	"coffre/store"
)

// This box as a witness of other boxes: C2SP tlog-witness's add-checkpoint.
// Nobody signs in: a checkpoint is no secret, and what counts is that the log's
// own key signed it. So the bounds are narrow.

const (
	pushPlain     = 80 << 10 // bytes of the protocol's own body
	pushJSON      = 16 << 20 // of one with hand-overs, of ten years
	pushRate      = 60       // a minute and address
	pushMost      = 4        // at once
	pushEach      = 2        // at once and address, so that a slow one doesn't take all
	pushRead      = time.Minute
	pushAddresses = 4096 // told apart within a minute; those beyond count as one
)

// pushes bounds what comes without credential. Its memory is bounded too: at
// most pushAddresses+1 counters, which a new minute forgets.
type pushes struct {
	mu      sync.Mutex
	minute  time.Time
	count   map[string]int
	all     int            // that run
	running map[string]int // of each address, none that is 0
}

// enter tells whether one more may come now, and after how many seconds to try
// again if not; leave must follow if so.
func (p *pushes) enter(address string, now time.Time) (wait int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if minute := now.Truncate(time.Minute); !minute.Equal(p.minute) || p.count == nil {
		p.minute, p.count = minute, map[string]int{}
	}
	counted := address
	// A full table is not emptied: whoever has many addresses would win new tries
	// for all of them.
	if _, known := p.count[address]; !known && len(p.count) >= pushAddresses {
		counted = ""
	}
	if p.count[counted] >= pushRate {
		return max(1, int(math.Ceil(p.minute.Add(time.Minute).Sub(now).Seconds()))), false
	}
	p.count[counted]++
	if p.all >= pushMost || p.running[address] >= pushEach {
		return 1, false
	}
	if p.running == nil {
		p.running = map[string]int{}
	}
	p.all++
	p.running[address]++
	return 0, true
}

func (p *pushes) leave(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.running[address]--; p.running[address] <= 0 {
		delete(p.running, address)
	}
}

// witnessStatus is the protocol's status for a refusal.
var witnessStatus = map[string]int{
	store.WatchUnknown: http.StatusNotFound, store.WatchSignature: http.StatusForbidden, store.WatchWaits: http.StatusForbidden,
	store.WatchSize: http.StatusConflict, store.WatchFork: http.StatusConflict, store.WatchShrunk: http.StatusConflict,
	store.WatchProof: http.StatusUnprocessableEntity, store.WatchNothing: http.StatusUnprocessableEntity,
}

func (q *request) addCheckpoint() error {
	if q.s.Public != nil {
		return store.Fail(store.NotFound, "not-found")
	}
	from := q.address()
	if wait, ok := q.s.pushes.enter(from, time.Now()); !ok {
		q.w.Header().Set("Retry-After", strconv.Itoa(wait))
		return q.plain(http.StatusTooManyRequests, "too many requests\n")
	}
	defer q.s.pushes.leave(from)
	http.NewResponseController(q.w).SetReadDeadline(time.Now().Add(pushRead))
	note, before, err := q.takePush()
	var refused *store.WatchRefused
	switch {
	case err == nil:
		return q.plain(http.StatusOK, chain.CosignatureLines(note, before))
	case errors.As(err, &refused):
		return q.refusePush(refused)
	case store.AsError(err).Kind == store.Invalid:
		return q.plain(http.StatusBadRequest, "not a request of add-checkpoint\n")
	case store.AsError(err).Kind == store.TooLarge:
		return q.plain(http.StatusRequestEntityTooLarge, "too long\n")
	}
	q.s.Log.Error("a checkpoint can't be cosigned", "request", q.id, "err", err)
	return q.plain(http.StatusServiceUnavailable, "try again later\n")
}

// takePush reads a body of one of the three kinds and has it judged. It returns
// the cosigned note and the note as it came.
func (q *request) takePush() (note, before string, err error) {
	kind, _, _ := mime.ParseMediaType(q.r.Header.Get("Content-Type"))
	most := int64(pushPlain)
	if kind == "application/json" {
		most = pushJSON
	}
	body, err := io.ReadAll(http.MaxBytesReader(q.w, q.r.Body, most))
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return "", "", store.Fail(store.TooLarge, "request-too-large")
	}
	bad := store.Fail(store.Invalid, "bad-request")
	if err != nil {
		return "", "", bad.Because(err)
	}
	var u chain.WitnessUpdate
	if kind != "application/json" {
		u, err = chain.ParseAddCheckpoint(body)
	} else {
		e, eerr := chain.ParseWitnessEvidence(body)
		if eerr == nil {
			return "", "", q.t.TakeEvidence(q.r.Context(), e, q.id)
		}
		u, err = chain.ParseWitnessUpdate(body)
	}
	if err != nil {
		return "", "", bad.Because(err)
	}
	note, err = q.t.TakeCheckpoint(q.r.Context(), u, q.id)
	return note, u.Checkpoint, err
}

// refusePush answers as the protocol says, and in headers what a box wants to
// know besides.
func (q *request) refusePush(e *store.WatchRefused) error {
	h := q.w.Header()
	h.Set(connectors.WitnessCodeHeader, e.Code)
	if !e.Known {
		return q.plain(witnessStatus[e.Code], e.Code+"\n")
	}
	size := strconv.FormatUint(e.Size, 10)
	h.Set(connectors.WitnessSizeHeader, size)
	h.Set(connectors.WitnessRestoresHeader, strconv.Itoa(e.Restores))
	if witnessStatus[e.Code] != http.StatusConflict {
		return q.plain(witnessStatus[e.Code], e.Code+"\n")
	}
	h.Set("Content-Type", "text/x.tlog.size")
	q.w.WriteHeader(http.StatusConflict)
	_, err := io.WriteString(q.w, size+"\n")
	return err
}

// plain answers with a text.
func (q *request) plain(status int, text string) error {
	q.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	q.w.WriteHeader(status)
	_, err := io.WriteString(q.w, text)
	return err
}
