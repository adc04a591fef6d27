package llm

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"

	"coffre/store"
)

// More of why a runtime did not answer; the first ones stand with Provider.
var (
	ErrKey      = errors.New("model runtime wants another key")
	ErrKeyFile  = errors.New("a file is named as key, and such files are read no more")
	ErrCAFile   = errors.New("file of certificate authorities can't be used")
	ErrBusy     = errors.New("model runtime has too much to do")
	ErrNotAPI   = errors.New("what answers is no model runtime")
	ErrNoChat   = errors.New("model writes no answers")
	ErrWantsTLS = errors.New("model runtime wants https")
)

// CodeOf is the catalogue's code of a runtime's error, "" for other errors. Why
// the vault doesn't give a key the store has said already.
func CodeOf(err error) string {
	if why := (*store.Error)(nil); errors.Is(err, ErrKeySecret) && errors.As(err, &why) {
		return why.Code
	}
	for _, c := range []struct {
		err  error
		code string
	}{
		{ErrKeyFile, "key-file-gone"}, {ErrKeySecret, "runtime-key-secret"}, {ErrCAFile, "runtime-ca-file"}, {ErrKey, "runtime-key"}, {ErrBusy, "runtime-busy"},
		{ErrNotAPI, "runtime-not-api"}, {ErrWantsTLS, "runtime-wants-tls"}, {ErrNoChat, "model-no-chat"},
		{ErrModelMissing, "model-missing"}, {ErrModelRemote, "model-remote"},
		{ErrPromptCut, "prompt-cut"}, {ErrTimeout, "runtime-slow"}, {ErrCancelled, "stream-interrupted"},
		{ErrNoEmbedding, "model-no-embedding"}, {ErrModelChanged, "model-changed"}, {ErrBadVector, "model-bad-vector"},
		{ErrNoRerank, "model-no-rerank"}, {ErrBadScores, "model-bad-scores"},
		{ErrRuntime, "runtime-failed"}, {ErrQueueFull, "busy"},
	} {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	if errors.Is(err, ErrUnreachable) {
		return unreachableCode(err)
	}
	return ""
}

// unreachableCode tells the ways apart in which a connection fails before anything is said: each wants
// something else of the administrator.
func unreachableCode(err error) string {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var host x509.HostnameError
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &name):
		return "runtime-name"
	case errors.As(err, &host):
		return "runtime-host"
	case errors.As(err, &certificate):
		return "runtime-certificate"
	case errors.As(err, &plain), errors.Is(err, http.ErrSchemeMismatch):
		return "runtime-no-tls"
	}
	return "runtime-unreachable"
}
