package page

import (
	"coffre/ui/look"
	"coffre/ui/words"
)

// Master is where the master identity lies, and what can be done with it.
type Master struct {
	Holder    string // "" where its file can't be read
	Recipient string
	Holders   []string // what the system offers
	Fault     *look.Fault
	// Weaker: in clear though the box was told otherwise. Rekeying: a new one is
	// not in place everywhere yet. Wants: a passphrase belongs to the holder.
	Weaker, Rekeying, Wants bool
	MinPassphrase           int
}

func (m Master) choices(l words.Lang) []look.Choice {
	var out []look.Choice
	for _, h := range m.Holders {
		out = append(out, look.Choice{Value: h, Label: holderName(l, h), Selected: h == m.Holder})
	}
	return out
}

func holderName(l words.Lang, holder string) string {
	switch holder {
	case "file":
		return l.T("master.file")
	case "passphrase":
		return l.T("master.passphrase")
	case "keyring":
		return l.T("master.keyring")
	case "keychain":
		return l.T("master.keychain")
	}
	return l.T("master.unknown")
}

// holderLine says what a holder protects against, and what a power cut means.
func holderLine(l words.Lang, holder string) string {
	switch holder {
	case "file":
		return l.T("master.file-line")
	case "passphrase":
		return l.T("master.passphrase-line")
	case "keyring":
		return l.T("master.keyring-line")
	case "keychain":
		return l.T("master.keychain-line")
	}
	return ""
}
