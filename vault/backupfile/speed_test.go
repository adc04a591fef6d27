package backupfile

import (
	"io"
	"testing"

	"filippo.io/age"
)

// zeros are bytes without an end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// BenchmarkWrite is a backup of one large member; BenchmarkAge the same bytes
// through age alone.
func BenchmarkWrite(b *testing.B) {
	const size = 256 << 20
	s := Source{Name: BoxName, Size: size, Open: func() (io.ReadCloser, error) { return io.NopCloser(zeros{}), nil }}
	to := []age.Recipient{hybrid(b).Recipient()}
	b.SetBytes(size)
	for b.Loop() {
		x, err := Seal(to)
		if err != nil {
			b.Fatal(err)
		}
		w, err := x.To(io.Discard)
		if err == nil {
			_, err = Write(b.Context(), w, facts(), []Source{s})
		}
		if err != nil || w.Close() != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAge(b *testing.B) {
	const size = 256 << 20
	to := hybrid(b).Recipient()
	b.SetBytes(size)
	for b.Loop() {
		w, err := age.Encrypt(io.Discard, to)
		if err == nil {
			_, err = io.CopyN(w, zeros{}, size)
		}
		if err != nil || w.Close() != nil {
			b.Fatal(err)
		}
	}
}
