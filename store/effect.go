package store

// Effect is what a change of groups or grants does to the readers of one
// collection: ids of accounts that are open.
type Effect struct {
	Collection  Collection
	Gains, Lose []string
	Documents   int
}

// Effects compares who may read each collection now with who could after a
// change, which edits what it is given. Collections that it leaves out are gone.
func (v *View) Effects(change func(*[]Collection, *[]Group)) ([]Effect, error) {
	cs, err := v.Collections()
	if err != nil {
		return nil, err
	}
	gs, err := v.Groups()
	if err != nil {
		return nil, err
	}
	us, err := v.Users()
	if err != nil {
		return nil, err
	}
	counts, err := v.DocumentCounts()
	if err != nil {
		return nil, err
	}
	cs2, gs2 := append([]Collection{}, cs...), append([]Group{}, gs...)
	change(&cs2, &gs2)
	then := map[string]Collection{}
	for _, c := range cs2 {
		then[c.ID] = c
	}
	var out []Effect
	for _, c := range cs {
		e := Effect{Collection: c, Documents: counts[c.ID]}
		for _, u := range us {
			before, after := len(ReasonsFor(c, u, gs)) > 0, len(ReasonsFor(then[c.ID], u, gs2)) > 0
			switch {
			case before && !after:
				e.Lose = append(e.Lose, u.ID)
			case after && !before:
				e.Gains = append(e.Gains, u.ID)
			}
		}
		if len(e.Lose)+len(e.Gains) > 0 {
			out = append(out, e)
		}
	}
	return out, nil
}
