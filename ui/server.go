package ui

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"coffre/auth"
	"coffre/connectors"
	"coffre/connectors/inbox"
	"coffre/connectors/picture"
	"coffre/llm"
	"coffre/llm/trial"
	"coffre/store"
	"coffre/ui/alerts"
	"coffre/ui/certs"
	"coffre/ui/health"
	"coffre/ui/health/machine"
	"coffre/ui/logs"
	"coffre/ui/sbom"
	"coffre/ui/update"
)

// Deps are the parts that HTTP reaches.
type Deps struct {
	Root   *store.Root
	Auth   *auth.Service
	Asker  *llm.Asker
	Ingest *connectors.Worker
	// Trials puts the firms' own test questions.
	Trials  *trial.Runner
	Runtime *llm.Runtime
	// Forward sends the journal to the firm's syslog receiver; nil: not.
	Forward *connectors.Forwarder
	// Egress is the box's gate; nil: settings open nothing that could be shown.
	Egress *connectors.Egress
	// Witness brings checkpoints to witnesses that are boxes; nil: not.
	Witness *connectors.WitnessPush
	// Pictures draws the pages of PDFs; nil shows their text only.
	Pictures *picture.Store
	Log      *slog.Logger
	// Logs is the log in the data directory; nil: standard error alone.
	Logs    *logs.Logs
	Version string
	CAFile  string // the box's own certificate authority, PEM; "" if the firm's certificate serves
	// Certs holds the certificate that is served; nil: no page about it.
	Certs func() (*certs.Manager, error)
	Demo  bool
	// Public makes the demonstration one for visitors; nil: not.
	Public *Public
	// MaxUpload is the largest file that is taken, bytes.
	MaxUpload int64
	// Examples are questions to try, for a person's login; nil for none.
	Examples func(lang, login string) []string
	// OpenWays lets the egress gate follow changed settings.
	OpenWays func() error
	// Updates are those of the program; nil: New makes them, without release keys.
	Updates *update.Box
	// Restart ends the box so that an update is performed; nil: whoever opened the
	// data does that.
	Restart func()
	// Inbox watches the firms' folders; nil: New makes one.
	Inbox *inbox.Keeper
	// Health looks at the box; nil: New makes one.
	Health *health.Monitor
	// Mail opens sessions with firms' relays; nil: New makes it from Egress, and
	// without that no alert goes by mail.
	Mail *connectors.Mailer
	// Alerts tells people by mail how the box stands; nil: New makes one from Mail.
	Alerts *alerts.Teller
	// Disk tells what lies below a directory; nil: machine.Encryption.
	Disk func(dir string) machine.Disk
}

// Server answers HTTP.
type Server struct {
	Deps
	answers   running
	verdicts  verdicts
	exports   exports
	refused   refusals
	tries     tries
	first     firstRestore
	back      bringing
	turns     turns
	visits    *visits
	looks     looks
	kits      kits
	strict    strictly
	reasons   reasons
	issues    issuing
	pushes    pushes
	asking    atomic.Int64 // requests that people's questions and searches are in
	answering atomic.Int64 // requests that people wait for: but for exports and backups
	started   time.Time
	routes    []route
	meters    *meters
	figures   figureCache
	checking  sync.Mutex // held by the check of rights that runs
}

// New makes a Server and its routes.
func New(d Deps) *Server {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.OpenWays == nil {
		d.OpenWays = func() error { return nil }
	}
	if d.Root != nil {
		d.Root.OnWays(d.OpenWays)
	}
	if d.Disk == nil {
		d.Disk = machine.Encryption
	}
	if d.MaxUpload <= 0 {
		d.MaxUpload = 200e6
	}
	if d.Updates == nil && d.Root != nil {
		d.Updates = update.Open(d.Root.Dir, d.Version, "")
	}
	if d.Inbox == nil && d.Root != nil {
		d.Inbox = newInbox(d)
	}
	if d.Health == nil && d.Root != nil {
		deps := health.Deps{Root: d.Root, Inbox: d.Inbox, Auth: d.Auth, Runtime: d.Runtime, Witness: d.Witness, Version: d.Version, Built: sbom.Built(), Log: d.Log, Disk: d.Disk}
		if d.Auth != nil {
			deps.Now = d.Auth.Now
		}
		d.Health = health.New(deps)
	}
	if d.Mail == nil && d.Egress != nil {
		d.Mail = connectors.NewMailer(d.Egress.Dial)
	}
	if d.Alerts == nil && d.Root != nil && d.Mail != nil {
		deps := alerts.Deps{Root: d.Root, Health: d.Health, Mail: d.Mail, Log: d.Log}
		if d.Auth != nil {
			deps.Now = d.Auth.Now
		}
		d.Alerts = alerts.New(deps)
	}
	s := &Server{Deps: d, started: time.Now()}
	if d.Public != nil {
		s.visits = newVisits(d.Public)
	}
	if d.Trials != nil {
		d.Trials.YieldTo(func() bool { return s.asking.Load() > 0 })
	}
	if d.Root != nil {
		d.Root.YieldTo(func() bool { return s.answering.Load() > 0 })
	}
	s.routes = s.table()
	s.meters = newMeters(s.routes)
	return s
}

// Close ends what still runs for people. No request may come any more.
func (s *Server) Close() {
	s.exports.close()
	s.tries.close()
	s.first.close(s.Root)
	s.back.close()
	s.refused.close(s)
}

// Handler serves browsers and integrators over HTTPS.
func (s *Server) Handler() http.Handler {
	guard := http.NewCrossOriginProtection()
	for _, pattern := range foreignForms {
		guard.AddInsecureBypassPattern(pattern)
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, store.Fail(store.Denied, "csrf"))
	}))
	return s.outer(guard.Handler(s.mux(nil)), false)
}

// LocalHandler serves the local socket and in-process commands: operator names
// the caller of a request.
func (s *Server) LocalHandler(operator func(*http.Request) string) http.Handler {
	return s.outer(s.mux(operator), true)
}

func (s *Server) mux(operator func(*http.Request) string) *http.ServeMux {
	m := http.NewServeMux()
	for i, rt := range s.routes {
		m.HandleFunc(rt.method+" "+rt.path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, rt, s.meters.routes[i], operator) })
	}
	if operator != nil {
		s.addProfiles(m, operator)
		s.addTenants(m, operator)
	}
	m.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, r, route{path: noRoute, open: true, do: notFound}, s.meters.none(), operator)
	})
	return m
}

func notFound(*request) error { return store.Fail(store.NotFound, "not-found") }

// running holds the answers that are being streamed, so that Stop can end them.
type running struct {
	mu  sync.Mutex
	all map[string]runningAnswer
}

type runningAnswer struct {
	owner  string
	cancel context.CancelFunc
}

func (r *running) add(id, owner string, cancel context.CancelFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string]runningAnswer{}
	}
	r.all[id] = runningAnswer{owner, cancel}
}

func (r *running) remove(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, id)
}

// stop ends an answer of its owner; others' answers don't exist for them.
func (r *running) stop(id, owner string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.all[id]
	if ok = ok && a.owner == owner; ok {
		a.cancel()
	}
	return ok
}
