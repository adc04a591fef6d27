package relay

import (
	"errors"
	"net/textproto"
	"strconv"
	"strings"
	"unicode"

	"coffre/connectors/syslog"
)

// Fault is why a mail was not taken.
type Fault struct {
	Code  string // of a sentence for people, "mail-" and a word
	Reply string // what the server said, on one line; "" where it said nothing
	// Later: the server wants it tried again (RFC 5321, section 4.2.1, 4yz), or
	// could not be reached.
	Later bool
	// Mail: this one mail or its recipient was refused, and others may go.
	Mail bool
	err  error
}

// Error implements error. It has the code alone: replies quote addresses, and
// errors are logged.
func (f *Fault) Error() string { return "relay: " + f.Code }

// Unwrap gives what the network or TLS said.
func (f *Fault) Unwrap() error { return f.err }

// The faults that are a relay's own; those of the network and of TLS are
// syslog.FaultOf's, as "mail-" and the same word.
const (
	FaultNoStartTLS = "mail-no-starttls" // TLS was asked for and isn't offered
	FaultNoAuth     = "mail-no-auth"     // no way to sign in that the box knows
	FaultAuthClear  = "mail-auth-clear"  // a password without TLS
	FaultAuth       = "mail-auth"        // the account or its password
	FaultAuthNeeded = "mail-auth-needed" // it wants a sign-in, or TLS, first
	FaultSender     = "mail-sender"
	FaultRecipient  = "mail-recipient"
	FaultLater      = "mail-later"
	FaultRejected   = "mail-rejected"
	FaultUTF8       = "mail-utf8"    // an address that only SMTPUTF8 can carry
	FaultGarbled    = "mail-garbled" // it doesn't speak SMTP
	FaultFlood      = "mail-flood"   // it talks without end
)

// errFlood ends a session that reads more than sessionBytes.
var errFlood = errors.New("the relay talks without end")

// network makes a Fault of what broke the conversation.
func network(err error) *Fault {
	var protocol textproto.ProtocolError
	switch {
	case errors.Is(err, errFlood):
		return &Fault{Code: FaultFlood, Later: true, err: err}
	case errors.As(err, &protocol):
		return &Fault{Code: FaultGarbled, Later: true, err: err}
	}
	word := strings.TrimPrefix(syslog.FaultOf(err), "forward-")
	if word == "client" {
		word = "tls" // a relay that wants a certificate of the box
	}
	return &Fault{Code: "mail-" + word, Later: true, err: err}
}

// answered makes a Fault of a reply that is no success, or of what kept one from
// coming; code is that of a lasting refusal.
func answered(err error, code string) *Fault {
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return network(err)
	}
	f := &Fault{Code: code, Reply: oneLine(strconv.Itoa(reply.Code) + " " + reply.Msg), err: err}
	switch {
	case reply.Code/100 == 4:
		f.Code, f.Later = FaultLater, true
	case reply.Code/100 != 5:
		f.Code, f.Later = FaultGarbled, true
	case reply.Code == 530 || reply.Code == 538: // RFC 4954, section 6; RFC 3207
		f.Code = FaultAuthNeeded
	}
	return f
}

const mostReply = 300 // letters of a reply that people are shown

// oneLine is a server's reply as text that can be shown: without control and
// format characters, and short.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))), " ")
	if all := []rune(s); len(all) > mostReply {
		return string(all[:mostReply]) + "…"
	}
	return s
}
