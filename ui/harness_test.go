package ui

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/connectors"
	"coffre/connectors/extract"
	"coffre/connectors/picture"
	"coffre/llm"
	"coffre/llm/trial"
	"coffre/store"
	"coffre/ui/certs"
)

// TestMain also plays the children that extract and verify.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "__extract":
			os.Exit(extract.ChildMain())
		case "__verify":
			os.Exit(store.VerifyChildMain(os.Stdin, os.Stdout))
		}
	}
	os.Exit(m.Run())
}

// The hosts under which the two tenants of a test box answer.
const (
	hostA = "alpha.test"
	hostB = "beta.test"
)

const password = "rivière calme sous la lune"

// clock is the real one, moved by hand.
type clock struct {
	mu  sync.Mutex
	off time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}

// box is a real server over a real store, reached over TLS.
type box struct {
	t      *testing.T
	ctx    context.Context
	root   *store.Root
	auth   *auth.Service
	server *Server
	web    *httptest.Server
	client *http.Client
	clock  *clock
	log    *lockedWriter
	a, b   *store.Tenant
	dir    string
	ends   []func() // once nobody writes any more
	hsts   string   // seconds that every answer has browsers remember; "": none
}

// newBox starts a box with the tenants a and, as two hosts need two, b.
func newBox(t *testing.T, edit func(*Deps)) *box {
	t.Helper()
	return emptyBox(t, edit).withTenants()
}

// newBoxOn starts one on a disk whose room a test says.
func newBoxOn(t *testing.T, disk func(string) (free, total uint64, err error)) *box {
	t.Helper()
	return boxOn(t, nil, disk).withTenants()
}

func (x *box) withTenants() *box {
	x.t.Helper()
	t := x.t
	op := store.Operator("test").Actor
	for id, host := range map[string]string{"alpha": hostA, "beta": hostB} {
		if _, err := x.root.CreateTenant(x.ctx, op, store.NewTenant{ID: id, Firm: "Firm " + id, Hosts: []string{host}}); err != nil {
			t.Fatal(err)
		}
	}
	x.a, x.b = x.acquire("alpha"), x.acquire("beta")
	return x
}

// emptyBox starts a box without any tenant.
func emptyBox(t *testing.T, edit func(*Deps)) *box {
	t.Helper()
	return boxOn(t, edit, nil)
}

func boxOn(t *testing.T, edit func(*Deps), disk func(string) (free, total uint64, err error)) *box {
	t.Helper()
	x := &box{t: t, ctx: context.Background(), clock: &clock{}, log: &lockedWriter{}, dir: t.TempDir()}
	os.Chmod(x.dir, 0o700) // as the box makes its own: its health says what is open to others
	log := slog.New(slog.NewTextHandler(x.log, nil))
	var dialer net.Dialer
	runtime := llm.NewRuntime(dialer.DialContext, 1, log)
	var err error
	if x.root, err = store.OpenRoot(x.dir, store.Options{Now: x.clock.now, Disk: disk, Ways: connectors.NamedWays, Rerank: runtime.Rerank}); err != nil {
		t.Fatal(err)
	}
	x.auth = auth.New(auth.Options{Now: x.clock.now, Params: auth.Params{MemoryKiB: 16, Time: 1, Threads: 1}, Log: log})
	worker := connectors.NewWorker(x.root, connectors.Options{Log: log, Extract: extract.Options{CacheDir: wasmCache(x.dir)}})
	deps := Deps{
		Root: x.root, Auth: x.auth, Asker: llm.NewAsker(runtime, log), Ingest: worker, Runtime: runtime, Log: log, Version: "test",
	}
	deps.Pictures = picture.Open(filepath.Join(x.dir, "cache", "pages"), picture.Options{Extract: extract.Options{CacheDir: wasmCache(x.dir)}, Log: log})
	deps.Trials = trial.New(x.root, trial.Quiet{}, trial.Options{Log: log, Now: x.clock.now})
	deps.Certs = sync.OnceValues(func() (*certs.Manager, error) {
		return certs.New(filepath.Join(x.dir, "keys"), FollowTLS(x.root, certs.Options{Log: log}))
	})
	if edit != nil {
		edit(&deps)
	}
	x.server = New(deps)
	x.web = httptest.NewUnstartedServer(x.server.Handler())
	x.web.EnableHTTP2 = true // as browsers speak to the real one
	x.web.StartTLS()
	x.client = x.web.Client()
	x.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { worker.Run(ctx) })
	t.Cleanup(func() {
		x.web.Close()
		cancel()
		done.Wait()
		deps.Trials.Close()
		deps.Pictures.Close()
		x.auth.Close()
		for _, end := range x.ends {
			end()
		}
		if err := x.root.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// wasmCache is where the program itself keeps compiled PDFium.
func wasmCache(dir string) string {
	if user, err := os.UserCacheDir(); err == nil {
		return filepath.Join(user, "coffre", "wazero")
	}
	return filepath.Join(dir, "cache")
}

// lockedWriter holds what was logged.
type lockedWriter struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedWriter) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (x *box) logged() string { return x.log.text() }

// acquire opens a tenant for the length of the test, and checks it at its end.
func (x *box) acquire(id string) *store.Tenant {
	x.t.Helper()
	t, release, err := x.root.Acquire(id)
	if err != nil {
		x.t.Fatal(err)
	}
	x.ends = append(x.ends, func() {
		if err := t.Check(); err != nil {
			x.t.Error(err)
		}
		release()
	})
	return t
}

// do writes to a tenant as the operator.
func (x *box) do(t *store.Tenant, action string, fn func(*store.Tx) error) {
	x.t.Helper()
	if _, err := t.Update(x.ctx, store.Operator("test").Actor, chain.Event{Action: action}, fn); err != nil {
		x.t.Fatal(err)
	}
}

// person is somebody who can sign in.
type person struct {
	id, login string
	host      string
	role      store.Role
	t         *store.Tenant
}

func (x *box) person(t *store.Tenant, login string, role store.Role) person {
	x.t.Helper()
	u, err := x.auth.CreateUser(x.ctx, t, store.Operator("test"), auth.NewUser{Login: login, Name: "Name of " + login, Role: role, Password: password})
	if err != nil {
		x.t.Fatal(err)
	}
	host := hostA
	if t == x.b {
		host = hostB
	}
	return person{u.ID, login, host, role, t}
}

func (x *box) collection(t *store.Tenant, name string, readers, writers store.Grants) (c store.Collection) {
	x.t.Helper()
	x.do(t, chain.CollectionCreate, func(tx *store.Tx) (err error) {
		c, err = tx.CreateCollection(store.Collection{Name: name, Readers: readers, Writers: writers})
		return err
	})
	return c
}

// add puts a document in and waits until it is found or has failed.
func (x *box) add(t *store.Tenant, c store.Collection, name, content string) store.Document {
	x.t.Helper()
	d := x.queue(t, c, name, content)
	x.server.Ingest.Wake()
	return x.settle(t, d.ID)
}

// queue puts a document in as the operator.
func (x *box) queue(t *store.Tenant, c store.Collection, name, content string) (d store.Document) {
	x.t.Helper()
	o, err := t.ReceiveFile(strings.NewReader(content), 64<<20)
	if err != nil {
		x.t.Fatal(err)
	}
	op := store.Operator("test")
	x.do(t, chain.DocumentAdd, func(tx *store.Tx) (err error) {
		d, _, err = tx.AddDocument(op, store.NewDocument{Collection: c.ID, Name: name, SHA256: o.SHA256, Bytes: o.Bytes})
		return err
	})
	return d
}

// settle waits until a document is read or has failed, and is searchable.
func (x *box) settle(t *store.Tenant, id string) (d store.Document) {
	x.t.Helper()
	for range 6000 {
		err := t.View(func(v *store.View) (err error) { d, err = v.Document(store.Operator("test"), id); return err })
		if err != nil {
			x.t.Fatal(err)
		}
		if d.Latest().Status != store.Queued {
			s, err := t.IndexState()
			if err == nil {
				err = t.WaitIndexed(x.ctx, s.Changed)
			}
			if err != nil {
				x.t.Fatal(err)
			}
			return d
		}
		time.Sleep(10 * time.Millisecond)
	}
	x.t.Fatalf("document %s is still queued", id)
	return d
}

// rawTLS opens a connection on which a test can break the rules of HTTP.
func (x *box) rawTLS() net.Conn {
	x.t.Helper()
	c, err := tls.Dial("tcp", x.web.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true}) // the test's own server
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}
