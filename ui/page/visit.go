package page

import "coffre/ui/look"

// Visit is the public demonstration's way in.
type Visit struct {
	look.Frame
	Guests []look.Guest
	Next   string // a path of this box
}
