package connectors

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"strings"

	"coffre/chain"
	"coffre/connectors/gate"
	"coffre/store"
)

// Two boxes get to know each other by two texts that people copy from one page
// and paste into the other. Nothing in them is secret.

const (
	boxBlock = "coffre-witness-box/v1" // a box that witnesses: address, key, authority
	logBlock = "coffre-log/v1"         // a journal to witness: its keys
)

// maxBlock bounds a pasted text, bytes.
const maxBlock = 64 << 10

// WitnessBlock returns the text by which another box finds a witness: its https
// address, its verifier key, and, unless the system's authorities know its
// certificate, the authority that does, in PEM.
func WitnessBlock(address, key, ca string) string {
	var b strings.Builder
	b.WriteString(boxBlock + "\naddress " + address + "\nkey " + key + "\n")
	for rest := []byte(ca); ; {
		var p *pem.Block
		if p, rest = pem.Decode(rest); p == nil {
			return b.String()
		}
		b.WriteString("ca " + base64.StdEncoding.EncodeToString(p.Bytes) + "\n")
	}
}

// ParseWitnessBlock reads such a text, or a bare verifier key of a witness that
// is served by hand. Invalid, codes "witness-key", "witness-address",
// "witness-ca".
func ParseWitnessBlock(text string) (store.Witness, error) {
	var w store.Witness
	bad := store.Fail(store.Invalid, "witness-key", "name", "key")
	lines := blockLines(text)
	if len(lines) == 1 && !strings.ContainsAny(lines[0], " \t") {
		if chain.CheckCosigner(lines[0]) != nil {
			return w, bad
		}
		return store.Witness{Key: lines[0]}, nil
	}
	if len(lines) == 0 || len(text) > maxBlock || lines[0] != boxBlock {
		return w, bad
	}
	var ca bytes.Buffer
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, " ")
		value = strings.TrimSpace(value)
		switch {
		case name == "address" && w.Address == "":
			w.Address = value
		case name == "key" && w.Key == "":
			w.Key = value
		case name == "ca":
			der, err := base64.StdEncoding.DecodeString(value)
			if err != nil {
				return w, store.Fail(store.Invalid, "witness-ca", "name", "key")
			}
			pem.Encode(&ca, &pem.Block{Type: "CERTIFICATE", Bytes: der})
		default:
			return w, bad
		}
	}
	w.CA = ca.String()
	return w, checkWitness(w)
}

func checkWitness(w store.Witness) error {
	if chain.CheckCosigner(w.Key) != nil {
		return store.Fail(store.Invalid, "witness-key", "name", "key")
	}
	u, err := url.Parse(w.Address)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return store.Fail(store.Invalid, "witness-address", "name", "key")
	}
	if _, err := gate.WayTo(w.Address, "witness"); err != nil {
		return store.Fail(store.Invalid, "witness-address", "name", "key").Because(err)
	}
	for rest := []byte(w.CA); len(rest) > 0; {
		var p *pem.Block
		if p, rest = pem.Decode(rest); p == nil {
			break
		}
		if _, err := x509.ParseCertificate(p.Bytes); err != nil {
			return store.Fail(store.Invalid, "witness-ca", "name", "key").Because(err)
		}
	}
	return nil
}

// LogBlock returns the text by which another box comes to witness a journal.
func LogBlock(firstKey, recoveryKey string) string {
	s := logBlock + "\nfirst-key " + firstKey + "\n"
	if recoveryKey != "" {
		s += "recovery-key " + recoveryKey + "\n"
	}
	return s
}

// ParseLogBlock reads such a text, or one or two bare keys, as store.AddWatch
// wants them. Invalid, code "watch-keys".
func ParseLogBlock(text string) (keys string, err error) {
	lines := blockLines(text)
	if len(lines) > 0 && lines[0] == logBlock {
		lines = lines[1:]
	}
	var first, recovery string
	for i, line := range lines {
		name, value, named := strings.Cut(line, " ")
		value = strings.TrimSpace(value)
		switch {
		case named && name == "first-key" && first == "":
			first = value
		case named && name == "recovery-key" && recovery == "":
			recovery = value
		case !named && i == 0:
			first = line
		case !named && i == 1 && recovery == "":
			recovery = line
		default:
			first = ""
		}
	}
	if first == "" || len(text) > maxBlock {
		return "", store.Fail(store.Invalid, "watch-keys", "name", "keys")
	}
	return strings.TrimSpace(first + "\n" + recovery), nil
}

// blockLines are the lines of a text that went through a form or a mail.
func blockLines(text string) (out []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
