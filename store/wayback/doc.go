// Package wayback keeps a second copy of a data directory for the time of an
// update, and puts it back.
//
// Its rules: whoever calls holds the directory (store.HoldDir), so that nobody
// writes meanwhile; a copy counts once Take has returned, which is when it is
// durable; Return may be killed at any moment and called again, and each name is
// then either the old one's or the new one's, never half of both.
//
// Originals are hard links, since nothing ever writes to one again; the rest are
// copies, which share their blocks with the data where the file system can do
// that (FICLONE of Linux).
package wayback
