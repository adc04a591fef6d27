// Package demo makes the sample firm: people, groups, collections and
// documents of testdata/demo, put in through the same verbs as anybody's.
package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
)

// TenantID is the sample firm's id.
const TenantID = "demo"

// Account is a person of the sample firm with the password that was drawn.
type Account struct {
	Name     string `json:"name"` // what they type at sign-in
	Password string `json:"password"`
	Role     string `json:"role"`
}

// Firm is testdata/demo/demo.json.
type Firm struct {
	Firm   string `json:"firm"`
	Groups []struct {
		Name    string   `json:"name"`
		Members []string `json:"members"`
	} `json:"groups"`
	People []struct {
		Login string     `json:"login"`
		Name  string     `json:"name"`
		Role  store.Role `json:"role"`
	} `json:"people"`
	Collections []struct {
		Name    string   `json:"name"`
		French  string   `json:"name_fr"`
		English string   `json:"name_en"`
		Readers []string `json:"readers"`
		Writers []string `json:"writers"`
	} `json:"collections"`
	Documents []struct {
		File       string `json:"file"`
		Collection string `json:"collection"`
		Title      string `json:"title"`
	} `json:"documents"`
}

// Read reads the firm's description from files, which hold demo.json.
func Read(files fs.FS) (Firm, error) {
	var f Firm
	b, err := fs.ReadFile(files, "demo.json")
	if err != nil {
		return f, fmt.Errorf("read sample firm: %w", err)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return f, fmt.Errorf("read sample firm: %w", err)
	}
	return f, nil
}

// seeding is a sample firm in the making.
type seeding struct {
	t      *store.Tenant
	auth   *auth.Service
	op     store.Principal
	users  map[string]string // login to id
	groups map[string]string // name to id
	cols   map[string]string
}

// Seed makes the sample firm in a box that has no tenant. The documents are
// queued for extraction when it returns.
func Seed(ctx context.Context, root *store.Root, svc *auth.Service, files fs.FS, lang string) ([]Account, error) {
	f, err := Read(files)
	if err != nil {
		return nil, err
	}
	op := store.Operator("demo")
	kit, err := root.CreateTenant(ctx, op.Actor, store.NewTenant{ID: TenantID, Firm: f.Firm})
	if err != nil {
		return nil, err
	}
	t, release, err := root.Acquire(TenantID)
	if err != nil {
		return nil, err
	}
	defer release()
	kits := []store.Kit{kit}
	if own := root.TakeBoxKit(); own != nil {
		kits = append(kits, *own)
	}
	if err := equip(ctx, root, t, kits...); err != nil {
		return nil, err
	}
	s := &seeding{t, svc, op, map[string]string{}, map[string]string{store.Everyone: store.Everyone}, map[string]string{}}
	accounts, err := s.people(ctx, f)
	if err != nil {
		return nil, err
	}
	if err := s.rights(ctx, f, lang); err != nil {
		return nil, err
	}
	return accounts, s.documents(ctx, f, files)
}

func (s *seeding) people(ctx context.Context, f Firm) ([]Account, error) {
	var out []Account
	for _, p := range f.People {
		a := Account{Name: p.Login, Password: auth.NewPassword(), Role: string(p.Role)}
		u, err := s.auth.CreateUser(ctx, s.t, s.op, auth.NewUser{Login: p.Login, Name: p.Name, Role: p.Role, Password: a.Password})
		if err != nil {
			return nil, fmt.Errorf("create sample account: %w", err)
		}
		s.users[p.Login] = u.ID
		out = append(out, a)
	}
	return out, nil
}

func (s *seeding) do(ctx context.Context, action string, fn func(*store.Tx) error) error {
	_, err := s.t.Update(ctx, s.op.Actor, chain.Event{Action: action}, fn)
	return err
}

func (s *seeding) rights(ctx context.Context, f Firm, lang string) error {
	for _, g := range f.Groups {
		rec := store.Group{Name: g.Name}
		for _, m := range g.Members {
			rec.Members = append(rec.Members, s.users[m])
		}
		err := s.do(ctx, chain.GroupCreate, func(tx *store.Tx) error {
			put, err := tx.PutGroup(rec)
			s.groups[g.Name] = "group:" + put.ID
			return err
		})
		if err != nil {
			return fmt.Errorf("create sample group: %w", err)
		}
	}
	grants := func(names []string) (out store.Grants) {
		for _, n := range names {
			out = append(out, s.groups[n])
		}
		return out
	}
	for _, c := range f.Collections {
		name := c.French
		if lang == "en" {
			name = c.English
		}
		err := s.do(ctx, chain.CollectionCreate, func(tx *store.Tx) error {
			put, err := tx.CreateCollection(store.Collection{Name: name, Readers: grants(c.Readers), Writers: grants(c.Writers)})
			s.cols[c.Name] = put.ID
			return err
		})
		if err != nil {
			return fmt.Errorf("create sample collection: %w", err)
		}
	}
	return nil
}

func (s *seeding) documents(ctx context.Context, f Firm, files fs.FS) error {
	for _, d := range f.Documents {
		r, err := files.Open(d.File)
		if err != nil {
			return fmt.Errorf("open sample document: %w", err)
		}
		o, err := s.t.ReceiveFile(r, 64<<20)
		r.Close()
		if err != nil {
			return fmt.Errorf("receive sample document: %w", err)
		}
		err = s.do(ctx, chain.DocumentAdd, func(tx *store.Tx) error {
			_, _, err := tx.AddDocument(s.op, store.NewDocument{
				Collection: s.cols[d.Collection], Name: path.Base(d.File), Title: d.Title, SHA256: o.SHA256, Bytes: o.Bytes,
			})
			return err
		})
		if err != nil {
			return fmt.Errorf("add sample document: %w", err)
		}
	}
	return nil
}

// Wait returns once no document waits for extraction and the index holds all.
func Wait(ctx context.Context, root *store.Root) error {
	t, release, err := root.Acquire(TenantID)
	if err != nil {
		return err
	}
	defer release()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		waiting := 0
		err := t.View(func(v *store.View) error {
			jobs, err := v.Jobs()
			for _, j := range jobs {
				if !j.Failed {
					waiting++
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		if waiting == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	s, err := t.IndexState()
	if err != nil {
		return err
	}
	return t.WaitIndexed(ctx, s.Changed)
}
