// Command coffre is a private AI box for a firm: documents in, cited answers
// out. This file is the wiring: it opens a data directory, joins the rooms and
// hands commands to ui/cli.
package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/connectors"
	"coffre/connectors/extract"
	"coffre/connectors/gate"
	"coffre/connectors/picture"
	"coffre/index"
	"coffre/llm"
	"coffre/llm/trial"
	"coffre/store"
	"coffre/ui"
	"coffre/ui/certs"
	"coffre/ui/cli"
	"coffre/ui/demo"
	"coffre/ui/health"
	"coffre/ui/logs"
	"coffre/ui/update"
	"coffre/vault"
)

// version is set by the linker for releases.
var version = "0.1.0-dev"

// releaseKeys are the public keys that a release must be signed by, set by the
// linker; none and no update is taken.
var releaseKeys string

//go:embed testdata/demo/demo.json testdata/demo/questions.jsonl testdata/demo/documents
var sample embed.FS

// updates are those of the data directory dir.
func updates(dir string) *update.Box { return update.Open(dir, version, releaseKeys) }

func main() {
	if err := vault.Harden(); err != nil {
		slog.Warn("other processes may read this one's memory", "err", err)
	}
	if len(os.Args) > 1 {
		// Children of this program: dispatched before any wiring.
		switch os.Args[1] {
		case "__extract":
			os.Exit(extract.ChildMain())
		case "__verify":
			os.Exit(store.VerifyChildMain(os.Stdin, os.Stdout))
		case update.TryArg:
			gate.Seal()
			os.Exit(update.TryMain(os.Args[2:], version, os.Stdout, os.Stderr))
		}
	}
	gate.Seal()
	// With it, Ollama's client would sign requests with a key of the user's.
	os.Unsetenv("OLLAMA_AUTH")
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	log := logs.Stderr(stderr, os.Getenv)
	return cli.Main(ctx, cli.Env{
		Args: args, Stdin: stdin, Stdout: stdout, Stderr: stderr, Getenv: os.Getenv, Version: version, Updates: updates,
		Open:   func(dir string) (http.Handler, func() error, error) { return openInProcess(dir, log) },
		Init:   func(ctx context.Context, q cli.InitRequest) (cli.InitResult, error) { return initBox(ctx, q, log) },
		Sample: func(ctx context.Context) (cli.Sample, error) { return openSample(ctx, log) },
		Embedder: func(ctx context.Context, name string) (index.Embedder, error) {
			return cli.RuntimeEmbedder(ctx, strings.TrimPrefix(name, llm.EmbedOllama), log)
		},
		Commands: []cli.Command{
			{
				Name: "demo", Does: "cli.does.demo", More: "cli.more.demo", Max: 0, Flags: []cli.Flag{listenFlag, {Name: "public", Does: "cli.flag.public"}},
				Run: func(ctx context.Context, c *cli.Call) error { return runDemo(ctx, c, log) },
			},
			{
				Name: "serve", Does: "cli.does.serve", More: "cli.more.serve", Max: 0, Flags: []cli.Flag{
					listenFlag,
					{Name: "host", Value: "NAME", Does: "cli.flag.host", Many: true},
					{Name: "tls-cert", Value: "FILE", Does: "cli.flag.tls-cert"},
					{Name: "tls-key", Value: "FILE", Does: "cli.flag.tls-key"},
					{Name: "http", Value: "ADDR", Does: "cli.flag.http"},
				},
				Run: func(ctx context.Context, c *cli.Call) error {
					return update.Serve(ctx, func(ctx context.Context, restart func()) error { return runServe(ctx, c, log, restart) })
				},
			},
		},
	})
}

var listenFlag = cli.Flag{Name: "listen", Value: "ADDR", Does: "cli.flag.listen"}

// box is a data directory opened with everything that works on it.
type box struct {
	root     *store.Root
	auth     *auth.Service
	egress   *connectors.Egress
	worker   *connectors.Worker
	forward  *connectors.Forwarder
	witness  *connectors.WitnessPush
	trials   *trial.Runner
	runtime  *llm.Runtime
	pictures *picture.Store
	server   *ui.Server
	tls      certs.Options // read when the certificate is first asked for
	log      *slog.Logger
	logs     *logs.Logs // in the data directory
	end      context.CancelFunc
	done     sync.WaitGroup
}

// openBox joins the rooms over a data directory and starts the ingest worker.
func openBox(dir string, log *slog.Logger, edit func(*ui.Deps)) (*box, error) {
	// A child of a box that was killed a moment ago may still hold its lock.
	file, log := logs.New(log, logs.Usual)
	b := &box{log: log, logs: file, egress: connectors.NewEgress(log)}
	b.runtime = llm.NewRuntime(b.egress.Dial, 1, log)
	b.runtime.As = gate.As
	root, err := store.OpenRoot(dir, store.Options{
		Log: log, LockTimeout: 2 * time.Second, Embedders: b.runtime.Embedders, Rerank: b.runtime.Rerank, Ways: connectors.NamedWays,
		Passphrase: cli.AskPassphrase(os.Getenv, os.Stdin, os.Stderr), Version: version,
	})
	if err != nil {
		b.egress.Close()
		return nil, err
	}
	if err := file.Open(dir); err != nil {
		log.Warn("the log is on standard error alone", "err", err)
	}
	b.root, b.auth = root, auth.New(auth.Options{Log: log, Dial: b.egress.Dial, As: gate.As})
	b.worker = connectors.NewWorker(root, connectors.Options{Log: log, Extract: extract.Options{CacheDir: cacheDir(dir)}})
	b.forward = connectors.NewForwarder(root, b.egress.Dial, log)
	b.trials = trial.New(root, trial.Quiet{}, trial.Options{Log: log, Version: version})
	b.witness = connectors.NewWitnessPush(root, b.egress.Dial, log)
	b.pictures = picture.Open(filepath.Join(dir, "cache", "pages"), picture.Options{Log: log, Extract: extract.Options{CacheDir: cacheDir(dir)}})
	deps := ui.Deps{
		Root: root, Auth: b.auth, Asker: llm.NewAsker(b.runtime, log), Ingest: b.worker, Runtime: b.runtime, Pictures: b.pictures,
		Log: log, Logs: file, Version: version, OpenWays: b.egress.Follow, Egress: b.egress, Forward: b.forward, Witness: b.witness, Trials: b.trials,
		Updates: updates(dir),
	}
	b.tls = certs.Options{Log: log}
	deps.Certs = sync.OnceValues(func() (*certs.Manager, error) {
		return certs.New(filepath.Join(dir, "keys"), ui.FollowTLS(root, b.tls))
	})
	if edit != nil {
		edit(&deps)
	}
	b.server = ui.New(deps)
	if err := b.egress.Open(root); err != nil {
		b.close()
		return nil, err
	}
	b.server.FollowLog()
	ctx, cancel := context.WithCancel(context.Background())
	b.end = cancel
	b.done.Go(func() { b.worker.Run(ctx) })
	b.done.Go(func() { b.auth.Run(ctx, root) })
	b.done.Go(func() { b.forward.Run(ctx) })
	b.done.Go(func() { b.witness.Run(ctx) })
	b.done.Go(func() { b.trials.Run(ctx) })
	b.done.Go(func() { root.VerifyNightly(ctx) })
	b.done.Go(func() { root.KeepCopies(ctx) })
	b.done.Go(func() { root.WatchRoom(ctx) })
	b.done.Go(func() { b.server.Inbox.Run(ctx) })
	b.done.Go(func() { b.server.Health.Run(ctx) })
	b.done.Go(func() { b.server.Alerts.Run(ctx) })
	return b, nil
}

// cacheDir is where compiled PDFium is kept: beside the user's other caches, so
// that a throw-away box needn't compile it again, else in the data directory.
func cacheDir(dir string) string {
	if user, err := os.UserCacheDir(); err == nil {
		return filepath.Join(user, "coffre", "wazero")
	}
	return filepath.Join(dir, "cache", "wazero")
}

func (b *box) close() error {
	defer b.logs.Close()
	if b.end != nil {
		b.end()
	}
	b.done.Wait()
	b.trials.Close()
	if b.server != nil {
		b.server.Close()
	}
	b.pictures.Close()
	b.egress.Close()
	b.auth.Close()
	return b.root.Close()
}

// openInProcess serves a command where no box is running on the directory.
func openInProcess(dir string, log *slog.Logger) (http.Handler, func() error, error) {
	if !store.HasData(dir) {
		return nil, nil, store.Fail(store.NotFound, "no-box", "path", dir)
	}
	b, err := openBox(dir, log, nil)
	if err != nil {
		return nil, nil, err
	}
	return b.server.LocalHandler(ui.OwnName), b.close, nil
}

func initBox(ctx context.Context, q cli.InitRequest, log *slog.Logger) (cli.InitResult, error) {
	b, err := openBox(q.DataDir, log, nil)
	if err != nil {
		return cli.InitResult{}, err
	}
	defer b.close()
	return cli.MakeFirm(ctx, b.root, b.auth, ui.OwnName(nil), q)
}

// listening is a box that answers on the network and on its local socket.
type listening struct {
	*box
	certs  *certs.Manager
	url    string
	plain  string       // address where HTTP leads to HTTPS, "" for none
	ready  func() error // called once everything answers
	web    *http.Server
	local  *http.Server
	socket string
}

// serve answers until ctx ends, then lets running requests finish.
func (l *listening) serve(ctx context.Context, tcpListener, localListener net.Listener) error {
	l.web = &http.Server{
		Handler: l.server.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		TLSConfig:   l.certs.TLSConfig(),
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(l.log.Handler(), slog.LevelDebug),
	}
	l.local = l.server.LocalServer()
	stopPlain, err := ui.ServeRedirect(l.plain, tcpListener.Addr(), l.certs.Answers(), l.log)
	if err != nil {
		return err
	}
	defer stopPlain()
	addresses := []string{tcpListener.Addr().String()}
	if l.plain != "" {
		addresses = append(addresses, l.plain)
	}
	l.server.Health.Serves(health.Serving{Certificate: l.certs.Status, Addresses: addresses})
	failed := make(chan error, 2)
	l.done.Go(func() { l.server.KeepCertificate(ctx, addresses...) })
	go func() { failed <- l.web.ServeTLS(tcpListener, "", "") }()
	go func() { failed <- l.local.Serve(localListener) }()
	if err = l.ready(); err == nil {
		select {
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	shut, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	l.web.Shutdown(shut)
	l.local.Shutdown(shut)
	os.Remove(l.socket)
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// open binds both listeners.
func (b *box) open(dir, addr string, tlsFiles certs.Options) (*listening, net.Listener, net.Listener, error) {
	b.tls = tlsFiles
	m, err := b.server.Certs()
	if err != nil {
		return nil, nil, nil, err
	}
	web, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, nil, nil, store.Fail(store.Unavailable, "listen", "address", addr).Because(err)
	}
	socket := cli.SocketPath(dir)
	local, err := ui.ListenLocal(socket)
	if err != nil {
		web.Close()
		return nil, nil, nil, err
	}
	host, port, _ := net.SplitHostPort(web.Addr().String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "coffre.local"
	} else if ip.IsLoopback() {
		host = "localhost"
	}
	l := &listening{box: b, certs: m, url: "https://" + net.JoinHostPort(host, port), socket: socket, ready: func() error { return nil }}
	if port == "443" {
		l.url = "https://" + host
	}
	return l, web, local, nil
}

func runServe(ctx context.Context, c *cli.Call, log *slog.Logger, restart func()) error {
	opts := certs.Options{CertFile: c.Flag("tls-cert"), KeyFile: c.Flag("tls-key"), Hosts: c.FlagAll("host"), Log: log}
	addr := c.Flag("listen")
	if addr == "" {
		addr = ":8443"
	}
	b, err := openBox(c.Data, log, func(d *ui.Deps) {
		d.Restart = restart
		if opts.CertFile == "" {
			d.CAFile = filepath.Join(c.Data, "keys", "ca.pem")
		}
	})
	if err != nil {
		return err
	}
	defer b.close()
	l, web, local, err := b.open(c.Data, addr, opts)
	if err != nil {
		return err
	}
	l.plain = c.Flag("http")
	l.ready = func() error {
		fresh, err := auth.NeedsSetup(b.root)
		if err != nil {
			return err
		}
		b.recordBox(chain.BoxStart)
		updates(c.Data).Enter(ctx, b.root, log)
		link := ""
		if fresh {
			link = l.url + "/setup?token=" + b.auth.OpenSetup()
		}
		return c.Serving(l.url, link)
	}
	defer b.recordBox(chain.BoxStop)
	return l.serve(ctx, web, local)
}

func (b *box) recordBox(action string) {
	ev := chain.Event{Action: action, Detail: chain.Detail{"version": version}}
	if _, err := b.root.Box.Record(context.Background(), store.System("box"), ev); err != nil {
		b.log.Error("start or stop can't be entered", "err", err)
	}
}

// demoReady is what `demo --json` prints.
type demoReady struct {
	URL      string         `json:"url"`
	Tenant   string         `json:"tenant"`
	APIKey   string         `json:"api_key"`
	CAFile   string         `json:"ca_file"`
	Accounts []demo.Account `json:"accounts"`
}

func runDemo(ctx context.Context, c *cli.Call, log *slog.Logger) error {
	given := ""
	if c.Has("data") || c.Getenv("COFFRE_DATA") != "" {
		given = c.Data
	}
	dir, remove, err := demo.Directory(given)
	if err != nil {
		return err
	}
	defer remove()
	files, err := fs.Sub(sample, "testdata/demo")
	if err != nil {
		return err
	}
	run := demo.Run{Dir: dir, Addr: c.Flag("listen"), Lang: string(c.Lang), Public: c.Has("public"), Files: files, Log: log}
	caFile := filepath.Join(dir, "keys", "ca.pem")
	run.Open = func(data string) (demo.Box, error) {
		b, err := openBox(data, log, func(d *ui.Deps) {
			d.Demo, d.CAFile = true, caFile
			d.Examples = func(lang, login string) []string { return demo.Examples(files, lang, login) }
			if run.Public {
				d.Public = &ui.Public{Guests: demo.Guests}
			}
		})
		if err != nil {
			return demo.Box{}, err
		}
		c.Progress("cli.demo.preparing")
		listen := func(ctx context.Context, addr string, ready func(url, addr string) error) error {
			l, web, local, err := b.open(dir, addr, certs.Options{Log: log})
			if err != nil {
				return err
			}
			l.ready = func() error { return ready(l.url, web.Addr().String()) }
			return l.serve(ctx, web, local)
		}
		return demo.Box{Root: b.root, Auth: b.auth, Wake: b.worker.Wake, Trials: b.trials, Listen: listen, Close: b.close}, nil
	}
	run.Tell = func(url, key string, accounts []demo.Account) error {
		if c.JSON {
			return c.Object(demoReady{url, demo.TenantID, key, caFile, accounts})
		}
		if run.Public {
			accounts = nil // no password opens a public demonstration
		}
		c.DemoReady(url, dir, accounts)
		return nil
	}
	return run.Serve(ctx)
}

// openSample makes the sample firm in a throw-away box.
func openSample(ctx context.Context, log *slog.Logger) (s cli.Sample, err error) {
	if s.Files, err = fs.Sub(sample, "testdata/demo"); err != nil {
		return s, err
	}
	dir, err := os.MkdirTemp("", "coffre-eval-")
	if err != nil {
		return s, fmt.Errorf("create directory: %w", err)
	}
	b, err := openBox(dir, log, nil)
	if err != nil {
		os.RemoveAll(dir)
		return s, err
	}
	release := func() {}
	s.Close = func() error {
		release()
		err := b.close()
		os.RemoveAll(dir)
		return err
	}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if _, err = demo.Seed(ctx, b.root, b.auth, s.Files, "fr"); err != nil {
		return s, err
	}
	b.worker.Wake()
	if err = demo.Wait(ctx, b.root); err != nil {
		return s, err
	}
	s.Asker = llm.NewAsker(b.runtime, log)
	if s.Tenant, release, err = b.root.Acquire(demo.TenantID); err != nil {
		return s, err
	}
	return s, s.Tenant.WaitEmbedded(ctx) // answers must not depend on how far it is
}
