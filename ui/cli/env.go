package cli

import (
	"context"
	"io"
	"net/http"

	"coffre/index"
	updates "coffre/ui/update"
)

// Env is what a command has of its surroundings. main.go fills it, tests too.
type Env struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Version        string

	// Open opens a data directory in this process and returns the handler that
	// the local socket would serve, its jobs running, and what closes it again.
	// A *store.Error of code "in-use" says that another process holds it.
	Open func(dataDir string) (http.Handler, func() error, error)
	// Init makes a new box in an empty directory.
	Init func(context.Context, InitRequest) (InitResult, error)
	// Embedder is a runtime's embedder for eval, by the name typed after
	// --embedder ("ollama:bge-m3"). Nil where there is none.
	Embedder func(ctx context.Context, name string) (index.Embedder, error)
	// Sample makes the sample firm for eval --answers.
	Sample func(context.Context) (Sample, error)
	// Updates are those of a data directory; nil: this program is never replaced.
	Updates func(dataDir string) *updates.Box
	// Commands are main.go's own: demo, serve.
	Commands []Command
}

// InitRequest is what `coffre init` was told.
type InitRequest struct {
	DataDir  string // absolute
	Firm     string
	Admin    string // the administrator's name
	Login    string // what they type at sign-in
	Tenant   string // "" lets Init derive it from the firm's name
	Password string
	Lang     string // "fr" or "en"
}

// InitResult is a box that was made. The keys are the emergency kit: they are
// shown once, and the recovery secret is kept nowhere.
type InitResult struct {
	Tenant string `json:"tenant"`
	Admin  string `json:"admin"` // the login
	APIKey string `json:"api_key"`

	FirstKey       string `json:"-"`
	RecoveryKey    string `json:"-"`
	RecoverySecret string `json:"-"`
	// Of the backups: 24 words, and the number of the kit that they are.
	BackupWords []string `json:"-"`
	BackupMark  string   `json:"-"`
	// Of the box's own chain, which holds its starts and what concerns no firm.
	BoxFirstKey       string `json:"-"`
	BoxRecoveryKey    string `json:"-"`
	BoxRecoverySecret string `json:"-"`
}
