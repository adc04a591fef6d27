package llm

// Part is one of the passages that a Source is made of, where it is several
// that follow each other in one version of a document. Parts partition the
// Source's text.
type Part struct {
	Ordinal    uint32 // in the store; consecutive
	Start, End int    // bytes of the extracted text, end exclusive
	Page       int
	Heading    string
	Score      float64 // of the search; 0 where the passage only stands beside one that was found
}

// parts are the passages of a source; a source without Parts is one.
func (s Source) parts() []Part {
	if len(s.Parts) > 0 {
		return s.Parts
	}
	return []Part{{s.Ordinal, s.Start, s.End, s.Page, s.Heading, s.Score}}
}

// partAt is the number of the part that holds a byte of the source's text.
func (s Source) partAt(at int) int {
	parts := s.parts()
	for i, p := range parts {
		if s.Start+at < p.End {
			return i
		}
	}
	return len(parts) - 1
}

// only is the source made smaller: parts [from,to) of it.
func (s Source) only(from, to int) Source {
	parts := s.parts()
	if from == 0 && to == len(parts) {
		return s
	}
	out := s
	out.Start, out.End = parts[from].Start, min(parts[to-1].End, s.End)
	out.Text = s.Text[out.Start-s.Start : out.End-s.Start]
	out.Page, out.Heading, out.Parts = parts[from].Page, parts[from].Heading, parts[from:to]
	if to-from == 1 {
		out.Parts = nil
	}
	return out
}

// around is how many passages of the source stand before and after the one that
// it is named after.
func (s Source) around() (before, after int) {
	for _, p := range s.Parts {
		switch {
		case p.Start >= s.End: // cut off by the budget
		case p.Ordinal < s.Ordinal:
			before++
		case p.Ordinal > s.Ordinal:
			after++
		}
	}
	return before, after
}

// narrowed leaves out what stands at a source's ends and was neither found nor
// quoted: it was read, and nothing came of it.
func narrowed(sources []Source, quotes []Citation) []Source {
	out := make([]Source, len(sources))
	for i, s := range sources {
		parts := s.parts()
		needed := func(p Part) bool {
			if p.Score > 0 || p.Ordinal == s.Ordinal {
				return true
			}
			for _, c := range quotes {
				if c.N == s.N && c.Start < p.End && p.Start < c.End {
					return true
				}
			}
			return false
		}
		from, to := 0, len(parts)
		for from < to && !needed(parts[from]) {
			from++
		}
		for to > from && !needed(parts[to-1]) {
			to--
		}
		out[i] = s
		if from < to {
			out[i] = s.only(from, to)
		}
	}
	return out
}
