package ui

import (
	"net/http"

	"coffre/auth"
)

func (q *request) startSAML() error {
	if moved, err := q.elsewhere(); moved || err != nil {
		return err
	}
	to, cookie, err := q.s.Auth.StartSAML(q.r.Context(), q.t, q.r.PathValue("id"), ownPath(q.r.FormValue("next")), q.arriving())
	if err != nil {
		return q.throughFailed(err)
	}
	http.SetCookie(q.w, q.s.Auth.FlowCookie(cookie, true))
	http.Redirect(q.w, q.r, to, http.StatusSeeOther)
	return nil
}

// finishSAML takes the form that the provider's page posts.
func (q *request) finishSAML() error {
	if err := q.form(); err != nil {
		return err
	}
	o, err := q.s.Auth.FinishSAML(q.r.Context(), q.t, q.r.PathValue("id"), auth.FlowOf(q.r), q.r.PostForm.Get("SAMLResponse"), q.arriving())
	return q.opened(o, err)
}

// metadataSAML is what a provider reads of this box.
func (q *request) metadataSAML() error {
	b, err := q.s.Auth.OwnSAMLMetadata(q.t, q.r.PathValue("id"))
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "application/samlmetadata+xml")
	q.w.WriteHeader(http.StatusOK)
	_, err = q.w.Write(b)
	return err
}
