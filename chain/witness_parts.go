package chain

import (
	"bytes"
	"compress/flate"
	"encoding/base32"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
)

// Parts carry an update through QR codes or a mail that wraps its lines. Each is
// `CW1:k/n:crc:DATA`, all of it in the characters of QR's alphanumeric mode:
// number k of n, the CRC-32 of the whole in hex, and a piece of the base32 (no
// padding) of the DEFLATE of the JSON line.
const partsLead = "CW1:"

// maxParts bounds how many codes one would scan.
const maxParts = 999

var partsBase32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// WitnessParts returns the update in parts of at most most characters, which is
// at least 64. Error: ErrWitnessUpdate where they would be too many.
func (u WitnessUpdate) WitnessParts(most int) ([]string, error) {
	line, err := u.Encode()
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	z, _ := flate.NewWriter(&packed, flate.BestCompression)
	if _, err := z.Write(line); err != nil {
		return nil, fmt.Errorf("pack update: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack update: %w", err)
	}
	data, sum := partsBase32.EncodeToString(packed.Bytes()), crc32.ChecksumIEEE(packed.Bytes())
	room := max(most, 64) - len(partsLead) - len("999/999:01234567:")
	n := (len(data) + room - 1) / room
	if n > maxParts {
		return nil, fmt.Errorf("%w: %d parts", ErrWitnessUpdate, n)
	}
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf("%s%d/%d:%08X:%s", partsLead, i+1, n, sum, data[i*room:min(len(data), (i+1)*room)])
	}
	return parts, nil
}

func isParts(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte(partsLead))
}

// joinParts puts parts together again. White space may stand anywhere; a part
// may be there twice.
func joinParts(text []byte) ([]byte, error) {
	flat := strings.Join(strings.Fields(string(text)), "")
	pieces := strings.Split(flat, partsLead)[1:]
	if len(pieces) > 10*maxParts {
		return nil, fmt.Errorf("%w: too many parts", ErrWitnessUpdate)
	}
	var data []string
	var sum string
	missing := 0
	for _, p := range pieces {
		place, rest, _ := strings.Cut(p, ":")
		crc, piece, ok := strings.Cut(rest, ":")
		number, total, _ := strings.Cut(place, "/")
		k, err1 := strconv.Atoi(number)
		n, err2 := strconv.Atoi(total)
		if !ok || err1 != nil || err2 != nil || k < 1 || k > n || n > maxParts || piece == "" {
			return nil, fmt.Errorf("%w: a part is malformed", ErrWitnessUpdate)
		}
		if data == nil {
			data, sum, missing = make([]string, n), crc, n
		}
		if n != len(data) || crc != sum {
			return nil, fmt.Errorf("%w: the parts are of two updates", ErrWitnessUpdate)
		}
		if data[k-1] == "" {
			missing--
		}
		data[k-1] = piece
	}
	if missing > 0 || data == nil {
		return nil, fmt.Errorf("%w: %d of %d parts are missing", ErrWitnessUpdate, missing, len(data))
	}
	packed, err := partsBase32.DecodeString(strings.Join(data, ""))
	if err != nil || fmt.Sprintf("%08X", crc32.ChecksumIEEE(packed)) != sum {
		return nil, fmt.Errorf("%w: a part was misread", ErrWitnessUpdate)
	}
	line, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), MaxHeaderLine+1))
	if err != nil || len(line) > MaxHeaderLine {
		return nil, fmt.Errorf("%w: it can't be unpacked", ErrWitnessUpdate)
	}
	return line, nil
}
