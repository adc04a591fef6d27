package ldap

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
)

// Reason is why somebody may not sign in, "" where they may.
type Reason string

// The reasons.
const (
	Wrong           Reason = "wrong-password"
	Empty           Reason = "empty-password"
	Unknown         Reason = "unknown-user"
	Ambiguous       Reason = "ambiguous"
	NoDisabled      Reason = "disabled"
	NoExpired       Reason = "expired"
	NoLocked        Reason = "locked"
	NoMustChange    Reason = "must-change"
	PasswordExpired Reason = "password-expired"
	Hours           Reason = "logon-hours"
	Workstation     Reason = "workstation"
	Restricted      Reason = "restricted"
)

// reasons by Active Directory's sub-code of result 49 (MS-ERREF, section 2.2).
var reasons = map[string]Reason{
	"525": Unknown, "52e": Wrong, "52f": Restricted, "530": Hours, "531": Workstation, "532": PasswordExpired,
	"533": NoDisabled, "701": NoExpired, "773": NoMustChange, "775": NoLocked,
}

// confirmed are those that a directory only tells who knows the password: others
// get 52e. Locked isn't one, since a locked account's password isn't looked at.
var confirmed = map[Reason]bool{NoDisabled: true, NoExpired: true, NoMustChange: true, PasswordExpired: true, Hours: true, Workstation: true, Restricted: true}

// Outcome is how a sign-in ended. Person is set where one was found.
type Outcome struct {
	Person    Person
	Reason    Reason // "" for success
	Code      string // the directory's own sub-code, such as 52e or "ppolicy-1"
	Confirmed bool   // the password was right all the same
	// Named are the groups that the settings name, by what they wrote; a name that
	// no group has, or two, is not among them.
	Named  map[string]Group
	Server Server
}

// signInFor bounds a sign-in over all servers.
const signInFor = 15 * time.Second

// SignIn looks for a typed name and binds with the password. Groups of the person
// are resolved, nested ones included, and those that named holds. An error means that the directory didn't
// decide (Unreachable), or can't as it is set up; an Outcome with a reason that it
// said no. An empty password is refused before anything is dialled.
func (c *Config) SignIn(ctx context.Context, typed, password string, named ...string) (Outcome, error) {
	l, ok := ParseLogin(typed)
	switch {
	case password == "":
		return Outcome{Reason: Empty}, nil
	case !ok:
		return Outcome{Reason: Unknown}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, signInFor)
	defer cancel()
	conn, err := c.Connect(ctx)
	if err != nil {
		return Outcome{}, err
	}
	defer conn.Close()
	return conn.signIn(l, password, named)
}

func (conn *Conn) signIn(l Login, password string, named []string) (Outcome, error) {
	out := Outcome{Server: conn.server}
	p, err := conn.find(l)
	var f *Fault
	if errors.As(err, &f) && (f.Code == string(Unknown) || f.Code == string(Ambiguous)) {
		// Takes as long as a bind that fails, so that names can't be told apart by time.
		_, _ = conn.bind("CN="+rand.Text()+","+conn.cfg.BaseDN, rand.Text())
		out.Reason = Reason(f.Code)
		return out, nil
	}
	if err != nil {
		return out, err
	}
	groups, err := conn.groupsOf(p)
	if err != nil {
		return out, err
	}
	for _, g := range groups {
		p.Groups = append(p.Groups, g.ID)
	}
	out.Person = p
	if out.Named, err = conn.named(named); err != nil {
		return out, err
	}
	policy, err := conn.bind(p.DN, password)
	out.judge(policy, err)
	if err != nil && out.Reason == "" {
		return out, answerFault(StepSignIn, err)
	}
	return out, nil
}

// policyUnset is what a policy control without an error holds.
const policyUnset = -1

// bind binds with a password. policy is the error of the password policy's answer
// (draft-behera-ldap-password-policy, section 6.2), policyUnset for none.
func (conn *Conn) bind(dn, password string) (policy int8, err error) {
	req := &goldap.SimpleBindRequest{Username: dn, Password: password}
	if conn.kind != AD {
		req.Controls = []goldap.Control{goldap.NewControlBeheraPasswordPolicy()}
	}
	r, err := conn.l.SimpleBind(req)
	if r != nil {
		if c, ok := goldap.FindControl(r.Controls, goldap.ControlTypeBeheraPasswordPolicy).(*goldap.ControlBeheraPasswordPolicy); ok && c != nil {
			return c.Error, err
		}
	}
	return policyUnset, err
}

var policyReasons = map[int8]Reason{0: PasswordExpired, 1: NoLocked, 2: NoMustChange}
var policyCodes = map[int8]string{0: "ppolicy-0", 1: "ppolicy-1", 2: "ppolicy-2"}

// judge settles what a bind's answer means. The reason stays empty for success,
// and for errors that are no answer about the password.
func (o *Outcome) judge(policy int8, err error) {
	said, told := policyReasons[policy]
	switch {
	case err == nil && told:
		o.Reason, o.Code, o.Confirmed = said, policyCodes[policy], true
	case err == nil:
		o.stateReason()
	case !goldap.IsErrorWithCode(err, goldap.LDAPResultInvalidCredentials):
		return
	case told:
		o.Reason, o.Code, o.Confirmed = said, policyCodes[policy], said == PasswordExpired
	default:
		o.Code = SubCode(diagnostic(err))
		r, known := reasons[o.Code]
		switch {
		case known:
			o.Reason = r
		case o.Person.State == Locked:
			o.Reason = NoLocked
		default:
			o.Reason = Wrong
		}
		o.Confirmed = known && confirmed[r]
	}
}

// stateReason refuses an account whose attributes shut it though the server lets
// it bind, as servers do that only keep those attributes.
func (o *Outcome) stateReason() {
	switch o.Person.State {
	case Disabled:
		o.Reason, o.Confirmed = NoDisabled, true
	case Expired:
		o.Reason, o.Confirmed = NoExpired, true
	case MustChange:
		o.Reason, o.Confirmed = NoMustChange, true
	}
}

// Look looks for a typed name as SignIn does, with the groups of the person,
// without a password. Errors: Fault; of step signin with "unknown-user" or
// "ambiguous" where nobody is meant.
func (c *Config) Look(ctx context.Context, typed string, named ...string) (Outcome, error) {
	l, ok := ParseLogin(typed)
	if !ok {
		return Outcome{}, fault(StepSignIn, string(Unknown), nil)
	}
	ctx, cancel := context.WithTimeout(ctx, signInFor)
	defer cancel()
	conn, err := c.Connect(ctx)
	if err != nil {
		return Outcome{}, err
	}
	defer conn.Close()
	out := Outcome{Server: conn.server}
	if out.Person, err = conn.find(l); err != nil {
		return out, err
	}
	groups, err := conn.groupsOf(out.Person)
	if err != nil {
		return out, err
	}
	for _, g := range groups {
		out.Person.Groups = append(out.Person.Groups, g.ID)
	}
	out.Named, err = conn.named(named)
	return out, err
}
