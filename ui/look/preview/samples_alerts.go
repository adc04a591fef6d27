package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) alertPages() []Sample {
	off := page.Alerts{
		Frame: s.frame(look.Settings, "/settings/alerts"), Values: map[string]string{"alerts.security": "starttls", "alerts.port": "587", "alerts.hour": "8"},
		Secrets: []look.Choice{{Label: s.l.T("mail.secret-none"), Selected: true}},
	}
	fine := off
	fine.Values = map[string]string{
		"alerts.host": "smtp.berthier.example", "alerts.security": "starttls", "alerts.port": "587", "alerts.account": "coffre@berthier.example",
		"alerts.from": "coffre@berthier.example", "alerts.urgent": "informatique@berthier.example\ndirection@berthier.example",
		"alerts.digest": "informatique@berthier.example", "alerts.hour": "8",
	}
	fine.Secrets = []look.Choice{{Label: s.l.T("mail.secret-none")}, {Value: "sec-m", Label: s.say("Relais", "Relay") + " (smtp://smtp.berthier.example)", Selected: true}}
	fine.On, fine.Sent = true, now.Add(-3*time.Hour)
	down := fine
	down.Waiting, down.Lost, down.Next = 4, 1, now.Add(20*time.Minute)
	down.Fault = &page.MailFault{Sentence: s.l.Or("error", "mail-auth", "host", "smtp.berthier.example"), Reply: "535 5.7.8 Authentication credentials invalid", Since: now.Add(-5 * time.Hour)}
	down.Refused = []page.MailFault{{To: "direction@berthier.example", Sentence: s.l.Or("error", "mail-recipient", "host", "smtp.berthier.example"), Reply: "550 5.1.1 User unknown", Since: now.Add(-30 * time.Hour)}}
	down.Faults = look.Faults{"alerts.security": {Code: "mail-auth-clear"}, "alerts.urgent": {Code: "invalid-setting"}}
	tested := []page.MailTest{
		{To: "informatique@berthier.example", OK: true, Sentence: s.l.T("mail.taken"), Reply: "250 2.0.0 Ok: queued as 4F2A1"},
		{To: down.Refused[0].To, Sentence: down.Refused[0].Sentence, Reply: down.Refused[0].Reply},
	}
	return []Sample{
		{"alerts-off", page.AlertsPage(off)},
		{"alerts", page.AlertsPage(fine)},
		{"alerts-down", page.AlertsPage(down)},
		{"alerts-tested", page.MailTested(s.l, tested, nil)},
		{"alerts-untested", page.MailTested(s.l, nil, &look.Fault{Code: "mail-none"})},
	}
}
