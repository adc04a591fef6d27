package ui

import (
	"net/http"

	"coffre/auth"
	"coffre/store"
)

// route is one line of the table. may is the action that the caller needs;
// open routes need nobody, box routes no tenant, step routes a session whose
// sign-in may still lack steps.
type route struct {
	method, path string
	may          auth.Action
	open         bool
	box          bool
	step         bool
	whole        bool   // the operator needs no firm for it: it is about the whole box
	near         bool   // answers a machine without a credential too, from where the firm's settings say
	export       string // what leaves the box: in hardened mode only with a reason
	bulky        bool   // takes much room on the disk: refused while there is little
	from         string // the page that its form is on
	do           func(*request) error
}

// table is every route there is, in groups by file.
func (s *Server) table() []route {
	var all []route
	for _, group := range [][]route{
		s.healthRoutes(),
		s.metricsRoutes(),
		s.assetRoutes(),
		s.setupRoutes(),
		s.signinRoutes(),
		s.stepRoutes(),
		s.passkeyRoutes(),
		s.factorRoutes(),
		s.resetRoutes(),
		s.signinThroughRoutes(),
		s.providerRoutes(),
		s.restProviderRoutes(),
		s.accountsRoutes(),
		s.restDocumentRoutes(),
		s.pageImageRoutes(),
		s.restCollectionRoutes(),
		s.restSearchRoutes(),
		s.restAskRoutes(),
		s.restWitnessRoutes(),
		s.restWatchRoutes(),
		s.restAuditRoutes(),
		s.forwardRoutes(),
		s.alertRoutes(),
		s.inboxRoutes(),
		s.egressRoutes(),
		s.restRetentionRoutes(),
		s.restPeopleRoutes(),
		s.restKeyRoutes(),
		s.restBoxRoutes(),
		s.restMasterRoutes(),
		s.restBackupRoutes(),
		s.restTrialRoutes(),
		s.qualityRoutes(),
		s.restSecretRoutes(),
		s.secretRoutes(),
		s.directoryRoutes(),
		s.askRoutes(),
		s.documentRoutes(),
		s.searchRoutes(),
		s.accessRoutes(),
		s.accountRoutes(),
		s.identityRoutes(),
		s.administrationRoutes(),
		s.restElevationRoutes(),
		s.journalRoutes(),
		s.retentionRoutes(),
		s.exportRoutes(),
		s.witnessRoutes(),
		s.watchRoutes(),
		s.signingRoutes(),
		s.archiveRoutes(),
		s.tamperRoutes(),
		s.visitRoutes(),
		s.settingsRoutes(),
		s.backupsRoutes(),
		s.copiesRoutes(),
		s.restCopiesRoutes(),
		s.restPartRoutes(),
		s.backRoutes(),
		s.takeoutRoutes(),
		s.masterRoutes(),
		s.hardenedRoutes(),
		s.reasonRoutes(),
		s.tlsRoutes(),
		s.acmeRoutes(),
		s.restTLSRoutes(),
		s.updateRoutes(),
		s.restUpdateRoutes(),
		s.paletteRoutes(),
		s.designRoutes(),
		s.sightRoutes(),
		s.healthPageRoutes(),
		s.bundleRoutes(),
	} {
		all = append(all, group...)
	}
	return ruled(all)
}

// ruled panics at start-up where a route has no rule: a route that nobody thought
// about must not exist, and a server that begins anyway would hide that.
func ruled(all []route) []route {
	for _, rt := range all {
		switch {
		case rt.open && rt.may != "":
			panic("route " + rt.method + " " + rt.path + " is open and asks for " + string(rt.may))
		case !rt.open && !rt.step && !auth.Known(rt.may):
			panic("route " + rt.method + " " + rt.path + " has no rule")
		}
	}
	return all
}

// serve finds tenant and principal, checks the action, runs the handler and
// renders its error.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, rt route, meter *routeMeter, operator func(*http.Request) string) {
	q := &request{s: s, w: w, r: r, id: requestID(r), route: rt}
	q.lang = q.language()
	x := exchangeOf(r)
	x.route, x.meter = rt.path, meter
	defer func() { x.caller = q.callerOf() }()
	visiting := s.Public != nil && operator == nil
	if visiting {
		leave, err := q.admit()
		if err != nil {
			q.turnAway(err)
			return
		}
		defer leave()
	}
	if rt.whole && operator != nil {
		q.p = store.Operator(operator(r))
		q.finish(rt.do(q))
		return
	}
	if rt.box {
		q.finish(rt.do(q))
		return
	}
	release, err := q.findTenant(operator != nil)
	if err != nil {
		q.finish(err)
		return
	}
	defer release()
	x.firm = q.t.ID
	if err := q.oldTLS(); err != nil {
		q.finish(err)
		return
	}
	if err := q.findPrincipal(operator); err != nil && !rt.open && !q.isNear() {
		q.finish(err)
		return
	}
	q.p.Guest = visiting
	if err := q.permit(); err != nil {
		q.finish(err)
		return
	}
	if rt.bulky {
		if err := s.Root.RoomFor(q.t); err != nil {
			q.finish(err)
			return
		}
	}
	if err := q.exportReason(); err != nil {
		q.finish(err)
		return
	}
	defer q.live()()
	if rt.may == auth.Ask || rt.may == auth.Search {
		s.asking.Add(1)
		defer s.asking.Add(-1)
	}
	if rt.export == "" && rt.may != auth.BackupsAdmin { // neither waits for itself
		s.answering.Add(1)
		defer s.answering.Add(-1)
	}
	q.finish(rt.do(q))
}

// permit says whether the route is the caller's: steps of the sign-in come first,
// then the policy, then a recent proof of presence for what is dangerous.
func (q *request) permit() error {
	rt := q.route
	switch {
	case rt.open || q.isNear() || rt.step && (len(q.p.Needs) > 0 || rt.may == ""):
		return nil
	case len(q.p.Needs) > 0:
		return store.Fail(store.Denied, "step-needed", "step", q.p.Needs[0])
	case auth.Unscoped(q.p, rt.may):
		return auth.Require(q.p, rt.may)
	case !auth.Allowed(q.p, rt.may):
		return store.Fail(store.NotFound, "not-found").Because(&store.Refusal{Of: store.RefusedRole})
	case rt.method != http.MethodGet && auth.Dangerous(rt.may) && !q.s.Auth.Present(q.t, q.p):
		return store.Fail(store.Denied, "reauth")
	}
	return nil
}
