// Package inbox takes files out of a folder of the machine, where a copier or a
// person puts them, into a collection.
//
// Its rules: a file is taken once it has stood still between looks, by the folder's
// own times and this process's count of seconds, never by comparing two clocks. It
// is durable in the box, with its entry and a record of what was taken, before it is
// moved or removed; a kill in between leaves the record, by which the next look
// finishes the move and takes nothing twice. What can't be taken is set aside with
// the reason beside it, and what only can't be taken now waits where it is. Nothing
// leaves the folder's tree: it is opened as an os.Root, links are never followed,
// and names are bytes until they are a document's.
//
// Whose folder it is, is proved in it: the box takes a folder that is empty, or that
// holds a file named Mark, which somebody who may write there has put; and writes
// into that file who it is. So nobody reaches, through coffre, files of the machine
// that were there before, and a folder without it is a share that isn't mounted.
//
// In the folder it writes:
//
//	coffre-inbox.txt          Mark: what this is, and whose
//	coffre-pris/2026-11-23/   what was taken, by day (coffre-taken in English)
//	coffre-refus/             what was set aside, each with NAME.txt (coffre-refused)
//
// There is no notification from a share in the network: the folder is looked at
// every few seconds.
package inbox
