package health

import (
	"context"
	"time"

	"coffre/connectors"
	"coffre/store"
)

// mailSlow is for how long a relay may be away before that is a problem.
const mailSlow = time.Hour

// readMail tells whether alerts can be delivered.
func readMail(_ context.Context, s *subject) (string, Figures) {
	var p connectors.MailPlan
	var st store.MailState
	var waiting []store.Mail
	err := s.view(func(v *store.View) (err error) {
		p = connectors.MailPlanOf(v)
		if st, err = v.MailState(); err == nil {
			waiting, err = v.MailQueue()
		}
		return err
	})
	f := Figures{"n": len(waiting), "lost": st.Lost}
	switch {
	case err != nil:
		return "unread", nil
	case p.Host == "":
		return "off", nil
	case !p.On():
		return "nobody", nil
	case st.Fault != nil && s.now.Sub(st.Fault.Since) > mailSlow:
		f["since"] = st.Fault.Since
		return "failing", f
	case st.Fault != nil:
		f["since"] = st.Fault.Since
		return "waiting", f
	case len(st.Refused) > 0:
		f["n"] = len(st.Refused)
		return "refused", f
	case st.Sent.IsZero():
		return "untried", f
	}
	f["at"] = st.Sent
	return "ok", f
}
