package ui

import (
	"crypto/rand"
	"math/big"
	"slices"
	"sync"
	"time"

	"coffre/ui/page"
	"coffre/ui/words"
	"coffre/vault"
	"coffre/vault/paper"
)

// kits are the emergency kits that were shown and not typed back yet: in memory
// alone, and of each no more than the words that are asked for. A restart forgets
// them.
type kits struct {
	mu  sync.Mutex
	all map[string]shownKit // by tenant
}

type shownKit struct {
	at        time.Time
	recipient string
	asked     []int // places, from 1
	words     []string
	tries     int
	fresh     bool // takes the place of the kit in use once it is typed back
}

const (
	kitFor   = time.Hour
	kitTries = 10
	// kitAsked is how many words are asked for: one out of each eight.
	kitAsked = 3
)

// show remembers what will be asked of a kit that is about to be shown.
func (k *kits) show(tenant string, made *vault.Recovery, lang words.Lang, fresh bool) (page.PaperKit, error) {
	all := made.Words(paper.Lang(lang))
	s := shownKit{at: time.Now(), recipient: made.Recipient(), fresh: fresh}
	for i := range kitAsked {
		n, err := rand.Int(rand.Reader, big.NewInt(paper.Count/kitAsked))
		if err != nil {
			return page.PaperKit{}, err
		}
		place := i*paper.Count/kitAsked + int(n.Int64()) + 1
		s.asked, s.words = append(s.asked, place), append(s.words, all[place-1])
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil {
		k.all = map[string]shownKit{}
	}
	k.all[tenant] = s
	return page.PaperKit{Words: all, Code: keyCode(made.Identity()), Mark: vault.RecipientMark(s.recipient), Asked: s.asked}, nil
}

// waiting is the kit of a tenant that was shown, if it can still be typed back.
func (k *kits) waiting(tenant string) (shownKit, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, ok := k.all[tenant]
	if ok && (time.Since(s.at) > kitFor || s.tries >= kitTries) {
		delete(k.all, tenant)
		ok = false
	}
	return s, ok
}

// typed compares words, in the order of asked, and counts the try.
func (k *kits) typed(tenant string, got []string) (s shownKit, right bool) {
	s, ok := k.waiting(tenant)
	if !ok {
		return s, false
	}
	right = len(got) == len(s.words) && !slices.ContainsFunc(s.asked, func(n int) bool {
		i := slices.Index(s.asked, n)
		return !paper.Same(s.words[i], got[i])
	})
	k.mu.Lock()
	defer k.mu.Unlock()
	if s.tries++; k.all[tenant].recipient == s.recipient {
		k.all[tenant] = s
	}
	return s, right
}

// forget drops what was remembered of a kit.
func (k *kits) forget(tenant string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.all, tenant)
}
