// Package connectors brings documents in: the worker here leads every received
// file through extraction (connectors/extract, in a bounded child), passages
// (connectors/passage) and the commit that makes them searchable. The egress
// gate (connectors/gate) is the only way out; what it lets through follows from the
// settings (ways.go, egress.go).
//
// Its rules: a file's failure is its own; no transaction is open while an
// extractor works; what was accepted is in the database as a job, so a kill
// loses nothing. Failures are codes of connectors/extract, kept with the
// document until somebody retries.
package connectors
