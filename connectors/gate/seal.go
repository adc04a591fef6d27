package gate

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
)

// current hears of what is refused to net/http's defaults, nil while nobody does.
var current atomic.Pointer[Gate]

// Seal takes the defaults of Go's library away, for the whole program: its HTTP
// client and transport, and its resolver, reach nothing any more. Nobody uses them
// (only_test.go, depend_test.go); this holds where those tests were blind, such as
// in a package of others that is handed a context without a client. What is
// refused is entered in the box's chain like any refused dial.
func Seal() {
	shut := sealedTransport()
	http.DefaultTransport = shut
	http.DefaultClient = &http.Client{Transport: shut}
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: refuseDefault}
}

func sealedTransport() http.RoundTripper {
	return &http.Transport{DialContext: refuseDefault}
}

func refuseDefault(_ context.Context, _, addr string) (net.Conn, error) {
	host, portText, _ := net.SplitHostPort(addr)
	port, _ := strconv.Atoi(portText)
	if g := current.Load(); g != nil {
		return nil, g.refuse("", host, port, reasonDefault)
	}
	return nil, ErrRefused
}

// Hear makes the gate the one that enters what is refused to the defaults.
func (g *Gate) Hear() { current.Store(g) }
