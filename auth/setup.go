package auth

import (
	"context"
	"crypto/subtle"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"coffre/chain"
	"coffre/store"
)

// SetupRequest is what a new box must be told. TenantID may be empty: then it
// is made from the firm's name.
type SetupRequest struct {
	Firm, TenantID          string
	Hosts                   []string
	AdminName, Login        string
	Password, Lang          string
	Collection              string // name of a first collection, open to everybody; "" for none
	Address, Agent, Request string // of the browser; for the first session
}

// SetupResult is what a new box answers. Kit.RecoverySecret exists nowhere else
// and is shown once; it is empty where a setup that was killed half-way goes on.
type SetupResult struct {
	TenantID string
	Kit      store.Kit
	Admin    store.User
	Token    string // cookie token of the administrator's first session; none for the operator
	Session  store.Principal
}

// setup guards the first run.
type setup struct {
	mu     sync.Mutex
	digest string
	closed bool // a restored box takes this one's place
}

// OpenSetup draws the one-time token that serve prints while a box has no
// administrator. A second call replaces the first one's.
func (s *Service) OpenSetup() (token string) {
	token = store.NewToken()
	s.setup.mu.Lock()
	s.setup.digest = store.TokenDigest(token)
	s.setup.mu.Unlock()
	return token
}

// CheckSetup tells whether token opens the set-up page, in constant time.
func (s *Service) CheckSetup(token string) bool {
	s.setup.mu.Lock()
	defer s.setup.mu.Unlock()
	return s.setup.digest != "" && subtle.ConstantTimeCompare([]byte(store.TokenDigest(token)), []byte(s.setup.digest)) == 1
}

// NeedsSetup tells whether no tenant of the box has a user yet.
func NeedsSetup(root *store.Root) (bool, error) {
	_, done, err := setUp(root)
	return !done, err
}

// setUp returns the first tenant without people, and whether one has some.
func setUp(root *store.Root) (empty string, done bool, err error) {
	all, err := root.Tenants()
	if err != nil {
		return "", false, err
	}
	for _, rec := range all {
		t, release, err := root.Acquire(rec.ID)
		if err != nil {
			return "", false, err
		}
		us, err := view(t, (*store.View).Users)
		release()
		if err != nil {
			return "", false, err
		}
		if len(us) > 0 {
			return "", true, nil
		}
		if empty == "" {
			empty = rec.ID
		}
	}
	return empty, false, nil
}

// Setup makes the box's first tenant with its administrator, whom it signs in.
// The caller has checked the token (CheckSetup), or is the operator; by is
// System("setup") or CLI. After success the token opens nothing. A set-up that
// was killed between tenant and administrator goes on with that tenant. Errors:
// Conflict "already-set-up"; Invalid "invalid-name" (field), "tenant-id",
// "invalid-lang" and those of CheckPassword; nothing is written then.
func (s *Service) Setup(ctx context.Context, root *store.Root, by store.Actor, q SetupRequest) (SetupResult, error) {
	s.setup.mu.Lock()
	defer s.setup.mu.Unlock()
	var out SetupResult
	n := NewUser{Login: cleanLogin(q.Login), Name: strings.TrimSpace(q.AdminName), Role: store.Admin, Lang: q.Lang, Password: q.Password}
	q.Firm = strings.TrimSpace(q.Firm)
	if !validName(q.Firm) {
		return out, store.Fail(store.Invalid, "invalid-name", "field", "firm")
	}
	if err := checkUser(n); err != nil {
		return out, err
	}
	begun, done, err := setUp(root)
	if err != nil {
		return out, err
	}
	if done || s.setup.closed {
		return out, store.Fail(store.Conflict, "already-set-up")
	}
	if out.Kit, out.TenantID, err = firstTenant(ctx, root, by, q, begun); err != nil {
		return out, err
	}
	t, release, err := root.Acquire(out.TenantID)
	if err != nil {
		return out, err
	}
	defer release()
	if out.Admin, err = s.createUser(ctx, t, by, "", n); err != nil {
		return out, err
	}
	s.setup.digest = ""
	if err := firstCollection(ctx, t, by, q.Collection); err != nil {
		return out, err
	}
	if by.Kind == "cli" {
		return out, nil
	}
	in := SignIn{Login: n.Login, Password: n.Password, Address: q.Address, Agent: q.Agent, Request: q.Request}
	if out.Token, out.Session, err = s.SignIn(ctx, t, in); err != nil {
		s.log.Warn("administrator not signed in after set-up", "err", err)
	}
	return out, nil
}

// CloseSetup runs fn while nobody can set the box up, and, where fn succeeds, lets
// nobody do that any more: a restored box takes this one's place. Errors: Conflict
// "already-set-up"; fn's.
func (s *Service) CloseSetup(root *store.Root, fn func() error) error {
	s.setup.mu.Lock()
	defer s.setup.mu.Unlock()
	all, err := root.Tenants()
	if err != nil {
		return err
	}
	if len(all) > 0 || s.setup.closed {
		return store.Fail(store.Conflict, "already-set-up")
	}
	if err := fn(); err != nil {
		return err
	}
	s.setup.digest, s.setup.closed = "", true
	return nil
}

// firstCollection makes a place for the first documents, so that a new box can
// be tried at once.
func firstCollection(ctx context.Context, t *store.Tenant, by store.Actor, name string) error {
	if name == "" {
		return nil
	}
	everybody := store.Grants{store.Everyone}
	_, err := t.Update(ctx, by, chain.Event{Action: chain.CollectionCreate}, func(tx *store.Tx) error {
		_, err := tx.CreateCollection(store.Collection{Name: name, Readers: everybody, Writers: everybody})
		return err
	})
	return err
}

// firstTenant creates the tenant, or takes up the one that a kill left without
// people.
func firstTenant(ctx context.Context, root *store.Root, by store.Actor, q SetupRequest, begun string) (store.Kit, string, error) {
	if begun != "" {
		t, release, err := root.Acquire(begun)
		if err != nil {
			return store.Kit{}, "", err
		}
		defer release()
		f, err := view(t, (*store.View).Facts)
		return store.Kit{FirstKey: f.FirstKey, RecoveryKey: f.RecoveryKey}, begun, err
	}
	id := q.TenantID
	if id == "" {
		id = TenantID(q.Firm)
	}
	if !isTenantID(id) || id == store.BoxID {
		return store.Kit{}, "", store.Fail(store.Invalid, "tenant-id", "id", id)
	}
	kit, err := root.CreateTenant(ctx, by, store.NewTenant{ID: id, Firm: q.Firm, Hosts: q.Hosts})
	return kit, id, err
}

// TenantID makes a tenant's id from a firm's name: "Frères Lefèvre & Cie" gives
// "freres-lefevre-cie". A name without any Latin letter or digit gives "firm".
func TenantID(firm string) string {
	var b strings.Builder
	dash := false
	for _, r := range norm.NFKD.String(strings.NewReplacer("œ", "oe", "Œ", "oe", "æ", "ae", "Æ", "ae", "ß", "ss", "ø", "o", "Ø", "o", "ł", "l", "Ł", "l").Replace(firm)) {
		r = unicode.ToLower(r)
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			dash = false
			b.WriteRune(r)
		case !unicode.Is(unicode.Mn, r):
			dash = true
		}
		if b.Len() >= 40 {
			break
		}
	}
	switch id := b.String(); id {
	case "":
		return "firm"
	case store.BoxID:
		return id + "-1"
	default:
		return id
	}
}
