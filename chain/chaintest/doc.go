// Package chaintest makes audit chains for tests, sound ones and ones that
// somebody has tampered with, the same for the same seed, with what a verifier
// must answer. The verdicts come from what each attacker could and could not
// do, never from asking a verifier.
//
// It is imported by tests and by the program gen alone, whose files let
// verifiers in other languages be held against the same cases. The product
// doesn't import it. A mistake in it panics.
package chaintest
