// Package bundle makes what is handed to somebody who helps a firm from outside:
// how the box is built, set and doing, and nothing of what is in it. Its rule is
// the opposite of a filter that takes out what it knows to be secret: only what is
// known to be the program's own goes in (numbers, times, ids of the box's making,
// words from lists), and of all else it is said that something was there.
package bundle
