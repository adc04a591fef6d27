package ui

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"net/http"
	"os"

	"rsc.io/qr"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
	"coffre/ui/words"
)

func (s *Server) setupRoutes() []route {
	return []route{
		{method: "GET", path: "/setup", open: true, box: true, do: (*request).setupPage},
		{method: "POST", path: "/setup", open: true, box: true, do: (*request).setup},
		{method: "GET", path: "/setup/restore", open: true, box: true, do: (*request).restorePage},
		{method: "GET", path: "/setup/restore/state", open: true, box: true, do: (*request).restorePage},
		{method: "POST", path: "/setup/restore/file", open: true, box: true, do: (*request).restoreFile},
		{method: "POST", path: "/setup/restore/path", open: true, box: true, do: (*request).restorePath},
		{method: "POST", path: "/setup/restore/check", open: true, box: true, do: (*request).restoreCheck},
		{method: "POST", path: "/setup/restore/go", open: true, box: true, do: (*request).restoreGo},
		{method: "POST", path: "/setup/restore/drop", open: true, box: true, do: (*request).restoreDrop},
	}
}

// setupOpen checks that the box is new and that the caller holds the one-time
// link that serve printed.
func (q *request) setupOpen(token string) error {
	empty, err := auth.NeedsSetup(q.s.Root)
	if err != nil {
		return err
	}
	if !empty {
		return store.Fail(store.NotFound, "not-found")
	}
	if !q.s.Auth.CheckSetup(token) {
		return store.Fail(store.Denied, "setup-link")
	}
	return nil
}

func (q *request) setupPage() error {
	if err := q.setupOpen(q.r.FormValue("token")); err != nil {
		return err
	}
	return q.render(http.StatusOK, page.SetupPage(page.Setup{
		Frame: q.frame(look.NoArea), Token: q.r.FormValue("token"), MinPassword: auth.MinPasswordRunes,
	}))
}

func (q *request) setup() error {
	if err := q.form(); err != nil {
		return err
	}
	if err := q.setupOpen(q.r.FormValue("token")); err != nil {
		return err
	}
	in := auth.SetupRequest{
		Firm: q.r.PostFormValue("firm"), AdminName: q.r.PostFormValue("admin_name"), Login: q.r.PostFormValue("admin_user"),
		Password: q.r.PostFormValue("password"), Lang: q.setupLanguage(), Collection: q.lang.T("setup.first-collection"),
		Address: q.address(), Agent: q.r.UserAgent(), Request: q.id,
	}
	v := page.Setup{
		Frame: q.frame(look.NoArea), Token: q.r.PostFormValue("token"), Firm: in.Firm, AdminName: in.AdminName,
		AdminUser: in.Login, MinPassword: auth.MinPasswordRunes,
	}
	if in.Password != q.r.PostFormValue("password_again") {
		v.Faults = look.Faults{"password_again": {Code: "password-mismatch"}}
		return q.render(http.StatusUnprocessableEntity, page.SetupPage(v))
	}
	res, err := q.s.Auth.Setup(q.r.Context(), q.s.Root, store.System("setup"), in)
	if err != nil {
		if v.Faults = setupFaults(err); v.Faults == nil {
			return err
		}
		return q.render(http.StatusUnprocessableEntity, page.SetupPage(v))
	}
	q.s.first.close(q.s.Root)
	http.SetCookie(q.w, q.s.Auth.Cookie(res.Token))
	return q.kitPage(res)
}

// setupLanguage is the language that the form chose for the firm.
func (q *request) setupLanguage() string {
	if l, ok := words.Parse(q.r.PostFormValue("lang")); ok {
		return string(l)
	}
	return string(q.lang)
}

// setupFaults puts an error beside the field it is about; nil if it is about
// none.
func setupFaults(err error) look.Faults {
	e := store.AsError(err)
	field := map[string]string{"name-taken": "admin_user", "tenant-id": "firm", "invalid-lang": "lang"}[e.Code]
	if e.Code == "invalid-name" {
		field = map[string]string{"login": "admin_user", "name": "admin_name", "firm": "firm"}[e.Params["field"]]
	}
	if field == "" && e.Kind == store.Invalid {
		field = "password"
	}
	if field == "" {
		return nil
	}
	return look.Faults{field: {Code: e.Code, Params: e.Params}}
}

// kitPage shows the keys once; the recovery secret is on no disk.
func (q *request) kitPage(res auth.SetupResult) error {
	t, release, err := q.s.Root.Acquire(res.TenantID)
	if err != nil {
		return err
	}
	defer release()
	q.t, q.p = t, res.Session
	v := page.Kit{
		Frame: q.frame(look.NoArea), FirstKey: res.Kit.FirstKey, RecoveryKey: res.Kit.RecoverySecret, Public: res.Kit.RecoveryKey,
		Tenant: res.TenantID, Created: t.Customer.CreatedAt, Address: "https://" + q.r.Host, CA: fingerprint(q.s.authorityFile()),
		FirstCode: keyCode(res.Kit.FirstKey), PublicCode: keyCode(res.Kit.RecoveryKey),
	}
	if own := q.s.Root.TakeBoxKit(); own != nil {
		v.Box = &page.BoxKit{FirstKey: own.FirstKey, RecoveryKey: own.RecoverySecret}
	}
	v.Paper = q.firstPaper()
	return q.render(http.StatusOK, page.KitPage(v))
}

// firstPaper draws what opens the firm's backups. Where that fails, and the box
// works all the same, the reminder says so on every page.
func (q *request) firstPaper() *page.PaperKit {
	made, err := q.t.MakeBackupKit(q.r.Context(), store.System("setup"), q.id)
	if err != nil {
		q.s.Log.Error("no kit for backups at set-up", "request", q.id, "err", err)
		return nil
	}
	k, err := q.s.kits.show(q.t.ID, made, q.lang, false)
	if err != nil {
		q.s.Log.Error("words can't be asked for", "request", q.id, "err", err)
	}
	return &k
}

// keyCode is a key as a QR code, with enough redundancy for a folded paper.
func keyCode(key string) page.Part {
	c, err := qr.Encode(key, qr.Q)
	if key == "" || err != nil {
		return page.Part{} // the text beside it says the same
	}
	return asPart(c)
}

// fingerprint is the SHA-256 of a PEM certificate, "" without one.
func fingerprint(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return ""
	}
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:])
}
