package relay

import (
	"encoding/base64"
	"slices"
	"strings"
)

// signIn gives account and password, over TLS alone (RFC 4954). PLAIN (RFC 4616)
// is taken before LOGIN, which Exchange offers alone.
func (s *Session) signIn(account string, password []byte) *Fault {
	if !s.secure {
		return &Fault{Code: FaultAuthClear}
	}
	has := func(way string) bool {
		return slices.Contains(strings.Fields(strings.ToUpper(s.offers["AUTH"])), way)
	}
	switch {
	case has("PLAIN"):
		text := append([]byte("\x00"+account+"\x00"), password...)
		_, err := s.do(235, "AUTH PLAIN "+base64.StdEncoding.EncodeToString(text))
		clear(text)
		return s.signedIn(err)
	case has("LOGIN"):
		if _, err := s.do(334, "AUTH LOGIN"); err != nil {
			return s.signedIn(err)
		}
		if _, err := s.do(334, base64.StdEncoding.EncodeToString([]byte(account))); err != nil {
			return s.signedIn(err)
		}
		_, err := s.do(235, base64.StdEncoding.EncodeToString(password))
		return s.signedIn(err)
	}
	return &Fault{Code: FaultNoAuth, Reply: oneLine(s.offers["AUTH"])}
}

func (s *Session) signedIn(err error) *Fault {
	if err == nil {
		return nil
	}
	return answered(err, FaultAuth)
}
