package ui

import (
	"strings"
	"testing"
)

// TestOpenAPIIsComplete: every REST route is described, and nothing else is.
func TestOpenAPIIsComplete(t *testing.T) {
	s := New(Deps{})
	routes := map[string]bool{}
	for _, rt := range s.routes {
		if path, ok := strings.CutPrefix(rt.path, apiPrefix); ok {
			key := rt.method + " " + path
			routes[key] = true
			if operations[key].summary == "" {
				t.Errorf("%s is not described", key)
			}
		}
	}
	for key := range operations {
		if !routes[key] {
			t.Errorf("%s is described, and no route", key)
		}
	}
}
