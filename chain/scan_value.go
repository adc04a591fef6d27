package chain

// ParseCanonical reads text that Canonical could have written and returns
// strings, bools, int64s, []any and map[string]any. Anything else, however
// harmless, is refused with ErrNotCanonical.
func ParseCanonical(b []byte) (any, error) {
	s := scanner{b: b, strict: true}
	v := s.value(0)
	if !s.end() {
		return nil, s.err
	}
	return v, nil
}

// checkCanonical is ParseCanonical without the value.
func checkCanonical(b []byte) error {
	s := scanner{b: b, strict: true}
	s.skip(0)
	s.end()
	return s.err
}

// value reads one value; after a failure it is nil and s.err is set.
func (s *scanner) value(depth int) any {
	if depth > maxDepth {
		s.fail("nesting too deep")
		return nil
	}
	switch s.peek() {
	case '"':
		t, _ := s.str()
		return t.String()
	case '{':
		return s.object(depth)
	case '[':
		s.take('[')
		list := []any{}
		for n := 0; s.next(n, ']'); n++ {
			list = append(list, s.value(depth+1))
		}
		return list
	case 't', 'f':
		v, _ := s.boolean()
		return v
	default:
		v, _ := s.integer()
		return v
	}
}

func (s *scanner) object(depth int) map[string]any {
	m := map[string]any{}
	if !s.take('{') {
		return m
	}
	var last text
	for n := 0; s.next(n, '}'); n++ {
		k, ok := s.key(n, &last)
		if !ok {
			break
		}
		name := k.String()
		if _, double := m[name]; double {
			s.fail("member doubled")
			break
		}
		m[name] = s.value(depth + 1)
	}
	return m
}
