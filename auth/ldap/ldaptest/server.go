// Package ldaptest is a small directory for tests without a real one: it answers
// the way Active Directory does (RFC 4511; sub-codes of result 49 as in MS-ERREF,
// section 2.2), or the way a broken one does. It keeps nothing on disk.
package ldaptest

import (
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"
)

// Names and passwords of every Server.
const (
	Base          = "DC=lab,DC=test"
	Service       = "svc@lab.test"
	ServiceSecret = "service-secret"
	Password      = "quatre moulins au bord du canal"
)

// Person is an account of a Server.
type Person struct {
	Login string
	// SubCode is what a bind with the right password ends with, such as "533"; ""
	// lets in. "775" is what a wrong password ends with, too.
	SubCode string
}

// Server is a directory that listens on 127.0.0.1 until its test ends.
type Server struct {
	People []Person
	// Refer answers each search below the base with a referral to this URL.
	Refer string
	// Silent takes requests and answers none.
	Silent bool
	// Certificate is what it shows.
	Certificate tls.Certificate
}

// Start returns the server's URL.
func (s *Server) Start(t testing.TB) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{s.Certificate}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	return fmt.Sprintf("ldaps://127.0.0.1:%d", l.Addr().(*net.TCPAddr).Port)
}

func (s *Server) serve(c net.Conn) {
	defer c.Close()
	for {
		p, err := ber.ReadPacket(c)
		if err != nil || len(p.Children) < 2 {
			return
		}
		id, ok := p.Children[0].Value.(int64)
		if !ok || s.Silent {
			continue
		}
		for _, answer := range s.answer(p.Children[1]) {
			if _, err := c.Write(message(id, answer).Bytes()); err != nil {
				return
			}
		}
	}
}

func (s *Server) answer(op *ber.Packet) []*ber.Packet {
	switch {
	case op.Tag == goldap.ApplicationBindRequest && len(op.Children) == 3:
		code, said := s.bind(text(op.Children[1]), op.Children[2].Data.String())
		return []*ber.Packet{result(goldap.ApplicationBindResponse, code, said, "")}
	case op.Tag == goldap.ApplicationSearchRequest && len(op.Children) == 8:
		filter, err := goldap.DecompileFilter(op.Children[6])
		if err != nil {
			return []*ber.Packet{result(goldap.ApplicationSearchResultDone, goldap.LDAPResultProtocolError, "", "")}
		}
		return s.search(text(op.Children[0]), filter)
	}
	return nil
}

func (s *Server) bind(name, password string) (code int64, said string) {
	if name == Service && password == ServiceSecret {
		return goldap.LDAPResultSuccess, ""
	}
	sub := "52e"
	for _, p := range s.People {
		if name == dn(p) && (password == Password || p.SubCode == "775") {
			sub = p.SubCode
		}
	}
	if sub == "" {
		return goldap.LDAPResultSuccess, ""
	}
	return goldap.LDAPResultInvalidCredentials, "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data " + sub + ", v2580"
}

func (s *Server) search(base, filter string) (out []*ber.Packet) {
	done := func(code int64, referral string) []*ber.Packet {
		return append(out, result(goldap.ApplicationSearchResultDone, code, "", referral))
	}
	switch {
	case base == "":
		out = append(out, entry("", map[string]string{"supportedCapabilities": "1.2.840.113556.1.4.800", "defaultNamingContext": Base}))
		return done(goldap.LDAPResultSuccess, "")
	case s.Refer != "":
		return done(goldap.LDAPResultReferral, s.Refer)
	}
	for i, p := range s.People {
		if strings.Contains(plain(filter), "(sAMAccountName="+p.Login+")") {
			out = append(out, entry(dn(p), map[string]string{
				"sAMAccountName": p.Login, "displayName": p.Login, "userAccountControl": "512", "pwdLastSet": "1", "objectGUID": fmt.Sprintf("0123456789abcd%02d", i),
			}))
		}
	}
	return done(goldap.LDAPResultSuccess, "")
}

var escaped = regexp.MustCompile(`\\[0-9a-fA-F]{2}`)

// plain takes the escapes out of a filter (RFC 4515, section 3).
func plain(filter string) string {
	return escaped.ReplaceAllStringFunc(filter, func(s string) string {
		b, _ := hex.DecodeString(s[1:])
		return string(b)
	})
}

func dn(p Person) string { return "CN=" + goldap.EscapeDN(p.Login) + ",CN=Users," + Base }
