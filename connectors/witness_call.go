package connectors

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"coffre/chain"
	"coffre/connectors/gate"
	"coffre/store"
)

// WitnessPath is C2SP tlog-witness's add-checkpoint below a box's address.
const WitnessPath = "/witness/add-checkpoint"

// What a box's refusals say besides their status; a witness of another make
// sends none of them.
const (
	WitnessCodeHeader     = "Coffre-Witness-Code"
	WitnessSizeHeader     = "Coffre-Witness-Size"
	WitnessRestoresHeader = "Coffre-Witness-Restores"
)

// witnessReply is what a witness answered.
type witnessReply struct {
	status   int
	code     string // of WitnessCodeHeader
	size     uint64 // that it knows, if told
	restores int
	told     bool
	lines    string // cosignature lines of a 200
}

const (
	witnessTimeout = 2 * time.Minute // hand-overs of years are some megabytes
	mostReply      = 64 << 10
)

// call brings a body to a witness's add-checkpoint. Errors are those of the
// network; every status is a reply.
func callWitness(ctx context.Context, dial func(context.Context, string, string) (net.Conn, error), w store.Witness, kind string, body []byte) (r witnessReply, err error) {
	var roots *x509.CertPool
	if w.CA != "" {
		if roots = x509.NewCertPool(); !roots.AppendCertsFromPEM([]byte(w.CA)) {
			return r, ErrWatchCA
		}
	}
	client := http.Client{
		Timeout:       witnessTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dial, TLSHandshakeTimeout: 10 * time.Second, DisableKeepAlives: true,
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.Address+WitnessPath, bytes.NewReader(body))
	if err != nil {
		return r, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", kind)
	resp, err := client.Do(req)
	if err != nil {
		return r, fmt.Errorf("reach the witness: %w", err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, mostReply))
	if err != nil {
		return r, fmt.Errorf("read the witness's answer: %w", err)
	}
	r.status, r.lines, r.code = resp.StatusCode, string(raw), resp.Header.Get(WitnessCodeHeader)
	r.readSize(resp.Header)
	return r, nil
}

// readSize takes the size that the witness knows from its headers, or as the
// protocol has it from the body of a 409.
func (r *witnessReply) readSize(h http.Header) {
	text := h.Get(WitnessSizeHeader)
	if text == "" && r.status == http.StatusConflict && strings.HasPrefix(h.Get("Content-Type"), "text/x.tlog.size") {
		text = strings.TrimSuffix(r.lines, "\n")
	}
	n, err := strconv.ParseUint(text, 10, 64)
	r.size, r.told = n, err == nil && n <= chain.MaxInteger
	r.restores, _ = strconv.Atoi(h.Get(WitnessRestoresHeader))
}

// witnessFault names the reason of a failure as a code of the catalogue.
func witnessFault(err error) string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var cert *tls.CertificateVerificationError
	switch e := (*store.Error)(nil); {
	case errors.Is(err, gate.ErrRefused):
		return "witness-gate"
	case errors.As(err, &unknown), errors.As(err, &host), errors.As(err, &cert):
		return "witness-tls"
	case errors.Is(err, chain.ErrSignature):
		return "witness-answer"
	case errors.As(err, &e):
		return e.Code
	}
	return "witness-unreachable"
}
