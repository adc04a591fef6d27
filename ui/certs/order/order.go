package order

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"golang.org/x/crypto/acme"

	"coffre/ui/certs"
)

// How an authority looks whether the box has a name.
const (
	HTTP = "http-01"     // over HTTP at port 80 (RFC 8555, section 8.3)
	ALPN = "tls-alpn-01" // over TLS at port 443 (RFC 8737)
)

// Wanted is what a certificate is asked with.
type Wanted struct {
	Directory string         // https URL of the authority's directory
	Roots     *x509.CertPool // by which the authority is believed; nil: the system's
	Dial      func(ctx context.Context, network, addr string) (net.Conn, error)
	Account   crypto.Signer // ECDSA P-256
	Names     []string      // host names
	Ways      []string      // HTTP and ALPN, those to try first
	Answers   *certs.Answers
	// Binding opens the external account (RFC 8555, section 7.3.4) for a new
	// account: its id and its HMAC key; nil: the authority needs none.
	Binding func(use func(id string, key []byte) error) error
}

// limit bounds one order: authorities of a LAN take seconds.
const limit = 3 * time.Minute

// tries is how often a request is sent before it has failed: a nonce may be
// outdated, and a server may be restarting.
const tries = 6

// Get orders a certificate and returns it, its chain behind it, as DER, with the
// new key that it is for. Errors are certs.Faults that wrap certs.ErrIssue, with a
// code of the family acme and what the authority said; Wait tells how long it wants
// to be left alone.
func Get(ctx context.Context, w Wanted) (chain [][]byte, key crypto.Signer, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	transport := &http.Transport{
		DialContext: w.Dial, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: time.Minute,
		TLSClientConfig: &tls.Config{RootCAs: w.Roots, MinVersion: tls.VersionTLS12},
	}
	defer transport.CloseIdleConnections()
	o := ordering{w, &acme.Client{
		Key: w.Account, DirectoryURL: w.Directory, UserAgent: "coffre", RetryBackoff: backoff,
		HTTPClient: &http.Client{
			Transport: transport, Timeout: time.Minute,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}}
	chain, key, err = o.get(ctx)
	if err != nil {
		return nil, nil, judge(err)
	}
	return chain, key, nil
}

// backoff sends again what may go better a moment later, which a limit of the
// authority's doesn't.
func backoff(n int, _ *http.Request, res *http.Response) time.Duration {
	if n >= tries || res != nil && res.StatusCode == http.StatusTooManyRequests {
		return -1
	}
	return time.Duration(n) * 300 * time.Millisecond
}

type ordering struct {
	Wanted
	client *acme.Client
}

func (o *ordering) get(ctx context.Context) ([][]byte, crypto.Signer, error) {
	if _, err := o.client.Discover(ctx); err != nil {
		return nil, nil, &stepError{"directory", err}
	}
	if err := o.register(ctx); err != nil {
		return nil, nil, err
	}
	order, err := o.client.AuthorizeOrder(ctx, acme.DomainIDs(o.Names...))
	if err != nil {
		return nil, nil, err
	}
	for _, url := range order.AuthzURLs {
		if err := o.prove(ctx, url); err != nil {
			return nil, nil, err
		}
	}
	if _, err = o.client.WaitOrder(ctx, order.URI); err != nil {
		return nil, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make key: %w", err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: o.Names}, key)
	if err != nil {
		return nil, nil, fmt.Errorf("make signing request: %w", err)
	}
	chain, _, err := o.client.CreateCertFromOrder(ctx, order, csr, true)
	return chain, key, err
}

// register finds the account of the key, or makes one: whoever configures an
// authority has agreed to its terms.
func (o *ordering) register(ctx context.Context) error {
	_, err := o.client.GetReg(ctx, "")
	if err != acme.ErrNoAccount {
		return accountFault(err)
	}
	if o.Binding == nil {
		_, err = o.client.Register(ctx, &acme.Account{}, acme.AcceptTOS)
		return accountFault(err)
	}
	return o.Binding(func(id string, key []byte) error {
		bound := &acme.Account{ExternalAccountBinding: &acme.ExternalAccountBinding{KID: id, Key: key}}
		_, err := o.client.Register(ctx, bound, acme.AcceptTOS)
		return accountFault(err)
	})
}

func accountFault(err error) error {
	if err == nil {
		return nil
	}
	return &stepError{"account", err}
}

// prove shows the authority that the box has a name, unless it knows already.
func (o *ordering) prove(ctx context.Context, url string) error {
	z, err := o.client.GetAuthorization(ctx, url)
	if err != nil || z.Status == acme.StatusValid {
		return err
	}
	for _, way := range o.Ways {
		i := slices.IndexFunc(z.Challenges, func(c *acme.Challenge) bool { return c.Type == way })
		if i < 0 {
			continue
		}
		hide, err := o.show(z.Challenges[i], z.Identifier.Value)
		if err != nil {
			return err
		}
		defer hide()
		if _, err := o.client.Accept(ctx, z.Challenges[i]); err != nil {
			return err
		}
		_, err = o.client.WaitAuthorization(ctx, url)
		return err
	}
	return errNoWay
}

func (o *ordering) show(c *acme.Challenge, host string) (hide func(), err error) {
	if c.Type == ALPN {
		pair, err := o.client.TLSALPN01ChallengeCert(c.Token, host)
		if err != nil {
			return nil, fmt.Errorf("make answer: %w", err)
		}
		return o.Answers.ShowPair(host, &pair), nil
	}
	text, err := o.client.HTTP01ChallengeResponse(c.Token)
	if err != nil {
		return nil, fmt.Errorf("make answer: %w", err)
	}
	return o.Answers.ShowText(o.client.HTTP01ChallengePath(c.Token), text), nil
}
