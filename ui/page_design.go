package ui

import (
	"net/http"
	"os"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// designRoutes shows the components to those who work on coffre: in the
// demonstration, and where COFFRE_DESIGN is 1. Elsewhere the page isn't there.
func (s *Server) designRoutes() []route {
	return []route{{method: "GET", path: "/design", may: auth.ProfileOwn, do: (*request).designPage}}
}

func (q *request) designPage() error {
	if !q.s.Demo && os.Getenv("COFFRE_DESIGN") != "1" {
		return store.Fail(store.NotFound, "not-found")
	}
	return q.render(http.StatusOK, page.DesignPage(page.Design{Frame: q.frame(look.NoArea)}))
}
