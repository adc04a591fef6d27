package connectors

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"

	"coffre/auth"
	"coffre/connectors/gate"
	"coffre/connectors/relay"
	"coffre/llm"
	"coffre/store"
)

// NamedWays returns the ways out that a tenant's settings name: to the model
// runtime, to the embedder's and the re-ranker's where they have one of their own, to the directory's
// servers, to the authority that the certificate is asked of, to the syslog receiver, to the mail relay, to the witnesses that are boxes and to identity providers. Error: gate.ErrWay for an address that
// can't be one.
func NamedWays(v *store.View) (named []store.NamedWay, err error) {
	var bad error
	add := func(rawURL, why string, clear bool) {
		w, err := gate.WayTo(rawURL, "")
		if err != nil {
			bad = err
			return
		}
		named = append(named, store.NamedWay{
			Host: w.Host, Port: w.Port, Why: why, Clear: clear && !w.Here(),
			Inside: func(lan []netip.Prefix) bool { return w.Inside(lan) },
		})
	}
	isClear := func(u string) bool { return !strings.HasPrefix(strings.ToLower(u), "https://") }
	if u := v.Setting(llm.SettingURL, ""); u != "" {
		add(u, llm.SettingURL, isClear(u))
	}
	for _, u := range llm.EmbedderAddresses(v) {
		add(u, llm.SettingEmbedURL, isClear(u))
	}
	if u := v.Setting(llm.SettingRerankURL, ""); u != "" {
		add(u, llm.SettingRerankURL, isClear(u))
	}
	for _, u := range strings.Fields(v.Setting(auth.SettingDirectoryURL, "")) {
		add(u, auth.SettingDirectoryURL, auth.DirectoryClear(v) && !strings.HasPrefix(strings.ToLower(u), "ldaps://"))
	}
	if u := v.Setting(store.SettingACME, ""); u != "" {
		add(u, store.SettingACME, isClear(u))
	}
	to, err := v.ForwardTarget()
	if err != nil {
		return nil, err
	}
	if to.Host != "" {
		add(forwardURL(to), WhyForward, to.Clear)
	}
	if p := MailPlanOf(v); p.Host != "" {
		add(p.URL(), SettingMailHost, p.Security == relay.Clear)
	}
	all, err := v.Witnesses()
	if err != nil {
		return nil, err
	}
	for _, w := range all {
		if w.Address != "" {
			add(w.Address, WhyWitness+w.Name, isClear(w.Address))
		}
	}
	through, err := v.Providers()
	if err != nil {
		return nil, err
	}
	for _, p := range through {
		for _, u := range p.Addresses() {
			add(u, WhyProvider+p.Name, isClear(u))
		}
	}
	return named, bad
}

// What a way is for besides settings that have a name of their own.
const (
	WhyForward = "forward"
	WhyWitness = "witness:" // and its name
	// WhyProvider is an identity provider: its description, tokens and keys.
	WhyProvider = store.ProviderUser // and its name
)

// shortWhy is what the gate's log calls it.
func shortWhy(why string) string {
	switch kind, _, _ := strings.Cut(why, ":"); kind {
	case llm.SettingURL, llm.SettingEmbedURL, llm.SettingRerankURL:
		return "llm"
	case auth.SettingDirectoryURL:
		return "directory"
	case store.SettingACME:
		return "acme"
	case WhyForward:
		return "siem"
	case SettingMailHost:
		return "mail"
	default:
		return kind
	}
}

// Ways returns the ways that the gate is to open for a tenant: those that its
// settings name, less those that somebody shut or that the air gap bars.
func Ways(v *store.View) (ways []gate.Way, err error) {
	all, err := v.Ways()
	for _, w := range all {
		if w.Open() {
			ways = append(ways, gate.Way{Owner: v.Tenant(), Host: w.Host, Port: w.Port, Why: shortWhy(w.Whys[0])})
		}
	}
	return ways, err
}

// BoxWays returns every way out that the settings of the box's firms open. A firm
// that can't be opened, or whose settings name what can be no way, has none and is
// logged, unless it can't be opened and is the only one: then nothing would be
// left to serve.
func BoxWays(root *store.Root, log *slog.Logger) (ways []gate.Way, err error) {
	all, err := root.Tenants()
	if err != nil {
		return nil, err
	}
	for _, rec := range all {
		t, release, err := root.Acquire(rec.ID)
		if err != nil && len(all) == 1 {
			return nil, err
		}
		if err == nil && t.Suspended() {
			release()
			continue // nothing leaves for a firm that is shut
		}
		if err != nil {
			log.Error("tenant can't be opened", "tenant", rec.ID, "err", err)
			continue
		}
		var own []gate.Way
		err = t.View(func(v *store.View) (err error) { own, err = Ways(v); return err })
		release()
		if err != nil {
			log.Error("ways can't be opened", "tenant", rec.ID, "err", fmt.Errorf("read ways: %w", err))
			continue
		}
		ways = append(ways, own...)
	}
	return ways, nil
}
