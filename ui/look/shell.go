package look

// htmxConfig keeps htmx within the policy: it injects no style sheet, asks only
// this origin and keeps no page in the browser's storage.
const htmxConfig = `{"includeIndicatorCSS":false,"mode":"same-origin","history":false,"defaultTimeout":30000}`

type entry struct {
	area              Area
	href, icon, label string
}

func (e entry) current(a Area) string {
	if e.area == a {
		return "page"
	}
	return "false"
}

// entries are the areas that the person may open, in their order.
func (f Frame) entries() []entry {
	all := []entry{
		{Ask, "/ask", "message-square-text", "nav.ask"},
		{Documents, "/documents", "files", "nav.documents"},
	}
	if f.Person.Audit {
		all = append(all, entry{Journal, "/journal", "scroll-text", "nav.journal"})
	}
	if f.Person.Admin {
		all = append(all, entry{Access, "/collections", "users", "nav.access"})
	}
	if f.Public {
		return all // there is nothing that a visitor could set
	}
	if f.Person.Admin {
		all = append(all, entry{Health, "/health", "activity", "nav.health"})
	}
	return append(all, entry{Settings, "/settings", "settings-2", "nav.settings"})
}

func (f Frame) siteName() string {
	if f.Firm == "" {
		return "coffre"
	}
	return f.Firm
}
