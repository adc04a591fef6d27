// Package health looks at the box and says how it stands.
//
// Its rule: a verdict comes from one table (table.go) and from what was read a
// moment ago; what can't be read is said, never assumed. A check returns a code
// and figures; the code's row gives the verdict, and ui/words the sentence and
// what to do.
//
// On disk it has only what may be lost, in a firm's scratch.db: "health" (how
// each check stands and since when), "health-changes" (the last changes of
// verdict) and "health-space" (free room by the hour).
package health
