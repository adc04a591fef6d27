// Package machine reads what the operating system tells about the machine that
// the box runs on: disk, clock, ports, memory.
//
// Its rule: what it returns was read now. What can't be read is Unknown, with
// the reason, and never assumed.
package machine
