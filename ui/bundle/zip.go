package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// File is one part of a bundle.
type File struct {
	Name string
	Text []byte
}

// JSON makes a part of a value. Error: what json.Marshal says.
func JSON(name string, v any) (File, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return File{}, fmt.Errorf("encode %s: %w", name, err)
	}
	return File{name, append(b, '\n')}, nil
}

// Zip packs the parts, in their order.
func Zip(files []File, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: at.UTC()})
		if err == nil {
			_, err = w.Write(f.Text)
		}
		if err != nil {
			return nil, fmt.Errorf("write bundle: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write bundle: %w", err)
	}
	return out.Bytes(), nil
}
