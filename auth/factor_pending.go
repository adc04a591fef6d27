package auth

import (
	"sync"
	"time"

	"coffre/auth/factor"
)

// What is begun and not finished lies here: the question that a key must answer,
// the secret of an app that hasn't shown a code yet. It is in memory alone, so no
// secret is on a disk before it counts, and a restart means beginning again.
const (
	pendingFor  = 10 * time.Minute
	keptPending = 2048
)

type pending struct {
	at       time.Time
	ceremony factor.Ceremony
	secret   []byte
}

type pendings struct {
	now func() time.Time
	mu  sync.Mutex
	all *recent[pending]
}

func newPendings(now func() time.Time) *pendings {
	return &pendings{now: now, all: newRecent[pending](keptPending)}
}

func (p *pendings) put(k [32]byte, x pending) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x.at = p.now()
	p.all.put(k, x)
}

// get returns what was put under k, if it isn't too old.
func (p *pendings) get(k [32]byte) (pending, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.find(k)
}

// find is called with mu held.
func (p *pendings) find(k [32]byte) (pending, bool) {
	x, ok := p.all.get(k)
	age := p.now().Sub(x.at)
	return x, ok && age >= 0 && age <= pendingFor
}

// take is get, once.
func (p *pendings) take(k [32]byte) (pending, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x, ok := p.find(k)
	p.all.drop(k)
	return x, ok
}
