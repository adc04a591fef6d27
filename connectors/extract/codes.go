package extract

import "errors"

// Codes of errors: the file gives no document.
const (
	CodeLocked       = "locked"        // protected by a password or by rights management
	CodeEmpty        = "empty"         // zero bytes, or nothing but white space
	CodeNoText       = "no-text"       // opens, but holds no text: a scan, a picture
	CodeTooLarge     = "too-large"     // over a limit of size, pages, parts or text
	CodeCorrupt      = "corrupt"       // damaged: doesn't parse as what it is
	CodeTypeMismatch = "type-mismatch" // its name promises PDF, DOCX or the like, its bytes are something else
	CodeUnsupported  = "unsupported"   // a format that isn't read
	CodeTimeout      = "timeout"       // took longer than the limit
	CodeMemory       = "memory"        // needed more memory than the limit
	CodeEncoding     = "encoding"      // text in an encoding that can't be told
)

// Codes of warnings: there is a document, with this to know about it.
const (
	WarnPageNoText     = "page-no-text"     // a page without text beside pages with text: probably a scan
	WarnPageDamaged    = "page-damaged"     // a page that could not be opened: its text is missing
	WarnGarbled        = "garbled-text"     // a page whose fonts don't say which letters they show
	WarnCharset        = "charset-guessed"  // neither UTF-8 nor declared: the encoding was told by its letters
	WarnReplaced       = "bytes-replaced"   // N bytes stood for no character and became U+FFFD
	WarnHidden         = "hidden-left-out"  // N pieces of text that a reader of the file wouldn't see
	WarnDeleted        = "deleted-left-out" // N tracked deletions
	WarnComments       = "comments-left-out"
	WarnEmbedded       = "embedded-left-out" // N embedded files or objects whose text isn't read
	WarnPartMissing    = "part-missing"      // the file names N parts that it doesn't hold
	WarnWrongExtension = "wrong-extension"   // read as what its bytes are, against its name
)

// Codes is the closed list of error codes, then of warning codes; the
// sentences for people are in ui's catalogue under these names.
var Codes = []string{
	CodeLocked, CodeEmpty, CodeNoText, CodeTooLarge, CodeCorrupt, CodeTypeMismatch,
	CodeUnsupported, CodeTimeout, CodeMemory, CodeEncoding,
	WarnPageNoText, WarnPageDamaged, WarnGarbled, WarnCharset, WarnReplaced, WarnHidden,
	WarnDeleted, WarnComments, WarnEmbedded, WarnPartMissing, WarnWrongExtension,
}

// Error is the verdict on a file that gives no document. Its text is the code
// alone: causes may quote the document and stay behind Unwrap.
type Error struct {
	Code string
	Err  error // the parser's own words; nil when they came from a child
}

func (e *Error) Error() string { return "extract: " + e.Code }
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of an *Error anywhere in err, or "".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func fail(code string, cause error) error {
	// The innermost verdict knows best: a bomb inside a part is too-large, not corrupt.
	if e := (*Error)(nil); errors.As(cause, &e) {
		return e
	}
	return &Error{Code: code, Err: cause}
}
