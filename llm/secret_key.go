package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"coffre/store"
)

// The settings that name a key in the vault, by its id: that of the runtime, of a
// server of its own for meaning, and of one for re-ranking. The fourth is of the
// embedder in use, as EmbedModel has it.
const (
	SettingKeySecret     = "llm.key_secret"
	SettingEmbedSecret   = "embed.key_secret"
	SettingRerankSecret  = "search.rerank_key_secret"
	SettingEmbedAtSecret = "embed.at_key_secret"
)

// The settings by which a coffre of before named files that held keys. Such a
// file is read no more: a server whose setting still names one isn't asked
// (ErrKeyFile), so that nobody wonders why it refuses. Emptied, or with a key
// from the vault beside it, the setting means nothing.
const (
	SettingKeyFile     = "llm.key_file"
	SettingEmbedKey    = "embed.key_file"
	SettingRerankKey   = "search.rerank_key_file"
	settingEmbedAtFile = "embed.at_key_file"
)

// KeyFiles are the settings that named files, with that of the key in the vault
// which takes each one's place.
var KeyFiles = map[string]string{SettingKeyFile: SettingKeySecret, SettingEmbedKey: SettingEmbedSecret, SettingRerankKey: SettingRerankSecret}

// ErrKeySecret: the vault doesn't give the key; the cause says why.
var ErrKeySecret = errors.New("key in the vault can't be used")

// KeySource leases the key of a server for one request to a URL. tool is what
// the request is for.
type KeySource func(ctx context.Context, tool, url string) (*store.CredentialLease, error)

// heldKey is a key in a tenant's vault; the zero value is none. Those of the
// same opened tenant, credential and authorities are equal.
type heldKey struct {
	wallet store.Wallet
	id     string
	trust  string // by what the server is believed
	file   bool   // there is none, but a file is named
}

func keyOf(v *store.View, setting, file string) heldKey {
	return keyNamed(v, v.Setting(setting, ""), v.Setting(file, ""))
}

func keyNamed(v *store.View, id, file string) heldKey {
	if id == "" {
		return heldKey{file: file != ""}
	}
	return heldKey{wallet: v.Wallet(), id: id, trust: v.CredentialTrust(store.PurposeRuntime)}
}

// source is nil where there is no key.
func (k heldKey) source() KeySource {
	switch {
	case k.file:
		return func(context.Context, string, string) (*store.CredentialLease, error) { return nil, ErrKeyFile }
	case k.id == "":
		return nil
	}
	return func(ctx context.Context, tool, url string) (*store.CredentialLease, error) {
		return k.wallet.Lease(ctx, store.System("llm"), store.CredentialUse{
			ID: k.id, Purpose: store.PurposeRuntime, Address: url, Trust: k.trust, Tool: tool, For: conversationOf(ctx),
		})
	}
}

type conversationKey struct{}

// inConversation tells whoever uses a credential for what it is.
func inConversation(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, conversationKey{}, id)
}

func conversationOf(ctx context.Context) string {
	id, _ := ctx.Value(conversationKey{}).(string)
	return id
}

// toolOf is which part of the box a request belongs to.
func toolOf(url string) string {
	switch {
	case strings.HasSuffix(url, "/embeddings"):
		return "embed"
	case strings.HasSuffix(url, "/rerank"):
		return "rerank"
	}
	return "llm"
}

// do sends a request with the server's key, if there is one. The answer breaks off
// once the credential is revoked.
func (r *OpenAI) do(req *http.Request) (*http.Response, error) {
	if r.vault == nil {
		return r.client.Do(req)
	}
	lease, err := r.vault(req.Context(), toolOf(req.URL.Path), req.URL.String())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeySecret, err)
	}
	req = req.WithContext(lease.Context())
	err = lease.Open(func(value []byte) error {
		req.Header.Set("Authorization", "Bearer "+string(value))
		return nil
	})
	if err != nil {
		lease.End()
		return nil, fmt.Errorf("%w: %w", ErrKeySecret, err)
	}
	res, err := r.client.Do(req)
	req.Header.Del("Authorization")
	if err != nil {
		defer lease.End()
		if cause := context.Cause(lease.Context()); errors.Is(cause, store.ErrCredentialEnded) || errors.Is(cause, store.ErrCredentialRotated) {
			return nil, fmt.Errorf("%w: %w", ErrKeySecret, cause)
		}
		return nil, err
	}
	res.Request = nil // it holds nothing that an answer's reader needs
	res.Body = leasedBody{res.Body, lease}
	return res, nil
}

// leasedBody ends the lease with the answer.
type leasedBody struct {
	io.ReadCloser
	lease *store.CredentialLease
}

func (b leasedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		if cause := context.Cause(b.lease.Context()); errors.Is(cause, store.ErrCredentialEnded) || errors.Is(cause, store.ErrCredentialRotated) {
			err = fmt.Errorf("%w: %w", ErrKeySecret, cause)
		}
	}
	return n, err
}

func (b leasedBody) Close() error {
	defer b.lease.End()
	return b.ReadCloser.Close()
}
