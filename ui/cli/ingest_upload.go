package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
)

// errFile marks what is wrong with a file of ours, not with the box.
var errFile = errors.New("file can't be read")

func unreadable(err error) error { return fmt.Errorf("%w: %w", errFile, err) }

// upload sends a file as multipart/form-data, collection first, streaming it
// from the disk, and notes in r which document it became.
func (b *box) upload(ctx context.Context, collectionID string, f found, r *receipt) error {
	file, err := os.Open(f.path)
	if err != nil {
		return unreadable(err)
	}
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return unreadable(err)
	}
	head, tail, contentType, err := envelope(collectionID, f.name)
	if err != nil {
		return err
	}
	content := &exactly{r: file, left: st.Size()}
	body := io.MultiReader(bytes.NewReader(head), content, bytes.NewReader(tail))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, apiBase+"/documents", body)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.ContentLength = int64(len(head)) + st.Size() + int64(len(tail))
	req.Header.Set("Content-Type", contentType)
	resp, err := b.send(req)
	if ferr := content.failed(); ferr != nil {
		if err == nil {
			resp.Body.Close()
		}
		return unreadable(ferr)
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var a struct {
		ID      string `json:"id"`
		Status  string `json:"status"`
		Version string `json:"version"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil || a.ID == "" {
		return interrupted(ctx, errors.New("read receipt: no document"))
	}
	r.DocumentID, r.Status, r.version = a.ID, a.Status, a.Version
	return nil
}

// envelope is what stands before and after the file's bytes.
func envelope(collectionID, name string) (head, tail []byte, contentType string, err error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	if err := w.WriteField("collection", collectionID); err != nil {
		return nil, nil, "", fmt.Errorf("write form: %w", err)
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", mime.FormatMediaType("form-data", map[string]string{"name": "file", "filename": name}))
	h.Set("Content-Type", "application/octet-stream")
	if _, err := w.CreatePart(h); err != nil {
		return nil, nil, "", fmt.Errorf("write form: %w", err)
	}
	n := buf.Len()
	if err := w.Close(); err != nil {
		return nil, nil, "", fmt.Errorf("write form: %w", err)
	}
	return buf.Bytes()[:n:n], buf.Bytes()[n:], w.FormDataContentType(), nil
}
