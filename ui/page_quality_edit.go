package ui

import (
	"net/http"
	"slices"
	"strings"

	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
	"coffre/ui/words"
)

// listedDocuments is how many documents a form offers at once.
const listedDocuments = 50

// documentChoices are the documents to choose from: those chosen, then those
// whose name or title holds a text.
func (q *request) documentChoices(v *store.View, chosen []string, text string) (out []look.Choice, more bool, err error) {
	docs, _, _ := q.trialDocuments(v, chosen)
	for _, d := range docs {
		out = append(out, look.Choice{Value: d.ID, Label: titleOf(d), Selected: true})
	}
	found, next, err := v.Documents(q.p, store.DocumentFilter{Name: strings.TrimSpace(text), Limit: listedDocuments})
	slices.SortFunc(found, func(a, b store.Document) int { return strings.Compare(titleOf(a), titleOf(b)) })
	for _, d := range found {
		if !slices.Contains(chosen, d.ID) {
			out = append(out, look.Choice{Value: d.ID, Label: titleOf(d)})
		}
	}
	return out, next != "", err
}

func (q *request) qualityDocuments() error {
	if err := q.form(); err != nil {
		return err
	}
	var choices []look.Choice
	var more bool
	err := q.view(func(v *store.View) (err error) {
		choices, more, err = q.documentChoices(v, q.r.Form["document"], q.r.FormValue("q"))
		return err
	})
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, page.QualityDocuments(q.lang, choices, more, ""))
}

func (q *request) qualityNew() error {
	return q.editPage("", typedTrial{}, false, nil, http.StatusOK)
}

func (q *request) qualityEdit() error {
	id := q.r.PathValue("id")
	var now trialJSON
	may := true
	err := q.view(func(v *store.View) error {
		t, err := v.Trial(id)
		if err == nil {
			now, may = q.trialJSON(v, t), v.MayEditTrial(q.p, t)
		}
		return err
	})
	if err != nil {
		return err
	}
	var faults look.Faults
	if !may {
		faults = look.Faults{"": {Code: "trial-hidden"}}
	}
	return q.editPage(id, typedTrial{now.Question, now.Lang, now.Documents, now.Words, now.NoAnswer, now.Reader}, now.Paused, faults, http.StatusOK)
}

// editPage shows the form with what is kept, or what was typed and refused.
func (q *request) editPage(id string, in typedTrial, paused bool, faults look.Faults, status int) error {
	v := page.TestEdit{
		Frame: q.frame(look.Settings), ID: id, Question: in.Question, Words: strings.Join(in.Words, "\n"), NoAnswer: in.NoAnswer,
		Paused: paused, Faults: faults, Filter: q.r.PostFormValue("q"),
	}
	v.Langs = []look.Choice{{Label: q.lang.T("quality.detect"), Selected: in.Lang == ""}}
	for _, l := range words.Langs {
		v.Langs = append(v.Langs, look.Choice{Value: string(l), Label: q.lang.Or("lang", string(l)), Selected: in.Lang == string(l)})
	}
	v.Readers = []look.Choice{{Label: q.lang.T("quality.own-rights"), Selected: in.Reader == ""}}
	err := q.view(func(view *store.View) (err error) {
		us, err := view.Users()
		if err != nil {
			return err
		}
		for _, u := range us {
			if !u.Disabled && u.ID != q.p.UserID {
				v.Readers = append(v.Readers, look.Choice{Value: u.Login, Label: u.Name, Selected: in.Reader == u.Login})
			}
		}
		v.Documents, v.More, err = q.documentChoices(view, in.Documents, v.Filter)
		return err
	})
	if err != nil {
		return err
	}
	return q.render(status, page.QualityEditPage(v))
}

func (q *request) typedQuestion() typedTrial {
	f := q.r.PostForm
	in := typedTrial{Question: f.Get("question"), Lang: f.Get("lang"), Reader: f.Get("reader"), NoAnswer: f.Get("expect") == "nothing"}
	if !in.NoAnswer {
		in.Documents, in.Words = f["document"], linesOf(f.Get("words"))
	}
	return in
}

// editFault shows the form again with what was wrong; other errors are the request's.
func (q *request) editFault(id string, in typedTrial, err error) error {
	e := store.AsError(err)
	if e.Kind != store.Invalid && e.Kind != store.Conflict && e.Kind != store.Denied {
		return err
	}
	faults := look.Faults{e.Params["name"]: {Code: e.Code, Params: e.Params}}
	return q.editPage(id, in, false, faults, asProblem(err).status)
}

func (q *request) qualityCreateForm() error {
	if err := q.form(); err != nil {
		return err
	}
	in := q.typedQuestion()
	if _, err := q.createTrial(in); err != nil {
		return q.editFault("", in, err)
	}
	return q.done(nil, "/quality", "notice.quality-added")
}

func (q *request) qualityUpdateForm() error {
	if err := q.form(); err != nil {
		return err
	}
	in, id := q.typedQuestion(), q.r.PathValue("id")
	if _, err := q.updateTrial(id, in); err != nil {
		return q.editFault(id, in, err)
	}
	return q.done(nil, "/quality", "notice.saved")
}

func (q *request) qualityPauseForm() error {
	if err := q.form(); err != nil {
		return err
	}
	_, err := q.pauseTrial(q.r.PathValue("id"), q.r.PostFormValue("paused") != "")
	return q.done(err, "/quality", "notice.saved")
}

func (q *request) qualityDeleteForm() error {
	return q.done(q.deleteTrial(q.r.PathValue("id")), "/quality", "notice.quality-deleted")
}
