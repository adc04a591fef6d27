package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// SettingInbox is a firm's watched folder: an InboxPlan as JSON. connectors/inbox
// sets it, once it has tried the folder.
const SettingInbox = "inbox.plan"

// What becomes of a file in the folder once its document is durable.
const (
	InboxMove   = "move"
	InboxRemove = "remove"
)

// InboxActor names the inbox in entries and as who added a document.
const InboxActor = "inbox"

// InboxPlan says which folder of the machine is watched, and where its files go.
type InboxPlan struct {
	Folder string `json:"folder"` // absolute; "" for none
	Paused bool   `json:"paused,omitempty"`
	// Collection takes what lies in the folder itself.
	Collection string `json:"collection"`
	// Subfolders: what lies in a sub-folder goes to the collection of its name. Else
	// sub-folders are not looked at.
	Subfolders bool `json:"subfolders,omitempty"`
	// Owner is the account whose documents they are, and whose rights hold; "" is the
	// inbox itself.
	Owner string `json:"owner,omitempty"`
	Keep  string `json:"keep"` // InboxMove or InboxRemove
}

// On tells whether the folder is to be looked at.
func (p InboxPlan) On() bool { return p.Folder != "" && !p.Paused }

// InboxPlan reads the plan of the settings.
func (v *View) InboxPlan() (p InboxPlan, err error) {
	text := v.Setting(SettingInbox, "")
	if text == "" {
		return InboxPlan{Keep: InboxMove}, nil
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, Fail(Corrupt, "damaged").Because(fmt.Errorf("decode plan of the inbox: %w", err))
	}
	return p, nil
}

// PutInboxPlan writes the plan; the caller has tried the folder. Errors: Invalid
// "inbox-keep", "inbox-collection", "inbox-owner" (no such account in use, or one
// that may not write in the collection).
func (tx *Tx) PutInboxPlan(p InboxPlan) error {
	if p.Keep != InboxMove && p.Keep != InboxRemove {
		return Fail(Invalid, "inbox-keep")
	}
	if p.Folder != "" {
		if err := tx.InboxReady(p, p.Collection); err != nil {
			return err
		}
	}
	b, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode plan of the inbox: %w", err)
	}
	return tx.PutSetting(SettingInbox, string(b))
}

// InboxReady tells whether files may go to a collection now: rights are read anew
// for each file. Errors: Invalid "inbox-collection", "inbox-owner".
func (v *View) InboxReady(p InboxPlan, collection string) error {
	c, err := v.Collection(collection)
	if err != nil || c.Deleted {
		return Fail(Invalid, "inbox-collection")
	}
	if who, err := v.inboxPrincipal(p); err != nil || !who.MayWrite(c) {
		return Fail(Invalid, "inbox-owner", "name", c.Name)
	}
	return nil
}

// inboxPrincipal is whose rights hold. The inbox itself writes where an
// administrator of the firm has said; an account only where it may.
func (v *View) inboxPrincipal(p InboxPlan) (Principal, error) {
	by := System(InboxActor)
	if p.Owner == "" {
		return Principal{Actor: by, All: true}, nil
	}
	return v.Principal(p.Owner, by)
}

// The bucket "inbox" is made by the first file. It holds by "f" and the SHA-256 of
// a path in the folder what became of the file that lay there last, and by "s" and
// the SHA-256 of a collection and a content which document has it. No name is in
// it, and it grows no faster than the documents.
const inboxBucket = "inbox"

// InboxFile is what became of a file of the folder.
type InboxFile struct {
	Size     int64     `json:"size"`
	MTime    int64     `json:"mtime"` // nanoseconds, as the folder's own clock says
	SHA256   string    `json:"sha256,omitempty"`
	Code     string    `json:"code,omitempty"` // why it was refused; "" for taken
	Document string    `json:"document,omitempty"`
	At       time.Time `json:"at"`
	// Repeated: these bytes were a document of the collection already.
	Repeated bool `json:"repeated,omitempty"`
}

var (
	inboxFiles = table[InboxFile](inboxBucket)
	inboxSums  = table[string](inboxBucket)
)

func inboxKey(kind byte, parts ...string) []byte {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return append([]byte{kind}, sum[:]...)
}

// InboxFile returns what became of the file that lay last at a path of the folder;
// NotFound where there was none.
func (v *View) InboxFile(folder, path string) (InboxFile, error) {
	if v.tx.Bucket([]byte(inboxBucket)) == nil {
		return InboxFile{}, errNotFound
	}
	return inboxFiles.get(v, inboxKey('f', folder, path))
}

// InboxMark is what the box writes into the folder of a firm, to know its own
// again: 32 hexadecimal digits of which no backup and no other box can make the
// same.
func (r *Root) InboxMark(tenant string) (string, error) {
	own, err := r.copyMarkText(true)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte("coffre/inbox/v1\x00" + tenant + "\x00" + string(own)))
	return hex.EncodeToString(sum[:16]), nil
}
