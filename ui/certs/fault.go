package certs

import "errors"

// Errors of a certificate that somebody gives; each is wrapped by a Fault.
var (
	ErrFile = errors.New("not a certificate and key that can be read")
	ErrPair = errors.New("the key does not belong to the certificate")
	ErrDate = errors.New("the certificate is not valid today")
	ErrFit  = errors.New("the certificate is not fit for this server")
	// ErrIssue is of an authority that was asked for one.
	ErrIssue = errors.New("the authority issued no certificate")
)

// Fault says what is wrong with a certificate in a way that a person can be told
// in their language. It holds nothing of a key.
type Fault struct {
	Code   string   // "tls-pkcs12", of the catalogue's family error
	Params []string // names and values in turn
	File   string   // where it was read, "" for what was handed in
	Err    error    // one of the errors above
}

func (f *Fault) Error() string {
	if f.File != "" {
		return f.File + ": " + f.Code + ": " + f.Err.Error()
	}
	return f.Code + ": " + f.Err.Error()
}

func (f *Fault) Unwrap() error { return f.Err }

func fault(err error, code string, params ...string) *Fault {
	return &Fault{Code: code, Params: params, Err: err}
}

// in names the file that err came from, if it is a Fault.
func in(file string, err error) error {
	var f *Fault
	if errors.As(err, &f) {
		c := *f
		c.File = file
		return &c
	}
	return err
}
