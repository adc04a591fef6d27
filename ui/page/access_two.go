package page

import "coffre/ui/look"

// AccountTwo is what a person's card says of a second administrator.
type AccountTwo struct {
	Guarded      bool // nobody alone gives a way into the account
	Alone        bool // nobody else could approve: the paper key and 72 hours
	Granted      bool // the reader's request for a link was approved
	AskedLink    bool // a request waits
	AskedFactors bool
}

// under returns the faults of one of a card's forms, whose names begin with prefix.
func under(f look.Faults, prefix string) look.Faults {
	out := look.Faults{}
	for _, name := range []string{"", "reason", "paper"} {
		if fault, ok := f[prefix+name]; ok {
			out[name] = fault
		}
	}
	return out
}
