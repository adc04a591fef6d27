package ui

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strconv"

	"coffre/store"
)

// upload is one file of a multipart body and the collection that it goes to,
// "" where none is named.
type upload struct {
	name       string
	body       io.Reader
	collection string
}

// formRoom is what a multipart body may hold beside its files, in bytes.
const formRoom = 1 << 20

// uploads reads a multipart body file by file.
type uploads struct {
	*request
	parts      *multipart.Reader
	collection string
	waiting    []spooled
	files      int
}

// spooled is a file that came before the field that names its collection.
type spooled struct {
	name string
	file *os.File
}

// eachFile calls fn for every file part; a field "collection" holds for the
// files after it, and for those before the first one. The body may hold at most
// MaxUpload bytes and formRoom, whether its length is told or not.
func (q *request) eachFile(fn func(upload) error) error {
	if q.r.ContentLength > q.s.MaxUpload+formRoom {
		return tooLarge(q.s.MaxUpload)
	}
	left, err := q.t.RoomLeft()
	if err != nil {
		return err
	}
	if left == 0 || left > 0 && q.r.ContentLength > left+formRoom {
		return store.Fail(store.Unavailable, "quota-bytes", "most", strconv.FormatInt(q.t.Quota().Bytes, 10))
	}
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, q.s.MaxUpload+formRoom)
	parts, err := q.r.MultipartReader()
	if err != nil {
		return store.Fail(store.Invalid, "bad-request").Because(err)
	}
	u := &uploads{request: q, parts: parts}
	defer u.discard()
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = u.part(part, fn)
		}
		if err != nil {
			return q.uploadFault(err)
		}
	}
	if u.files == 0 {
		return store.Fail(store.Invalid, "file-missing")
	}
	return u.flush(fn)
}

func (u *uploads) part(part *multipart.Part, fn func(upload) error) error {
	if part.FileName() == "" {
		if part.FormName() != "collection" {
			return nil
		}
		b, err := io.ReadAll(io.LimitReader(part, 1000))
		if err != nil {
			return err
		}
		u.collection = string(b)
		return u.flush(fn)
	}
	u.files++
	if u.collection == "" && u.manyWritable() {
		return u.spool(part)
	}
	return fn(upload{part.FileName(), part, u.collection})
}

// manyWritable tells whether a file without a collection could go to several.
func (q *request) manyWritable() bool {
	n := 0
	q.view(func(v *store.View) error {
		all, err := v.ReadableCollections(q.p)
		for _, c := range all {
			if q.p.MayWrite(c) {
				n++
			}
		}
		return err
	})
	return n > 1
}

// spool keeps a file until its collection is known, beside the originals that
// are being received: what a kill leaves there goes at the next start.
func (u *uploads) spool(part *multipart.Part) error {
	dir := u.t.FilePath("")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create files directory: %w", err)
	}
	f, err := os.CreateTemp(dir, ".incoming-*")
	if err != nil {
		return fmt.Errorf("spool file: %w", err)
	}
	u.waiting = append(u.waiting, spooled{part.FileName(), f})
	if _, err := io.Copy(f, part); err != nil {
		return fmt.Errorf("spool file: %w", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("spool file: %w", err)
	}
	return nil
}

// flush hands on what was waiting for its collection.
func (u *uploads) flush(fn func(upload) error) error {
	for _, w := range u.waiting {
		if err := fn(upload{w.name, w.file, u.collection}); err != nil {
			return err
		}
	}
	u.discard()
	return nil
}

func (u *uploads) discard() {
	for _, w := range u.waiting {
		w.file.Close()
		os.Remove(w.file.Name())
	}
	u.waiting = nil
}

// uploadFault says what went wrong with a body that was being read; an error
// with a code of its own stays as it is.
func (q *request) uploadFault(err error) error {
	var big *http.MaxBytesError
	var own *store.Error
	switch {
	case errors.As(err, &big), errors.As(err, &own) && own.Code == "too-large":
		return tooLarge(q.s.MaxUpload)
	case errors.As(err, &own):
		return err
	case q.r.Context().Err() != nil, errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), isMultipart(err):
		return store.Fail(store.Invalid, "upload-interrupted").Because(err)
	}
	return err
}

// isMultipart tells whether err is about the form of a multipart body, which
// mime/multipart has no type for: whatever is no error of the file system is.
func isMultipart(err error) bool {
	var path *os.PathError
	return !errors.As(err, &path)
}
