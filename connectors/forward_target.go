package connectors

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"net"
	"strconv"
	"strings"
	"time"

	"coffre/connectors/gate"
	"coffre/connectors/syslog"
	"coffre/store"
)

func forwardURL(to store.ForwardTarget) string {
	return "syslog://" + net.JoinHostPort(to.Host, strconv.Itoa(to.Port))
}

func forwardWay(to store.ForwardTarget) (gate.Way, error) { return gate.WayTo(forwardURL(to), "siem") }

// SyslogFacilities are those that a firm may choose: log audit, security, and
// local use 0 to 7 (RFC 5424, table 1).
var SyslogFacilities = []int{13, 4, 10, 16, 17, 18, 19, 20, 21, 22, 23}

// CheckForwardTarget brings a target to the form in which it is kept. An empty
// host is nowhere. Errors: Invalid with a code and, as param name, the member.
func CheckForwardTarget(to store.ForwardTarget) (store.ForwardTarget, error) {
	to.Host, to.ServerName, to.CA = strings.TrimSpace(to.Host), strings.TrimSpace(to.ServerName), strings.TrimSpace(to.CA)
	if to.Facility == 0 {
		to.Facility = syslog.LogAudit
	}
	if to.Enterprise == 0 {
		to.Enterprise = Enterprise
	}
	known := false
	for _, n := range SyslogFacilities {
		known = known || n == to.Facility
	}
	switch {
	case !known:
		return to, store.Fail(store.Invalid, "forward-facility", "name", "facility")
	case to.Enterprise < 1 || to.Enterprise > 1<<32-1:
		return to, store.Fail(store.Invalid, "forward-enterprise", "name", "enterprise")
	}
	var err error
	if to.CA, err = onlyAuthorities(to.CA); err != nil {
		return to, err
	}
	if to.ServerName != "" {
		w, err := forwardWay(store.ForwardTarget{Host: to.ServerName, Port: 1})
		if err != nil {
			return to, store.Fail(store.Invalid, "forward-host", "name", "server_name").Because(err)
		}
		to.ServerName = w.Host
	}
	if to.Host == "" {
		return to, nil
	}
	if to.Port < 1 || to.Port > 65535 {
		return to, store.Fail(store.Invalid, "forward-port", "name", "port")
	}
	w, err := forwardWay(to)
	if err != nil {
		return to, store.Fail(store.Invalid, "forward-host", "name", "host").Because(err)
	}
	to.Host = w.Host
	return to, nil
}

// maxAuthorities bounds a firm's PEM file, bytes.
const maxAuthorities = 256 << 10

// onlyAuthorities accepts certificates in PEM and nothing else, and returns them
// without what stands around them: the field is shown again, so a private key
// that was pasted along has no place there.
func onlyAuthorities(text string) (string, error) {
	bad := store.Fail(store.Invalid, "forward-ca", "name", "ca")
	if len(text) > maxAuthorities {
		return text, bad
	}
	var out []byte
	for rest := []byte(text); len(rest) > 0; rest = bytes.TrimSpace(rest) {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return text, bad
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return text, bad.Because(err)
		}
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes})...)
	}
	return string(out), nil
}

func targetOf(to store.ForwardTarget, write time.Duration) (syslog.Target, error) {
	t := syslog.Target{Host: to.Host, Port: to.Port, Clear: to.Clear, ServerName: to.ServerName, WriteTimeout: write}
	if to.CA != "" && !to.Clear {
		t.Roots = x509.NewCertPool()
		if !t.Roots.AppendCertsFromPEM([]byte(to.CA)) {
			return t, store.Fail(store.Invalid, "forward-ca", "name", "ca")
		}
	}
	return t, nil
}
