package look

// goKey is a pair of keys that leads to a page.
type goKey struct {
	letter, href, label string
}

// goKeys are those of the areas that the person may open.
func (f Frame) goKeys() []goKey {
	letters := map[Area]string{Ask: "a", Documents: "d", Journal: "j", Access: "c", Health: "h", Settings: "s"}
	var all []goKey
	for _, e := range f.entries() {
		all = append(all, goKey{letters[e.area], e.href, e.label})
	}
	return all
}

// KeysTo are the keys that lead to an address of the navigation, nil for none.
func (f Frame) KeysTo(href string) []string {
	for _, k := range f.goKeys() {
		if k.href == href {
			return []string{"G", string(k.letter[0] - 'a' + 'A')}
		}
	}
	return nil
}

// Nav is an entry of the navigation, for the palette.
type Nav struct{ URL, Icon, Label string }

// NavEntries are the areas that the person may open, in their order.
func (f Frame) NavEntries() []Nav {
	var all []Nav
	for _, e := range f.entries() {
		all = append(all, Nav{e.href, e.icon, f.L.T(e.label)})
	}
	return all
}
