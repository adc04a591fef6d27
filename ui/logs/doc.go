// Package logs is the box's technical log: what it does and what fails, never
// what people ask, read or are called. It goes to standard error, where systemd's
// journal takes it, and as JSON lines to a file in the data directory that turns
// over by size and age and never takes more than a fixed room:
//
//	logs/                    mode 0700
//	  coffre.log             the current file, mode 0600
//	  coffre-TIME[-N].log    earlier ones, TIME in UTC when they were closed
//
// A file writer of our own: 150 lines with the bounds that a box needs (all
// files together, mode, first line's age) and a disk without room that costs
// lines, never a request.
package logs
