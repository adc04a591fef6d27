package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A witness keeps the last checkpoint that it saw, far from the box. It takes a
// newer one with the proof that nothing before was changed, and cosigns it.

const stateFormat = "coffre-witness-state/v1"

// WitnessState is what a witness's state file holds, its private key included.
type WitnessState struct {
	Format      string    `json:"format"`
	Log         string    `json:"log"`                    // KeyName's result: the origin without the restores
	FirstKey    string    `json:"first_key"`              // of the printed kit
	RecoveryKey string    `json:"recovery_key,omitempty"` // of the printed kit: needed to follow a restore
	Key         string    `json:"key"`                    // that signs now, as far as this witness knows
	Restores    int       `json:"restores"`
	Size        uint64    `json:"size"` // 0 before the first checkpoint
	Root        Hash      `json:"root"` // hex, at that size
	Cosigner    string    `json:"cosigner"`
	Checkpoint  string    `json:"checkpoint,omitempty"` // the last one, cosigned
	Seen        time.Time `json:"seen,omitzero"`
}

// Why a witness refuses.
var (
	// ErrWitnessState is wrapped where a state file can't be used.
	ErrWitnessState = errors.New("not a witness's state file")
	// ErrWitnessOrigin is returned for the checkpoint of another log.
	ErrWitnessOrigin = errors.New("the checkpoint is of another log")
	// ErrWitnessFrom is returned where the proof begins at another size than the
	// last one seen.
	ErrWitnessFrom = errors.New("the proof begins at another size")
	// ErrFork is returned where the new checkpoint contradicts the last one seen.
	ErrFork = errors.New("the log is not a continuation of the one that was seen")
	// ErrShrunk is returned where the log has become shorter.
	ErrShrunk = errors.New("the log is shorter than the one that was seen")
	// ErrUnknownKey is returned where nothing leads to the key that signed.
	ErrUnknownKey = errors.New("signed by a key that nothing leads to")
	// ErrWitnessProof is returned for a hand-over that does not hold.
	ErrWitnessProof = errors.New("a hand-over does not hold")
)

// NewWitness begins to watch the log whose first key (and on a second line its
// recovery key) the printed kit shows. name is the witness's own, as in
// NewCosigner. Error: ErrKey.
func NewWitness(name, kitKeys string) (WitnessState, error) {
	v := verification{o: VerifyOptions{FirstKey: kitKeys}}
	if err := v.readKeys(); err != nil {
		return WitnessState{}, err
	}
	c, err := NewCosigner(name)
	if err != nil {
		return WitnessState{}, err
	}
	s := WitnessState{
		Format: stateFormat, FirstKey: v.firstKey, RecoveryKey: v.recoveryKey, Key: v.firstKey,
		Cosigner: c.Secret(),
	}
	s.Log = nameOf(s.FirstKey)
	if err := s.validate(); err != nil {
		return WitnessState{}, fmt.Errorf("begin to witness: %w: %w", ErrKey, err)
	}
	return s, nil
}

// ParseWitnessState reads a state file. Error: ErrWitnessState.
func ParseWitnessState(b []byte) (WitnessState, error) {
	var s WitnessState
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("%w: not of its form", ErrWitnessState)
	}
	if err := s.validate(); err != nil {
		return s, err
	}
	return s, nil
}

// Encode returns the state file's content, which holds a private key.
func (s WitnessState) Encode() ([]byte, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode witness state: %w", err)
	}
	return append(b, '\n'), nil
}

// validate refuses a state that would let a witness cosign what it shouldn't.
func (s WitnessState) validate() error {
	bad := func(what string) error { return fmt.Errorf("%w: %s", ErrWitnessState, what) }
	if s.Format != stateFormat {
		return bad("format")
	}
	if s.Log == "" || CheckVerifier(s.FirstKey, s.Log) != nil || CheckVerifier(s.Key, s.Log) != nil {
		return bad("keys")
	}
	if s.RecoveryKey != "" && CheckVerifier(s.RecoveryKey, s.Log) != nil {
		return bad("recovery key")
	}
	if _, err := ParseCosigner(s.Cosigner); err != nil {
		return bad("cosigner")
	}
	if s.Restores < 0 || s.Size > MaxInteger || (s.Size == 0) != (s.Checkpoint == "") {
		return bad("size")
	}
	if s.Size == 0 {
		if s.Key != s.FirstKey || s.Restores != 0 || s.Root != (Hash{}) {
			return bad("size")
		}
		return nil
	}
	cp, _, err := OpenCheckpoint(s.Checkpoint)
	if err != nil || cp.Size != s.Size || cp.Root != s.Root || !holds(s.Checkpoint, s.Key) {
		return bad("checkpoint")
	}
	if lives, ours := restoresIn(cp.Origin, s.Log); !ours || lives != s.Restores {
		return bad("checkpoint")
	}
	return nil
}

// Verifier returns the witness's public key, by which its cosignatures are
// known, or "" where the state is not sound.
func (s WitnessState) Verifier() string {
	c, err := ParseCosigner(s.Cosigner)
	if err != nil {
		return ""
	}
	return c.Verifier()
}

// String hides the private key.
func (s WitnessState) String() string { return "***" }

// GoString hides the private key from %#v.
func (s WitnessState) GoString() string { return "***" }
