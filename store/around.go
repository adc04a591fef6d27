package store

// Around returns the passage ord and what stands around it in its version, in
// the order of the text: all of a version of at most whole bytes (complete), else
// up to beside passages on either side. It is a search's continuation: p must be
// allowed to read the document at this moment, and the version must be the
// current one; NotFound otherwise.
func (v *View) Around(p Principal, ord uint32, whole, beside int) (around []Passage, complete bool, err error) {
	ps, err := v.passage(ord)
	if err != nil {
		return nil, false, err
	}
	d, err := v.readableByOrdinal(p, ps.Document)
	if err != nil {
		return nil, false, err
	}
	if d == nil || d.Current != ps.Version {
		return nil, false, errNotFound
	}
	ver, ok := d.Version(ps.Version)
	if !ok || ord < ver.First || ord >= ver.First+uint32(ver.Passages) {
		return nil, false, errNotFound
	}
	first, last := ver.First, ver.First+uint32(ver.Passages)-1
	if complete = ver.TextBytes <= whole; !complete {
		first, last = max(first, ord-min(ord, uint32(beside))), min(last, ord+uint32(beside))
	}
	around = make([]Passage, 0, last-first+1)
	for o := first; o <= last; o++ {
		one, err := v.passage(o)
		if err != nil {
			return nil, false, err
		}
		around = append(around, one)
	}
	return around, complete, nil
}
