package ui

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"rsc.io/qr"

	"coffre/auth"
	"coffre/connectors"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) witnessRoutes() []route {
	return []route{
		{method: "GET", path: "/journal/witnesses", may: auth.AuditRead, do: func(q *request) error { return q.witnessPage(nil, http.StatusOK) }},
		{method: "POST", path: "/journal/witnesses", may: auth.AuditExport, do: (*request).witnessAdd},
		{method: "POST", path: "/journal/witnesses/drop", may: auth.AuditExport, do: (*request).witnessDrop},
		{method: "POST", path: "/journal/witnesses/cosignature", may: auth.AuditExport, do: (*request).witnessHandIn},
		{method: "POST", path: "/journal/kit", may: auth.AuditExport, export: "kit", do: (*request).auditKit},
	}
}

// witnessDays is store.WitnessSilence for people.
const witnessDays = int(store.WitnessSilence / (24 * time.Hour))

func (q *request) witnessPage(faults look.Faults, status int) error {
	v := page.Witnesses{
		Frame: q.frame(look.Journal), Faults: faults, Days: witnessDays,
		May: q.mayChange(auth.AuditExport), Search: q.mayChange(auth.AuditSearch), Admin: q.mayChange(auth.SettingsAdmin), Key: q.r.PostFormValue("key"), Keys: q.r.PostFormValue("keys"), Note: q.r.PostFormValue("note"),
	}
	v.Size, _ = q.t.Head()
	err := q.view(func(view *store.View) error {
		all, err := view.Witnesses()
		for _, w := range all {
			one := page.Witness{Name: w.Name, Key: w.Key, Added: w.Added, Size: w.Size, Seen: w.Seen, Behind: v.Size - min(w.Size, v.Size)}
			q.pushState(w, &one)
			v.All = append(v.All, one)
		}
		if v.Silent, err = silent(view, all, err); err != nil {
			return err
		}
		return q.fillWatches(view, &v)
	})
	if err != nil {
		return err
	}
	if len(v.All) > 0 {
		v.From = v.All[0].Size
	}
	if q.r.FormValue("from") != "" {
		if v.From, err = strconv.ParseUint(q.r.FormValue("from"), 10, 64); err != nil || v.From > v.Size {
			v.Faults = look.Faults{"from": {Code: "bad-parameter", Params: map[string]string{"name": "from"}}}
			return q.render(http.StatusUnprocessableEntity, page.WitnessesPage(v))
		}
	}
	if q.r.FormValue("show") != "" {
		if v.Update, err = q.updateCodes(); err != nil {
			return err
		}
	}
	return q.render(status, page.WitnessesPage(v))
}

// silent tells whether nobody outside has looked for WitnessSilence, counted
// from the chain's beginning where nobody ever did.
func silent(v *store.View, all []store.Witness, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	facts, err := v.Facts()
	if err != nil {
		return false, err
	}
	last, err := time.Parse(time.RFC3339, facts.Customer.CreatedAt)
	for _, w := range all {
		if w.Seen.After(last) {
			last = w.Seen
		}
	}
	return err == nil && time.Since(last) > store.WitnessSilence, nil
}

// codeBytes is how much text goes into one QR code: with low redundancy version
// 20 or so, which telephones read from a screen.
const codeBytes = 800

func (q *request) updateCodes() ([]page.Part, error) {
	u, err := q.witnessUpdate()
	if err != nil {
		return nil, err
	}
	texts, err := u.WitnessParts(codeBytes)
	if err != nil {
		return nil, err
	}
	out := make([]page.Part, len(texts))
	for i, text := range texts {
		code, err := qr.Encode(text, qr.L)
		if err != nil {
			return nil, err
		}
		out[i] = asPart(code)
	}
	return out, nil
}

// asPart draws a code as runs of dark modules, with the quiet zone of four that
// ISO/IEC 18004 asks for.
func asPart(c *qr.Code) page.Part {
	const quiet = 4
	var b strings.Builder
	for y := range c.Size {
		for x := 0; x < c.Size; x++ {
			n := 0
			for x+n < c.Size && c.Black(x+n, y) {
				n++
			}
			if n > 0 {
				b.WriteString("M" + strconv.Itoa(x+quiet) + " " + strconv.Itoa(y+quiet) + "h" + strconv.Itoa(n) + "v1h-" + strconv.Itoa(n) + "z")
				x += n
			}
		}
	}
	return page.Part{Width: c.Size + 2*quiet, Dark: b.String()}
}

// witnessFault shows an error of one of codes beside its field.
func (q *request) witnessFault(err error, field string, codes ...string) error {
	e := store.AsError(err)
	if !slices.Contains(codes, e.Code) {
		return err
	}
	return q.witnessPage(look.Faults{field: {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
}

func (q *request) witnessAdd() error {
	if err := q.form(); err != nil {
		return err
	}
	_, err := q.addWitness(q.r.PostFormValue("key"))
	if err != nil {
		return q.witnessFault(err, "key", "witness-key", "witness-known", "witness-address", "witness-ca", "witness-admin")
	}
	return q.done(nil, "/journal/witnesses", "notice.witness-added")
}

// addWitness trusts a witness, by its key or by the block that a box shows. A
// box opens a way out, which is for administrators.
func (q *request) addWitness(text string) (w store.Witness, err error) {
	box, err := connectors.ParseWitnessBlock(text)
	if err != nil {
		return w, err
	}
	if box.Address != "" && !auth.Allowed(q.p, auth.SettingsAdmin) {
		return w, store.Fail(store.Denied, "witness-admin")
	}
	if w, err = q.t.AddWitnessBox(q.r.Context(), q.p.Actor, box, q.id); err != nil || box.Address == "" {
		return w, err
	}
	if err = q.s.OpenWays(); err == nil && q.s.Witness != nil {
		q.s.Witness.Soon(q.t.ID, w.Name)
	}
	return w, err
}

// dropWitness trusts a witness no longer, and closes the way to it.
func (q *request) dropWitness(name string) error {
	if err := q.t.DropWitness(q.r.Context(), q.p.Actor, name, q.id); err != nil {
		return err
	}
	return q.s.OpenWays()
}

func (q *request) witnessDrop() error {
	if err := q.form(); err != nil {
		return err
	}
	err := q.dropWitness(q.r.PostFormValue("name"))
	return q.done(err, "/journal/witnesses", "notice.witness-dropped")
}

// witnessHandIn takes a pasted note: a browser has made its line ends CR LF, and
// a person may have lost the last one.
func (q *request) witnessHandIn() error {
	if err := q.form(); err != nil {
		return err
	}
	note := strings.Trim(strings.ReplaceAll(q.r.PostFormValue("note"), "\r\n", "\n"), "\n ") + "\n"
	_, err := q.t.TakeCosignature(q.r.Context(), q.p.Actor, note, q.id)
	if err != nil {
		return q.witnessFault(err, "note", "witness-note", "witness-old", "witness-fork")
	}
	return q.done(nil, "/journal/witnesses", "notice.witness-cosigned")
}
