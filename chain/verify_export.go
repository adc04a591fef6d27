package chain

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// VerifyExport checks an export, complete or filtered, in constant memory. The
// error is about reading, about unusable options (ErrKey, ErrCheckpoint), or
// says that the file is no export (ErrNotExport, ErrSegment, ErrLineTooLong); whatever is
// wrong with an export is in the Report.
func VerifyExport(r io.Reader, o VerifyOptions) (Report, error) {
	lines, first, err := openLines(r)
	if err != nil {
		return Report{}, err
	}
	return verifyLines(lines, first, o)
}

// VerifyFile checks an export or a receipt, whichever the content says it is.
// Errors: those of VerifyExport.
func VerifyFile(r io.Reader, o VerifyOptions) (Report, error) {
	lines, first, err := openLines(r)
	if err != nil {
		return Report{}, err
	}
	if Sniff(first) != KindReceipt {
		return verifyLines(lines, first, o)
	}
	if more, err := lines.next(MaxLine); !errors.Is(err, io.EOF) {
		if err != nil {
			return Report{}, fmt.Errorf("read receipt: %w", err)
		}
		return Report{Fault: FaultReceipt, Detail: fmt.Sprintf("%d more bytes follow it", len(more))}, nil
	}
	return VerifyReceipt(first, o)
}

// openLines reads the first line, in a slice of its own.
func openLines(r io.Reader) (*lineReader, []byte, error) {
	lines := newLineReader(r)
	first, err := lines.next(MaxHeaderLine)
	if errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("read export: %w: it is empty", ErrNotExport)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read export header: %w", err)
	}
	return lines, bytes.Clone(first), nil
}

func verifyLines(lines *lineReader, first []byte, o VerifyOptions) (Report, error) {
	h, err := parseHeader(first)
	if errors.Is(err, ErrNotExport) {
		return Report{}, fmt.Errorf("read export header: %w", err)
	}
	if err != nil {
		return Report{Tenant: h.Customer.ID, Fault: FaultHeader, Detail: err.Error()}, nil
	}
	if h.Segment {
		return Report{}, fmt.Errorf("read export header: %w", ErrSegment)
	}
	v, f, err := begin(h, o)
	if err != nil {
		return Report{}, err
	}
	if f == nil && h.Complete {
		f, err = v.walkLines(lines)
	} else if f == nil {
		f, err = v.walkFiltered(lines)
	}
	if err != nil {
		return Report{}, err
	}
	return v.conclude(f), nil
}

// walkLines checks the lines of a complete export.
func (v *verification) walkLines(lines *lineReader) (*fault, error) {
	w := newWalk(v, true, false)
	var after *fault
	for {
		b, err := lines.next(MaxLine)
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, ErrLineTooLong) {
			after = faultf(w.seq, FaultLineLong, "longer than %d bytes", MaxLine)
			break
		}
		if err != nil {
			w.close(nil)
			return nil, err
		}
		if w.seq > v.cp.Size {
			after = faultf(w.seq, FaultExtra, "a line beyond the checkpoint")
			break
		}
		if !w.add(b) {
			break
		}
	}
	return w.close(after), nil
}
