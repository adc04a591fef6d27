package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) secretPages() []Sample {
	at := func(id, name, state string, age int) page.Secret {
		return page.Secret{
			ID: id, Name: name, Purpose: "runtime", Address: "https://ia.berthier.lan:8000", State: state,
			Changed: now.AddDate(0, 0, -age), Due: now.AddDate(0, 0, 90-age), Used: now.Add(-3 * time.Hour), UsedBy: "llm",
		}
	}
	used := at("sec-a", s.say("Passerelle IA", "AI gateway"), "good", 12)
	used.Users, used.Running = []string{"llm.key_secret", "embed.key_secret"}, 1
	soon, due := at("sec-b", s.say("Serveur du sens", "Server for meaning"), "soon", 83), at("sec-c", "LiteLLM", "due", 200)
	soon.Expires, due.Used, due.UsedBy = now.AddDate(0, 0, 7), time.Time{}, ""
	gone := at("sec-d", s.say("Ancienne clé", "Former key"), "revoked", 300)
	gone.Ended = now.AddDate(0, 0, -20)
	siem := at("sec-e", s.say("Certificat du SIEM", "SIEM certificate"), "good", 40)
	siem.Purpose, siem.Pair, siem.Address, siem.UsedBy = "siem", true, "syslog://siem.berthier.lan", "siem"
	siem.Users, siem.Expires = []string{"audit.forward"}, now.AddDate(0, 10, 0)
	frame := s.frame(look.Settings, "/settings/secrets")
	all := page.Secrets{Frame: frame, Days: 90, Items: []page.Secret{used, siem, soon, due, gone}}
	for _, p := range []string{"runtime", "directory", "oidc"} {
		all.Lines = append(all.Lines, look.Choice{Value: p, Label: s.l.Or("secret-purpose", p)})
	}
	for _, p := range []string{"siem", "saml"} {
		all.Pairs = append(all.Pairs, look.Choice{Value: p, Label: s.l.Or("secret-purpose", p)})
	}
	refused := all
	refused.Of, refused.Typed = "sec-a", page.SecretTyped{Address: "https://ia.berthier.lan:8000"}
	refused.Faults = look.Faults{"value": {Code: "secret-same"}}
	revoke := all
	revoke.Of, revoke.Faults = "sec-a", look.Faults{"seen": {Code: "secret-in-use", Params: map[string]string{"secret": used.Name}}}
	pair := all
	pair.Of, pair.Typed = page.NewPair, page.SecretTyped{Name: "SIEM", Purpose: "siem", Address: "syslog://siem.berthier.lan"}
	pair.Faults = look.Faults{"value": {Code: "secret-pair-locked"}}
	empty := page.Secrets{Frame: frame, Days: 90, Lines: all.Lines, Pairs: all.Pairs, Locked: &look.Fault{Code: "master-locked"}}
	return []Sample{
		{"secrets", page.SecretsPage(all)}, {"secrets-same", page.SecretsPage(refused)},
		{"secrets-pair", page.SecretsPage(pair)}, {"secrets-revoke", page.SecretsPage(revoke)}, {"secrets-locked", page.SecretsPage(empty)},
	}
}
