// Package takeout writes what somebody takes away from coffre in open formats: a
// zip that any system opens, with originals under readable names, texts, JSON that
// names everything by the same ids, Markdown to read, and what proves the journal.
//
// The package's rule: whatever is in the zip is written as it is read, one
// document at a time, so that a firm of any size needs the same memory; and every
// file is in SHA256SUMS, in the form that sha256sum -c reads. No secret goes in:
// no password, no second factor, no key but public ones.
package takeout
