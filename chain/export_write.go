package chain

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Writer writes an export line by line, in constant memory. It trusts its
// caller: VerifyExport is what checks.
type Writer struct {
	out      *bufio.Writer
	header   Header
	line     []byte
	entries  uint64
	sum      hash.Hash // over the lines between header and end
	finished Hash
}

// ErrIncomplete is returned by Close where a complete export did not get every
// entry from first to last.
var ErrIncomplete = errors.New("export is not complete")

// NewWriter writes the header to w. With h.Complete, Entry must then be called
// for each entry from h.First to h.Last; otherwise ProvenEntry, in order.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	b, err := h.encode()
	if err != nil {
		return nil, fmt.Errorf("write export header: %w", err)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	out.Write(b)
	if err := out.WriteByte('\n'); err != nil {
		return nil, fmt.Errorf("write export header: %w", err)
	}
	return &Writer{out: out, header: h, sum: sha256.New()}, nil
}

// Entry writes one line of a complete export. private is the private part's
// canonical JSON and salt its 32 bytes, or both are nil.
func (w *Writer) Entry(chainHash Hash, payload, private, salt []byte) error {
	return w.write(chainHash, nil, payload, nil, private, salt)
}

// ProvenEntry writes one line of a filtered export: proof is the inclusion
// proof of leaf seq-1 in the checkpoint's tree.
func (w *Writer) ProvenEntry(previous, chainHash Hash, payload []byte, proof []Hash, private, salt []byte) error {
	return w.write(chainHash, &previous, payload, proof, private, salt)
}

func (w *Writer) write(chainHash Hash, previous *Hash, payload []byte, proof []Hash, private, salt []byte) error {
	if (previous == nil) != w.header.Complete {
		return fmt.Errorf("write export line: %w for this kind of export", errLine)
	}
	w.line = append(appendLine(w.line[:0], chainHash, previous, payload, proof, private, salt), '\n')
	w.entries++
	w.sum.Write(w.line)
	if _, err := w.out.Write(w.line); err != nil {
		return fmt.Errorf("write export line: %w", err)
	}
	return nil
}

// appendLine writes an entry as exports and receipts hold it, without a line feed.
func appendLine(b []byte, chainHash Hash, previous *Hash, payload []byte, proof []Hash, private, salt []byte) []byte {
	b = append(b, `{"chain_hash":"`...)
	b = hex.AppendEncode(b, chainHash[:])
	b = append(b, `","payload":`...)
	b = append(b, payload...)
	if previous != nil {
		b = append(b, `,"previous_hash":"`...)
		b = append(hex.AppendEncode(b, previous[:]), '"')
	}
	if private != nil {
		b = append(b, `,"private":`...)
		b = append(b, private...)
	}
	if previous != nil {
		b = append(b, `,"proof":`...)
		b, _ = appendArray(b, base64List(proof), 0)
	}
	if private != nil {
		b = append(b, `,"salt":"`...)
		b = append(hex.AppendEncode(b, salt), '"')
	}
	return append(b, '}')
}

// Close ends the export and flushes it; it does not close the io.Writer.
func (w *Writer) Close() error {
	w.sum.Sum(w.finished[:0])
	if !w.header.Complete {
		fmt.Fprintf(w.out, `{"end":{"entries":%d,"sha256":"%s"}}`+"\n", w.entries, w.finished)
	}
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	if w.header.Complete && w.header.First+w.entries != w.header.Last+1 {
		return fmt.Errorf("write export: %w: %d entries", ErrIncomplete, w.entries)
	}
	return nil
}

// End returns the count and the SHA-256 of the lines after the header, as a
// filtered export's last line and the box's own entry about it state them. It is
// valid after Close.
func (w *Writer) End() (entries uint64, sum Hash) { return w.entries, w.finished }
