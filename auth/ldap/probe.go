package ldap

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
)

// Check is one line of a test: a step, and what came of it. Codes are "good", or
// those of Fault; Warn marks what works and should not stay so.
type Check struct {
	Step   Step
	Server string // "" from the bind on
	OK     bool
	Warn   bool
	Code   string
	Params map[string]string
	Err    error // of the vault, where Code is "secret"
}

// Trial is what a test is to try besides.
type Trial struct {
	Groups   []string // names that the settings hold
	User     string   // somebody's name; "" for none
	Password string   // "" looks only
}

// probeFor bounds a whole test.
const probeFor = 40 * time.Second

// Probe tries everything, step by step, each server on its own, and says in codes
// what is wrong. It stops where the next step can't work.
func (c *Config) Probe(ctx context.Context, t Trial) []Check {
	ctx, cancel := context.WithTimeout(ctx, probeFor)
	defer cancel()
	var out []Check
	var conn *Conn
	for _, s := range c.Servers {
		one, checks := c.probeServer(ctx, s)
		out = append(out, checks...)
		if conn == nil {
			conn = one
		} else if one != nil {
			one.Close()
		}
	}
	if conn == nil {
		if len(c.Servers) == 0 {
			out = append(out, bad(fault(StepName, "no-server", nil)))
		}
		return out
	}
	defer conn.Close()
	for _, step := range []func(Trial) Check{conn.probeBind(ctx), conn.probeBase, conn.probeFilter, conn.probeGroups, conn.probeUser} {
		k := step(t)
		if k.Step == "" {
			continue
		}
		out = append(out, k)
		if !k.OK {
			break
		}
	}
	return out
}

func bad(f *Fault) Check { return Check{Step: f.Step, Code: f.Code, Params: f.Params, Err: f.Err} }

func good(step Step, code string, params ...string) Check {
	k := Check{Step: step, OK: true, Code: code}
	if len(params) > 0 {
		k.Params = fault(step, code, nil, params...).Params
	}
	return k
}

// soonDays is how long before its end a certificate is warned of.
const soonDays = 30

func (c *Config) probeServer(ctx context.Context, s Server) (conn *Conn, out []Check) {
	conn, err := c.open(ctx, s)
	steps := []Step{StepName, StepTCP, StepTLS}
	var f *Fault
	if err != nil {
		f = AsFault(err, StepTCP)
	}
	for _, step := range steps {
		k := good(step, "good", "host", s.Host, "port", strconv.Itoa(s.Port))
		switch {
		case f != nil && f.Step == step:
			k = bad(f)
		case step == StepTLS && f == nil:
			k = conn.probeTLS()
		}
		k.Server = s.String()
		out = append(out, k)
		if !k.OK {
			break
		}
	}
	if err != nil {
		return nil, out
	}
	return conn, out
}

func (conn *Conn) probeTLS() Check {
	if conn.cert == nil {
		k := good(StepTLS, "in-clear")
		k.Warn = true
		return k
	}
	c := conn.cert
	k := good(StepTLS, "good", "fingerprint", Fingerprint(c), "until", c.NotAfter.UTC().Format("2006-01-02"), "issuer", c.Issuer.CommonName, "names", certNames(c))
	if c.NotAfter.Sub(conn.cfg.now()) < soonDays*24*time.Hour {
		k.Code, k.Warn = "ends-soon", true
	}
	return k
}

func (conn *Conn) probeBind(ctx context.Context) func(Trial) Check {
	return func(Trial) Check {
		if err := conn.bindService(ctx); err != nil {
			return bad(AsFault(err, StepBind))
		}
		if conn.cfg.BindDN == "" {
			k := good(StepBind, "anonymous")
			k.Warn = true
			return k
		}
		return good(StepBind, "good")
	}
}

func (conn *Conn) probeBase(Trial) Check {
	if err := conn.detect(); err != nil {
		return bad(AsFault(err, StepBase))
	}
	offers := strings.Join(conn.Contexts(), " · ")
	if conn.cfg.BaseDN == "" {
		return bad(fault(StepBase, "no-base", nil, "offers", offers))
	}
	found, err := conn.few(StepBase, conn.cfg.BaseDN, goldap.ScopeBaseObject, 1, "(objectClass=*)", "1.1")
	if err != nil || len(found) == 0 {
		f := AsFault(err, StepBase)
		if err == nil {
			f = fault(StepBase, "no-such-base", nil)
		}
		f.Params = map[string]string{"offers": offers}
		return bad(f)
	}
	return good(StepBase, "good", "kind", map[Kind]string{AD: "Active Directory", Other: "OpenLDAP"}[conn.kind])
}

func (conn *Conn) probeFilter(Trial) Check {
	s, err := conn.snapshot()
	if err != nil {
		return bad(AsFault(err, StepFilter))
	}
	ended := 0
	for _, p := range s.People {
		if p.State.Ended() {
			ended++
		}
	}
	params := []string{"people", strconv.Itoa(len(s.People)), "ended", strconv.Itoa(ended), "groups", strconv.Itoa(len(s.Groups)), "referrals", strconv.Itoa(s.Referrals)}
	if s.Odd > 0 {
		params = append(params, "odd", strconv.Itoa(s.Odd))
	}
	if len(s.People) == 0 {
		return bad(fault(StepFilter, "nobody", nil, params...))
	}
	k := good(StepFilter, "good", params...)
	if s.Referrals > 0 {
		k.Code, k.Warn = "referrals", true
	}
	return k
}

func (conn *Conn) probeGroups(t Trial) Check {
	groups, err := conn.searchGroups("(objectClass=*)")
	if err != nil {
		return bad(AsFault(err, StepGroups))
	}
	_, missing, ambiguous := Match(groups, t.Groups)
	count := strconv.Itoa(len(groups))
	switch {
	case len(groups) == 0:
		return bad(fault(StepGroups, "none", nil))
	case len(missing) > 0:
		return bad(fault(StepGroups, "missing", nil, "names", strings.Join(missing, ", "), "groups", count))
	case len(ambiguous) > 0:
		return bad(fault(StepGroups, "ambiguous", nil, "names", strings.Join(ambiguous, ", "), "groups", count))
	case len(t.Groups) == 0:
		k := good(StepGroups, "unset", "groups", count)
		k.Warn = true
		return k
	}
	return good(StepGroups, "good", "groups", count)
}

func (conn *Conn) probeUser(t Trial) Check {
	if t.User == "" {
		return Check{}
	}
	l, ok := ParseLogin(t.User)
	if !ok {
		return bad(fault(StepSignIn, string(Unknown), nil))
	}
	if t.Password != "" {
		o, err := conn.signIn(l, t.Password, nil)
		switch {
		case err != nil:
			return bad(AsFault(err, StepSignIn))
		case o.Reason != "":
			return bad(fault(StepSignIn, string(o.Reason), nil, told("sub", o.Code)...))
		}
		return conn.described(o.Person, "good")
	}
	p, err := conn.find(l)
	if err != nil {
		return bad(AsFault(err, StepSignIn))
	}
	groups, err := conn.groupsOf(p)
	if err != nil {
		return bad(AsFault(err, StepSignIn))
	}
	for _, g := range groups {
		p.Groups = append(p.Groups, g.Name)
	}
	return conn.described(p, "found")
}

// described says who was found, and where.
func (conn *Conn) described(p Person, code string) Check {
	slices.Sort(p.Groups)
	return good(StepSignIn, code, "login", p.Login, "dn", p.DN, "state", string(p.State), "groups", strconv.Itoa(len(p.Groups)))
}

// told is a parameter, or none where it is empty.
func told(name, value string) []string {
	if value == "" {
		return nil
	}
	return []string{name, value}
}
