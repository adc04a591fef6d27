package inbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"coffre/connectors/extract"
	"coffre/store"
)

// killPoint is where tests end the process.
var killPoint = func(string) {}

// errMoving says that a file changed while it was read: it is looked at again.
var errMoving = errors.New("file changes")

// held is a file of the folder that is open, and what it was when it was opened.
type held struct {
	find
	f  *os.File
	st fs.FileInfo
}

// open opens a file, if it still is the one that was listed. The error is errMoving
// where it is another, or no file.
func (v *visit) open(f find) (*held, error) {
	was, err := v.root.Lstat(f.path)
	if err != nil {
		return nil, err
	}
	if !was.Mode().IsRegular() {
		return nil, errMoving
	}
	file, err := v.root.OpenFile(f.path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	st, err := file.Stat()
	if err == nil && (!os.SameFile(was, st) || !st.Mode().IsRegular() || !f.is(st)) {
		err = errMoving
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return &held{f, file, st}, nil
}

func (f find) is(st fs.FileInfo) bool { return st.Size() == f.size && st.ModTime().Equal(f.mtime) }

// Read implements io.Reader; the end is errMoving where the file has changed since
// it was opened, so that no half of it is kept.
func (h *held) Read(b []byte) (int, error) {
	n, err := h.f.Read(b)
	if errors.Is(err, io.EOF) {
		if st, serr := h.f.Stat(); serr != nil || !h.is(st) {
			err = errMoving
		}
	}
	return n, err
}

// take takes a file or sets it aside; done tells whether it waits no more. Errors
// say why it does.
func (v *visit) take(ctx context.Context, f find) (done bool, err error) {
	h, err := v.open(f)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return false, store.Fail(store.Unavailable, "inbox-unreadable").Because(err)
		}
		return false, err
	}
	defer h.f.Close()
	patient := time.Since(f.sight.since) < v.k.pace.patient
	if patient && writing(h.f) {
		return false, nil
	}
	before, err := v.before(h)
	if err != nil {
		return false, err
	}
	if before != nil && before.Code == "" {
		return true, v.finish(h, *before)
	}
	code, wait := v.judge(h, patient)
	if wait {
		return false, nil
	}
	if code != "" {
		return v.refuse(ctx, h, code, before)
	}
	if err := v.admit(h); err != nil {
		return false, err
	}
	taken, err := v.receive(ctx, h)
	if err != nil {
		return false, err
	}
	v.took(taken)
	killPoint("inbox-added")
	return true, v.finish(h, taken)
}

// before is what became of this very file earlier: a kill, or a folder that is
// read-only, left it where it was. nil where it is new.
func (v *visit) before(h *held) (*store.InboxFile, error) {
	var rec store.InboxFile
	err := v.t.View(func(view *store.View) (err error) {
		rec, err = view.InboxFile(v.plan.Folder, h.path)
		return err
	})
	switch {
	case store.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	case rec.Size != h.size || rec.MTime != h.mtime.UnixNano():
		return nil, nil
	case rec.Code != "":
		return &rec, nil
	}
	// A copier without a clock may give another scan the same name, size and time.
	sum := sha256.New()
	if _, err := io.Copy(sum, h); err != nil {
		return nil, err
	}
	if _, err := h.f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if hex.EncodeToString(sum.Sum(nil)) != rec.SHA256 {
		return nil, nil
	}
	return &rec, nil
}

// judge tells why a file is no document, or that it may become one yet.
func (v *visit) judge(h *held, patient bool) (code string, wait bool) {
	if h.size > v.k.opts.MaxFile {
		return "too-large", false
	}
	head := extract.Head{File: h.f, Size: h.size, Name: titled(path.Base(h.path))}
	code = v.k.opts.Judge(head)
	if code == "" && extract.Cut(head) {
		code = "inbox-unfinished"
	}
	// An empty file, and one without its end, is what a copier makes that still scans.
	return code, patient && (code == extract.CodeEmpty || code == "inbox-unfinished")
}

// admit tells why a file must wait, before a byte of it is written: rights, the
// firm's quota, room on the disk.
func (v *visit) admit(h *held) error {
	err, asked := v.ready[h.collection]
	if !asked {
		err = v.t.View(func(view *store.View) error { return view.InboxReady(v.plan, h.collection) })
		v.ready[h.collection] = err
	}
	if err != nil {
		return err
	}
	if most := v.t.Quota(); most.Bytes > 0 || most.Documents > 0 {
		var use store.Usage
		if err := v.t.View(func(view *store.View) (err error) { use, err = view.Usage(); return err }); err != nil {
			return err
		}
		if most.Bytes > 0 && use.Bytes+h.size > most.Bytes {
			return store.Fail(store.Unavailable, "quota-bytes", "most", fmt.Sprint(most.Bytes))
		}
		if most.Documents > 0 && use.Documents >= most.Documents {
			return store.Fail(store.Unavailable, "quota-documents", "most", fmt.Sprint(most.Documents))
		}
	}
	return v.k.root.RoomFor(v.t)
}

// receive makes the file durable, and a document of it.
func (v *visit) receive(ctx context.Context, h *held) (f store.InboxFile, err error) {
	o, err := v.t.ReceiveFile(h, v.k.opts.MaxFile)
	if err != nil {
		if errors.Is(err, errMoving) || store.AsError(err).Code == "too-large" {
			return f, errMoving // it grew while it was read
		}
		return f, err
	}
	killPoint("inbox-received")
	f, err = v.t.TakeInbox(ctx, v.arrival(h, o))
	if err == nil {
		v.k.opts.Wake()
	}
	return f, err
}

func (v *visit) arrival(h *held, o store.Original) store.InboxArrival {
	return store.InboxArrival{
		Plan: v.plan, Path: h.path, Name: titled(path.Base(h.path)), Collection: h.collection,
		MTime: h.mtime.UnixNano(), SHA256: o.SHA256, Bytes: h.size,
	}
}

// finish moves or removes a file whose document is durable.
func (v *visit) finish(h *held, rec store.InboxFile) error {
	err := v.shelf.put(h.find, v.plan.Keep == store.InboxRemove)
	killPoint("inbox-moved")
	if err == nil || errors.Is(err, errMoving) {
		delete(v.seen, h.path)
		return nil
	}
	return v.stays(h.find, keptTaken, err)
}

// refuse sets a file aside, once the entry says so.
func (v *visit) refuse(ctx context.Context, h *held, code string, before *store.InboxFile) (done bool, err error) {
	if before == nil || before.Code != code {
		if _, err := v.t.RefuseInbox(ctx, v.arrival(h, store.Original{}), code); err != nil {
			return false, err
		}
	}
	killPoint("inbox-refused")
	err = v.shelf.refuse(h.find, v.why(h.find, code))
	killPoint("inbox-aside")
	if err == nil || errors.Is(err, errMoving) {
		delete(v.seen, h.path)
		return true, nil
	}
	return true, v.stays(h.find, code, err)
}

// why is the text beside a refused file.
func (v *visit) why(f find, code string) string {
	lang := langOf(v.t)
	why := v.k.opts.Refusal(lang, code, map[string]string{"limit": fmt.Sprint(v.k.opts.MaxFile), "name": titled(path.Base(f.path))})
	return v.k.opts.Say(lang, "inbox.refusal", "why", why) + "\n\n" + codeLine + code + "\n"
}

// again tries to move a file that couldn't be, where the folder can be written in by
// now.
func (v *visit) again(f find) {
	if v.writes == nil {
		ok := v.shelf.probe() == nil
		v.writes = &ok
	}
	err := fs.ErrPermission
	if *v.writes && f.sight.kept == keptTaken {
		err = v.shelf.put(f, v.plan.Keep == store.InboxRemove)
	} else if *v.writes {
		err = v.shelf.refuse(f, v.why(f, f.sight.kept))
	}
	if err == nil {
		delete(v.seen, f.path)
		return
	}
	v.keep(f, f.sight.kept)
}

// stays remembers a file that can't be moved: the folder is read-only, or full.
func (v *visit) stays(f find, code string, err error) error {
	if e := store.AsError(fault(v.plan.Folder, err)); e.Code != "inbox-denied" && e.Code != "inbox-full" {
		return err
	}
	f.sight.kept = code
	v.keep(f, code)
	return nil
}

// keep counts it.
func (v *visit) keep(f find, code string) {
	if code == keptTaken {
		v.found.Left++
		return
	}
	v.found.Aside = append(v.found.Aside, Aside{Name: titled(f.path), Code: code})
}
