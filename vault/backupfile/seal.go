package backupfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

// Identity opens age files, Recipient is what they are made for. Only this package
// and vault know age itself.
type (
	Identity  = age.Identity
	Recipient = age.Recipient
)

// Errors of recipients.
var (
	ErrRecipient = errors.New("not a recipient of age")
	ErrMixed     = errors.New("recipients of two kinds")
)

// Recipients reads age recipients: "age1pq…", hybrid post-quantum, or "age1…",
// X25519. The two are never mixed, since a file is as weak as its weakest
// recipient. bad is the number, from 1, of one that is none. Errors: ErrRecipient,
// ErrMixed.
func Recipients(texts []string) (out []age.Recipient, bad int, err error) {
	hybrid := 0
	for i, s := range texts {
		if strings.HasPrefix(s, "age1pq1") {
			r, err := age.ParseHybridRecipient(s)
			if err != nil {
				return nil, i + 1, ErrRecipient
			}
			out, hybrid = append(out, r), hybrid+1
			continue
		}
		r, err := age.ParseX25519Recipient(s)
		if err != nil {
			return nil, i + 1, ErrRecipient
		}
		out = append(out, r)
	}
	if hybrid != 0 && hybrid != len(out) {
		return nil, 0, ErrMixed
	}
	return out, 0, nil
}

// remembering is a recipient that notes the file key which it wraps, so that the
// very file can be opened by whoever made it as long as the process keeps it: a
// trial restore needs nobody's identity.
type remembering struct {
	age.Recipient
	key *[]byte
}

// WrapWithLabels implements age.RecipientWithLabels.
func (r remembering) WrapWithLabels(fileKey []byte) ([]*age.Stanza, []string, error) {
	*r.key = bytes.Clone(fileKey)
	if l, ok := r.Recipient.(age.RecipientWithLabels); ok {
		return l.WrapWithLabels(fileKey)
	}
	s, err := r.Wrap(fileKey)
	return s, nil, err
}

// Sealing is an age file that is about to be written.
type Sealing struct {
	head   bytes.Buffer
	out    io.Writer
	inner  io.WriteCloser
	opener []byte
}

// Seal begins an age file for recipients; nothing is written before To.
func Seal(recipients []age.Recipient) (*Sealing, error) {
	if len(recipients) == 0 {
		return nil, ErrRecipient
	}
	s := &Sealing{}
	all := append([]age.Recipient{}, recipients...)
	all[0] = remembering{all[0], &s.opener}
	return s.begin(all)
}

func (s *Sealing) begin(all []age.Recipient) (*Sealing, error) {
	s.out = &s.head
	var err error
	if s.inner, err = age.Encrypt(late{s}, all...); err != nil {
		return nil, fmt.Errorf("begin age file: %w", err)
	}
	return s, nil
}

// late writes to where the Sealing writes at the moment.
type late struct{ s *Sealing }

func (l late) Write(b []byte) (int, error) { return l.s.out.Write(b) }

const (
	ageChunk = 64 << 10 // plaintext bytes of a chunk
	ageTag   = 16       // bytes by which it grows
)

// Length is how long the age file will be for so many bytes of plaintext.
func (s *Sealing) Length(plain int64) int64 { return int64(s.head.Len()) + StreamLength(plain) }

// StreamLength is how long so many bytes are once encrypted, without the head.
func StreamLength(plain int64) int64 {
	return plain + max((plain+ageChunk-1)/ageChunk, 1)*ageTag
}

// To writes the head to w and returns where the plaintext goes; closing it ends
// the age file.
func (s *Sealing) To(w io.Writer) (io.WriteCloser, error) {
	if _, err := w.Write(s.head.Bytes()); err != nil {
		return nil, fmt.Errorf("begin age file: %w", err)
	}
	s.out = w
	return s.inner, nil
}

// Opener is an identity that opens this one file and is written nowhere.
func (s *Sealing) Opener() age.Identity { return age.NewInjectedFileKeyIdentity(s.opener) }

const ageIntro = "age-encryption.org/v1\n"

// maxHead is how long the head of an age file may be, bytes: 128 hybrid stanzas.
const maxHead = 256 << 10

// ageNonce follows the head's last line.
const ageNonce = 16

// Opened is the plaintext of an age file, as it comes: what it is worth shows at
// its end alone.
type Opened struct {
	r   io.Reader
	src *source
}

// Open begins to read an age file. Errors, also of Read: ErrNotBackup for what is
// no age file, ErrIdentity, ErrCut, ErrDamaged, and those of r.
func Open(r io.Reader, ids []age.Identity) (*Opened, error) {
	src := &source{r: r}
	br := bufio.NewReaderSize(src, maxHead)
	head, _ := br.Peek(maxHead)
	switch {
	case src.err != nil:
		return nil, src.err
	case len(head) == 0 || !strings.HasPrefix(string(head), ageIntro[:min(len(head), len(ageIntro))]):
		return nil, ErrNotBackup
	}
	if i := bytes.Index(head, []byte("\n--- ")); i >= 0 {
		if j := bytes.IndexByte(head[i+1:], '\n'); j >= 0 {
			src.head = int64(i + j + 2 + ageNonce)
		}
	}
	if src.end && (src.head == 0 || src.n < src.head) {
		return nil, ErrCut
	}
	plain, err := age.Decrypt(br, ids...)
	if err != nil {
		return nil, src.tell(err)
	}
	return &Opened{plain, src}, nil
}

// Read implements io.Reader.
func (o *Opened) Read(b []byte) (int, error) {
	n, err := o.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = o.src.tell(err)
	}
	return n, err
}

// source notes errors of reading and where the file ended.
type source struct {
	r      io.Reader
	n      int64
	err    error
	end    bool
	head   int64 // bytes before the stream
	expect int64 // bytes of plaintext that the file is to hold, 0 while unknown
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	s.n += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		s.end = true
	case err != nil:
		s.err = err
	}
	return n, err
}

// tell says what an error of age's means.
func (s *source) tell(err error) error {
	var none *age.NoIdentityMatchError
	switch {
	case s.err != nil:
		return s.err
	case errors.As(err, &none):
		return fmt.Errorf("%w: %w", ErrIdentity, err)
	case errors.Is(err, io.ErrUnexpectedEOF), s.short():
		return fmt.Errorf("%w: %w", ErrCut, err)
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

// short tells whether the file ends before what it is to hold does; before that
// is known, whether it ends in its first chunk, which no backup does.
func (s *source) short() bool {
	if s.expect == 0 {
		return s.end && s.n < s.head+ageChunk+ageTag
	}
	return s.end && s.n < s.head+StreamLength(s.expect)
}

// Identities reads an identity file of age: hybrid and X25519 identities, a line
// each. The error holds nothing of the text.
func Identities(text []byte) ([]Identity, error) {
	ids, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, ErrIdentity
	}
	return ids, nil
}

// Throwaway is the recipient of an identity that nobody keeps: for a file that only
// its maker opens, once.
func Throwaway() (string, error) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", fmt.Errorf("draw recipient: %w", err)
	}
	return id.Recipient().String(), nil
}
