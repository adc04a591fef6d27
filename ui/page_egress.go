package ui

import (
	"net/http"
	"strconv"
	"strings"

	"coffre/auth"
	"coffre/connectors"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (q *request) egressPage(faults look.Faults, status int) error {
	s, err := q.egressState()
	if err != nil {
		return err
	}
	v := page.Egress{Frame: q.frame(look.Settings), Faults: faults, On: s.gap.On, LAN: strings.Join(s.gap.LAN, "\n")}
	if q.r.PostForm.Has("lan") && faults != nil {
		v.LAN = q.r.PostFormValue("lan")
	}
	err = q.view(func(view *store.View) error {
		v.Gap = q.deed(view, s.gap.Deed)
		for _, w := range s.ways {
			one := page.Way{
				Host: w.Host, Port: w.Port, State: stateOf(w.Way), Clear: w.Clear, Opened: q.deed(view, w.Opened),
				In: w.In, Out: w.Out, Since: local(w.Since), Live: w.Live, Last: local(w.Last), Address: w.Address,
			}
			if w.Shut != nil {
				d := q.deed(view, *w.Shut)
				one.Shut = &d
			}
			for _, why := range w.Whys {
				kind, name, _ := strings.Cut(why, ":")
				one.For = append(one.For, page.WayReason{Kind: kind, Name: name, Href: wayHref[kind]})
			}
			v.Ways = append(v.Ways, one)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range s.refused {
		v.Refused = append(v.Refused, page.Refused{Host: r.Host, Port: r.Port, Reason: r.Reason, Count: r.Count, Last: r.Last.Local()})
	}
	v.NameServers = len(s.names)
	return q.render(status, page.EgressPage(v))
}

// wayHref is where the setting of a way is changed.
var wayHref = map[string]string{
	"llm.url": "/settings/models", "embed.url": "/settings/models", llm.SettingRerankURL: "/settings/models", connectors.WhyForward: "/settings/forward", connectors.SettingMailHost: "/settings/alerts",
	auth.SettingDirectoryURL:                        "/settings/directory",
	strings.TrimSuffix(connectors.WhyWitness, ":"):  "/journal/witnesses",
	strings.TrimSuffix(connectors.WhyProvider, ":"): "/settings/signin",
}

// deed is who did something, by name where that is known here.
func (q *request) deed(v *store.View, d store.Deed) page.Deed {
	out := page.Deed{Kind: d.By.Kind, At: local(d.At), Seq: d.Seq}
	if u, err := v.User(d.By.ID); err == nil && d.By.Kind == "user" {
		out.Name = u.Name
	}
	return out
}

func (q *request) shutForm(shut bool) error {
	if err := q.form(); err != nil {
		return err
	}
	host := q.r.PostFormValue("host")
	port, err := strconv.Atoi(q.r.PostFormValue("port"))
	if err != nil {
		return store.Fail(store.Invalid, "bad-parameter", "name", "port")
	}
	err = q.shutWay(host, port, shut)
	if e := store.AsError(err); err != nil && e.Code == "egress-same" {
		return q.see("/settings/egress") // two people pressed
	}
	notice := "notice.egress-opened"
	if shut {
		notice = "notice.egress-shut"
	}
	return q.done(err, "/settings/egress", notice, "host", host)
}

func (q *request) airGapForm() error {
	if err := q.form(); err != nil {
		return err
	}
	on := q.r.PostFormValue("on")
	if on != "1" && on != "0" {
		return store.Fail(store.Invalid, "bad-parameter", "name", "on")
	}
	err := q.putAirGap(on == "1", networks(q.r.PostFormValue("lan")))
	if e := store.AsError(err); err != nil && e.Kind == store.Invalid {
		return q.egressPage(look.Faults{"lan": {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	notice := "notice.gap-lifted"
	if on == "1" {
		notice = "notice.gap-on"
	}
	return q.done(err, "/settings/egress", notice)
}
