package oidc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"encoding/json"
)

// Endpoints is what a provider says of itself: OpenID Connect Discovery 1.0,
// section 3. Every address is https.
type Endpoints struct {
	Issuer        string
	AuthURL       string   // where the browser goes
	TokenURL      string   // where the box exchanges the code
	KeysURL       string   // its signing keys
	Algorithms    []string // of its signatures, those that are accepted here
	Basic         bool     // the client's secret goes in the Authorization header, else in the body
	SaysIssuer    bool     // RFC 9207: each answer names the issuer
	LogoutSession bool     // back-channel logout tokens carry sid
	Logout        bool     // sends back-channel logout tokens
}

// accepted are the signatures that are believed: asymmetric ones. "none" and
// HMAC, whose key would be public or the client's secret, are not among them.
var accepted = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

const wellKnown = "/.well-known/openid-configuration"

// CheckIssuer tells whether s can be an issuer: an https address without a
// query or fragment (OpenID Connect Discovery 1.0, section 2). Error: Refusal
// Clear or Issuer.
func CheckIssuer(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || len(s) > 300 || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" || u.ForceQuery:
		return refuse(Issuer, errors.New("not the address of an issuer"))
	case u.Scheme != "https":
		return refuse(Clear, errClear)
	}
	return nil
}

// Discover reads a provider's description and checks that it is this issuer's.
// Errors: Refusal Clear, Issuer, Unreachable, Certificate, Discovery.
func Discover(ctx context.Context, client *http.Client, issuer string) (Endpoints, error) {
	if err := CheckIssuer(issuer); err != nil {
		return Endpoints{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(issuer, "/")+wellKnown, nil)
	if err != nil {
		return Endpoints{}, refuse(Issuer, err)
	}
	resp, err := bounded(client).Do(req)
	if err != nil {
		return Endpoints{}, refuse(reasonOfDial(err), fmt.Errorf("read description: %w", err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return Endpoints{}, refuse(Discovery, fmt.Errorf("read description: status %d", resp.StatusCode))
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return Endpoints{}, refuse(Discovery, fmt.Errorf("read description: %w", err))
	}
	return ParseEndpoints(body, issuer)
}

// ParseEndpoints reads a provider's description. Errors: Refusal Discovery,
// Issuer where it is another's, Clear, Algorithm where it signs with nothing that
// is accepted.
func ParseEndpoints(body []byte, issuer string) (Endpoints, error) {
	var d struct {
		Issuer        string   `json:"issuer"`
		AuthURL       string   `json:"authorization_endpoint"`
		TokenURL      string   `json:"token_endpoint"`
		KeysURL       string   `json:"jwks_uri"`
		Algorithms    []string `json:"id_token_signing_alg_values_supported"`
		Methods       []string `json:"token_endpoint_auth_methods_supported"`
		SaysIssuer    bool     `json:"authorization_response_iss_parameter_supported"`
		Logout        bool     `json:"backchannel_logout_supported"`
		LogoutSession bool     `json:"backchannel_logout_session_supported"`
	}
	if err := json.Unmarshal(body, &d); err != nil {
		return Endpoints{}, refuse(Discovery, errors.New("the description is no JSON object of that kind"))
	}
	if d.Issuer != issuer {
		return Endpoints{}, refuse(Issuer, errors.New("the description names another issuer"))
	}
	for _, u := range []string{d.AuthURL, d.TokenURL, d.KeysURL} {
		if err := checkEndpoint(u); err != nil {
			return Endpoints{}, err
		}
	}
	e := Endpoints{
		Issuer: d.Issuer, AuthURL: d.AuthURL, TokenURL: d.TokenURL, KeysURL: d.KeysURL,
		SaysIssuer: d.SaysIssuer, Logout: d.Logout, LogoutSession: d.LogoutSession,
		// client_secret_basic is the default where a provider doesn't say.
		Basic: len(d.Methods) == 0 || slices.Contains(d.Methods, "client_secret_basic"),
	}
	for _, a := range d.Algorithms {
		if slices.Contains(accepted, a) && !slices.Contains(e.Algorithms, a) {
			e.Algorithms = append(e.Algorithms, a)
		}
	}
	if len(d.Algorithms) == 0 {
		e.Algorithms = []string{"RS256"}
	}
	if len(e.Algorithms) == 0 {
		return Endpoints{}, refuse(Algorithm, errors.New("the provider signs with no algorithm that is accepted"))
	}
	return e, nil
}

func checkEndpoint(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || len(s) > 500 || u.Host == "" || u.User != nil || u.Fragment != "" || u.Opaque != "":
		return refuse(Discovery, errors.New("the description lacks an address, or has one that is none"))
	case u.Scheme != "https":
		return refuse(Clear, errClear)
	}
	return nil
}
