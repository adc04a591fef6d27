package ui

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// backShown is how many documents of a plan or of a result stand on the page; all of
// them are counted.
const backShown = 100

// backList is what the backup holds, a page of it.
func (q *request) backList(v *page.Back) {
	b := &q.s.back
	b.mu.Lock()
	found, chosen := b.found, len(b.chosen)
	ticked := map[string]bool{}
	for id := range b.chosen {
		ticked[id] = true
	}
	b.mu.Unlock()
	name := map[string]string{}
	in, show := q.wish("collection"), q.wish("show")
	v.InCollection = []look.Choice{{Label: q.lang.T("back.every-collection"), Selected: in == ""}}
	for _, c := range found.Collections {
		name[c.ID] = c.Name
		v.InCollection = append(v.InCollection, look.Choice{Value: c.ID, Label: c.Name, Selected: c.ID == in})
		if c.Documents > 0 {
			v.Whole = append(v.Whole, look.Choice{Value: c.ID, Label: collectionOf(q, c)})
		}
	}
	v.Shows = []look.Choice{{Label: q.lang.T("back.show-missing"), Selected: show == ""}, {Value: "all", Label: q.lang.T("back.show-all"), Selected: show == "all"}}
	f := newFinder(q.wish("q"))
	v.List = page.List{At: backPath, Query: f.text, Filtered: q.filtered("collection", "show")}
	var all []page.BackDocument
	for _, d := range found.Documents {
		missing := d.State == store.PartBack || d.State == store.PartBin
		if v.All++; missing {
			v.Missing++
		}
		if in != "" && d.Collection != in || show != "all" && !missing || !f.in(d.Title, d.Name, name[d.Collection]) {
			continue
		}
		all = append(all, page.BackDocument{
			ID: d.ID, Title: d.Title, Name: d.Name, Collection: name[d.Collection], Added: localTime(d.Added), Bytes: d.Bytes, State: d.State, Binned: d.Binned, Chosen: ticked[d.ID],
		})
	}
	v.Documents, v.Chosen, v.In, v.Show = step(q, &v.List, all, "collection", "show"), chosen, in, show
}

func collectionOf(q *request, c store.PartCollection) string {
	if c.There {
		return q.lang.T("back.whole-of", "name", c.Name, "n", c.Documents)
	}
	return q.lang.T("back.whole-gone", "name", c.Name, "n", c.Documents)
}

// backChoose keeps what is ticked and leads on: to another part of the list, or to
// what would happen.
func (q *request) backChoose() error {
	if err := q.mayCopy(); err != nil {
		return err
	}
	if err := q.form(); err != nil {
		return err
	}
	f, whole := q.r.PostForm, ""
	to := f.Get("go")
	if to == "whole" {
		whole = f.Get("whole")
	}
	shown, ticked := f["shown"], f["document"]
	if to == "none" {
		q.s.back.mu.Lock()
		for id := range q.s.back.chosen {
			shown = append(shown, id)
		}
		q.s.back.mu.Unlock()
		ticked = nil
	}
	if err := q.s.back.choose(q, shown, ticked, whole); err != nil {
		return q.backClosed(err)
	}
	if want := q.s.back.wanted(q); to == "whole" || to == "plan" && len(want.Documents) > 0 {
		return q.see(backPath + "?step=plan")
	}
	if to == "plan" {
		q.s.back.fail(q, "", store.Fail(store.Invalid, "back-none"))
	}
	u := url.Values{}
	for _, k := range []string{"q", "collection", "show"} {
		if s := f.Get(k); s != "" {
			u.Set(k, s)
		}
	}
	if n, err := strconv.Atoi(to); err == nil && n > 1 {
		u.Set("page", strconv.Itoa(n))
	}
	if len(u) == 0 {
		return q.see(backPath)
	}
	return q.see(backPath + "?" + u.Encode())
}

// backClosed leads to the page, which says how it stands, where what was open has
// been removed meanwhile.
func (q *request) backClosed(err error) error {
	if store.AsError(err).Code != "part-closed" {
		return err
	}
	if v, _ := q.s.back.look(q); v.Phase == page.RestoreNone {
		q.s.back.fail(q, "", err)
	}
	return q.see(backPath)
}

// backPlan is what would happen, and where to.
func (q *request) backPlan(v *page.Back) error {
	part, err := q.s.back.open(q)
	if err != nil {
		return err
	}
	want := q.s.back.wanted(q)
	want.Into = q.wish("into")
	v.Plan = &page.BackPlan{Into: want.Into}
	plan, err := part.Plan(q.t, want)
	if err != nil {
		if e := store.AsError(err); e.Kind == store.Internal || e.Kind == store.Corrupt {
			return err
		}
		p := asProblem(err)
		v.Plan.Fault = &look.Fault{Code: p.code, Params: p.params}
	}
	return q.view(func(view *store.View) error { return q.fillPlan(view, plan, v.Plan) })
}

func (q *request) fillPlan(view *store.View, plan store.PartPlan, v *page.BackPlan) error {
	cs, cerr := view.Collections()
	us, uerr := view.Users()
	gs, gerr := view.Groups()
	if err := errors.Join(cerr, uerr, gerr); err != nil {
		return err
	}
	name, again := map[string]string{}, map[string]bool{}
	v.Targets = []look.Choice{{Label: q.lang.T("back.into-own"), Selected: v.Into == ""}}
	for _, c := range cs {
		name[c.ID] = c.Name
		if !c.Deleted && q.p.MayWrite(c) {
			v.Targets = append(v.Targets, look.Choice{Value: c.ID, Label: c.Name, Selected: c.ID == v.Into})
		}
	}
	who := q.grantNames(us, gs)
	for _, c := range plan.Collections {
		name[c.ID], again[c.ID] = c.Name, true
		one := page.BackCollection{Name: c.Name, Readers: grantList(who, c.Writers, c.Readers), Left: c.Left}
		v.Again, v.Rights = append(v.Again, one), v.Rights || len(one.Readers) > 0
	}
	v.Counts = map[string]int{}
	slices.SortFunc(plan.Documents, func(a, b store.PlannedDocument) int { return comesFirst(a.PartDocument, b.PartDocument) })
	for _, d := range plan.Documents {
		v.Counts[d.State]++
		v.All++
		if len(v.Documents) < backShown {
			v.Documents = append(v.Documents, page.BackDocument{
				ID: d.ID, Title: d.Title, Name: d.Name, Added: localTime(d.Added), Bytes: d.Bytes, State: d.State, Binned: d.Binned,
				To: name[d.To], Again: again[d.To], Version: d.Version,
			})
		}
	}
	return nil
}

// backTake begins to bring back what was chosen.
func (q *request) backTake() error {
	if err := q.mayCopy(); err != nil {
		return err
	}
	if err := q.form(); err != nil {
		return err
	}
	want := q.s.back.wanted(q)
	want.Into, want.Rights = q.r.PostFormValue("into"), q.r.PostFormValue("rights") != ""
	if err := q.s.back.take(q, want); err != nil {
		return q.backClosed(err)
	}
	return q.see(backPath)
}

// backTaken is what came back. It leads to those documents that the reader may open.
func (q *request) backTaken(v *page.Back) error {
	b := &q.s.back
	b.mu.Lock()
	out := b.taken
	b.mu.Unlock()
	t := &page.BackTaken{Seq: out.Seq, Made: localTime(out.Made), Counts: map[string]int{}, All: len(out.Documents), Journal: auth.Allowed(q.p, auth.AuditRead)}
	err := q.view(func(view *store.View) error {
		name := map[string]string{}
		cs, err := view.Collections()
		for _, c := range cs {
			name[c.ID] = c.Name
		}
		for _, c := range out.Remade {
			t.Again = append(t.Again, page.BackCollection{ID: c.ID, Name: c.Name})
		}
		all := slices.SortedFunc(slices.Values(out.Documents), comesFirst)
		for _, d := range all {
			if t.Counts[d.State]++; len(t.Documents) >= backShown {
				continue
			}
			one := page.BackDocument{ID: d.ID, Title: d.Title, Name: d.Name, Added: localTime(d.Added), Bytes: d.Bytes, State: d.State, To: name[d.Collection]}
			_, err := view.Document(q.p, d.ID)
			one.Open = err == nil
			t.Documents = append(t.Documents, one)
		}
		return err
	})
	v.Taken = t
	return err
}

// comesFirst puts what comes back before what is there, and then by title.
func comesFirst(a, b store.PartDocument) int {
	moves := func(d store.PartDocument) int {
		if d.State == store.PartBack || d.State == store.PartBin {
			return 0
		}
		return 1
	}
	return cmp.Or(moves(a)-moves(b), cmp.Compare(folded(a.Title), folded(b.Title)), cmp.Compare(a.ID, b.ID))
}
